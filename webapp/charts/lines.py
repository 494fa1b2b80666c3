"""Lines by month with their names at their ends, last year's thin and dashed behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from webapp.charts import bars, canvas, glyphs, key
from webapp.charts.canvas import Box
from webapp.charts.style import Style

APART = 15.0  # px between the names of two lines


@dataclass(frozen=True)
class Line:
    """`values` end with the last month that has begun."""

    name: str
    hue: str
    values: tuple[int, ...]
    last_year: tuple[int, ...]


@dataclass(frozen=True)
class Lines:
    """`few` are the months with too little data to lean on: their points are hollow."""

    months: tuple[str, ...]
    lines: tuple[Line, ...]
    words: tuple[str, str]  # this year, last year
    empty: str
    few: frozenset[int] = frozenset()

    @property
    def top(self) -> int:
        return max((n for line in self.lines for n in (*line.values, *line.last_year)), default=0)


def svg(data: Lines, style: Style) -> bytes:
    return canvas.svg(on_paper(data), style)


def png(data: Lines, style: Style) -> bytes:
    return canvas.png(on_paper(data), style)


def draw(figure: Figure, box: Box, data: Lines, style: Style) -> None:
    if not data.top:
        key.nothing(figure, box, data.empty, style)
        return
    left, bottom, width, height = box
    margin = max(glyphs.width(style.compact(tick)) for tick in bars.ticks(data.top)) + 10
    beside = max(glyphs.width(_ending(line, style), weight=600) for line in data.lines) + 22
    this, before = data.words
    entries: list[key.Entry] = [("line", "soft", this)]
    if any(any(line.last_year) for line in data.lines):
        entries.append(("dashes", "soft", before))
    key.draw(figure, box, entries, style)
    place = (left + margin, bottom + 22, width - margin - beside, height - 22 - key.ROOM)
    axes = canvas.axes(figure, place, style)
    bars.scale(axes, data.top, style.compact, style)
    bars.months(axes, data.months, style)
    axes.set_xlim(-0.15, len(data.months) - 0.85)
    _lines(axes, data, style)
    _endings(axes, data, place, style)


def spread(wished: Sequence[float], apart: float, low: float, high: float) -> list[float]:
    """The same heights, moved as little as keeps them `apart` between `low` and `high`."""
    order = sorted(range(len(wished)), key=lambda at: wished[at])
    placed: dict[int, float] = {}
    floor = low
    for at in order:
        placed[at] = max(wished[at], floor)
        floor = placed[at] + apart
    ceiling = high
    for at in reversed(order):
        placed[at] = min(placed[at], ceiling)
        ceiling = placed[at] - apart
    return [placed[at] for at in range(len(wished))]


def on_paper(data: Lines) -> canvas.Draw:
    return lambda figure, box, style: draw(figure, box, data, style)


def _ending(line: Line, style: Style) -> str:
    return f"{line.name} {style.compact(line.values[-1])}" if line.values else line.name


def _lines(axes: Axes, data: Lines, style: Style) -> None:
    for line in data.lines:
        hue = style.colour(line.hue)
        if any(line.last_year):
            axes.plot(line.last_year, color=hue, lw=1, ls=(0, (4, 3)), alpha=0.55)
        axes.plot(line.values, color=hue, lw=2, solid_capstyle="round", clip_on=False)
        for at, value in enumerate(line.values):
            face = style.colour("paper") if at in data.few else hue
            axes.plot(at, value, "o", ms=4, mfc=face, mec=hue, mew=1.2, clip_on=False)


def _endings(axes: Axes, data: Lines, place: Box, style: Style) -> None:
    """Names on the right, kept apart, each after a mark in its line's hue."""
    _, _, wide, high = place
    per_unit = high / (data.top * bars.ROOM_ABOVE)
    wished = [(line.values or (0,))[-1] * per_unit for line in data.lines]
    for line, y in zip(data.lines, spread(wished, APART, 4, high - 4), strict=True):
        axes.plot(
            1 + 12 / wide,
            y / high,
            "s",
            ms=7,
            color=style.colour(line.hue),
            transform=axes.transAxes,
            clip_on=False,
        )
        axes.annotate(
            _ending(line, style),
            (1, y / high),
            xycoords="axes fraction",
            xytext=(20, 0),
            textcoords="offset points",
            va="center_baseline",
            color=style.colour("ink"),
            fontweight=600,
        )
