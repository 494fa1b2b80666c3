"""Counts of weeks laid on one another from zero, up to the last week that is over."""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from webapp.charts import bars, canvas, glyphs, key
from webapp.charts.canvas import Box
from webapp.charts.style import Style


@dataclass(frozen=True)
class Layer:
    """`values`: one a week; the first layer lies lowest."""

    word: str
    hue: str
    values: tuple[int, ...]


@dataclass(frozen=True)
class Layers:
    """`room` weeks wide; `names` stand at the week (counted from 0) their month begins in."""

    room: int
    names: tuple[tuple[int, str], ...]
    layers: tuple[Layer, ...]
    empty: str

    @property
    def top(self) -> int:
        return max((sum(week) for week in zip(*self._values, strict=True)), default=0)

    @property
    def weeks(self) -> int:
        return len(self.layers[0].values) if self.layers else 0

    @property
    def _values(self) -> list[tuple[int, ...]]:
        return [layer.values for layer in self.layers]


def svg(data: Layers, style: Style) -> bytes:
    return canvas.svg(on_paper(data), style)


def on_paper(data: Layers) -> canvas.Draw:
    return lambda figure, box, style: draw(figure, box, data, style)


def draw(figure: Figure, box: Box, data: Layers, style: Style) -> None:
    if not data.top:
        key.nothing(figure, box, data.empty, style)
        return
    left, bottom, width, height = box
    margin = max(glyphs.width(style.compact(tick)) for tick in bars.ticks(data.top)) + 10
    key.draw(figure, box, [("bar", layer.hue, layer.word) for layer in data.layers], style)
    axes = canvas.axes(
        figure, (left + margin, bottom + 22, width - margin, height - 22 - key.ROOM), style
    )
    bars.scale(axes, data.top, style.compact, style)
    axes.set_xlim(0, data.room)
    shown = [(at, name[:1] if style.narrow else name) for at, name in data.names]
    axes.set_xticks([at for at, _ in shown], [name for _, name in shown], ha="left")
    _fill(axes, data, style)


def _fill(axes: Axes, data: Layers, style: Style) -> None:
    """Steps, filled: two hundred bars would take most of a second."""
    edges = range(data.weeks + 1)
    below = [0] * (data.weeks + 1)
    for layer in data.layers:
        steps = (*layer.values, *layer.values[-1:])  # the last week has a right edge too
        above = [low + n for low, n in zip(below, steps, strict=True)]
        axes.fill_between(
            edges, below, above, step="post", color=style.colour(layer.hue), lw=0, zorder=2
        )
        below = above
