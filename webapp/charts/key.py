"""What the marks of a chart mean, said beside one another above it; and what an empty one says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from webapp.charts import canvas, glyphs
from webapp.charts.canvas import Box
from webapp.charts.style import Style

Mark = Literal["bar", "tick", "pale", "line", "dashes", "hatch"]
Entry = tuple[Mark, str, str]  # how it is drawn, a colour's name, words
ROOM = 26.0  # px above a chart
SWATCH = 12.0  # px
GAP = 16.0


def draw(figure: Figure, box: Box, entries: Sequence[Entry], style: Style) -> None:
    """In one row from the left, words after their mark; what does not fit is left out."""
    left, bottom, width, height = box
    x, y = left, bottom + height - 14
    for mark, name, words in entries:
        wide = glyphs.width(words)
        if x + SWATCH + 5 + wide > left + width:
            return
        _swatch(figure, x, y, mark, style.colour(name))
        canvas.write(figure, x + SWATCH + 5, y, words, style.colour("soft"))
        x += SWATCH + 5 + wide + GAP


def nothing(figure: Figure, box: Box, words: str, style: Style) -> None:
    """The picture of no data: a baseline, and the reason on it."""
    left, bottom, width, height = box
    wide, high = figure.get_size_inches() * canvas.DPI
    y = bottom + height / 2
    base = Rectangle(
        (left / wide, (y - 16) / high),
        width / wide,
        1 / high,
        transform=figure.transFigure,
        color=style.colour("line-strong"),
        lw=0,
    )
    figure.add_artist(base)
    canvas.write(figure, left + width / 2, y, words, style.colour("soft"), ha="center")


def _swatch(figure: Figure, x: float, y: float, mark: Mark, colour: str) -> None:
    wide, high = figure.get_size_inches() * canvas.DPI
    block = (-1.0, 9.0)
    low, tall = {"bar": block, "pale": block, "hatch": block}.get(mark, (2.5, 2.0))
    hatched: dict[str, Any] = {"facecolor": "none", "edgecolor": colour, "hatch": "//////"}
    spans = [(0.0, 5.0), (7.0, 5.0)] if mark == "dashes" else [(0.0, SWATCH)]
    for start, span in spans:
        figure.add_artist(
            Rectangle(
                ((x + start) / wide, (y + low) / high),
                span / wide,
                tall / high,
                transform=figure.transFigure,
                lw=0,
                **(hatched if mark == "hatch" else {"color": colour}),
            )
        )
