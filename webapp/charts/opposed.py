"""Two counts by month, one up and one down from zero: opt-ins against opt-outs."""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from webapp.charts import bars, canvas, glyphs, key
from webapp.charts.canvas import Box
from webapp.charts.style import Style

UP, DOWN = "subscription", "failed"


@dataclass(frozen=True)
class Opposed:
    months: tuple[str, ...]
    up: tuple[int, ...]
    down: tuple[int, ...]
    words: tuple[str, str]
    empty: str


def svg(data: Opposed, style: Style) -> bytes:
    return canvas.svg(on_paper(data), style)


def png(data: Opposed, style: Style) -> bytes:
    return canvas.png(on_paper(data), style)


def draw(figure: Figure, box: Box, data: Opposed, style: Style) -> None:
    high, low = max(data.up, default=0), max(data.down, default=0)
    if not high and not low:
        key.nothing(figure, box, data.empty, style)
        return
    left, bottom, width, height = box
    above, below = data.words
    key.draw(figure, box, [("bar", UP, above), ("bar", DOWN, below)], style)
    ticks = _ticks(high, low)
    margin = max(glyphs.width(style.compact(abs(tick))) for tick in ticks) + 10
    axes = canvas.axes(
        figure, (left + margin, bottom + 22, width - margin, height - 22 - key.ROOM), style
    )
    room = (high + low) * 0.12
    axes.set_ylim(-low - room, high + room)
    axes.set_yticks(ticks, [style.compact(abs(tick)) for tick in ticks])
    axes.grid(axis="y", color=style.colour("line"), lw=1)
    bars.months(axes, data.months, style)
    _bars(axes, data, style)


def on_paper(data: Opposed) -> canvas.Draw:
    return lambda figure, box, style: draw(figure, box, data, style)


def _ticks(high: int, low: int) -> list[float]:
    step = bars.ticks(max(high, low))[1:2] or [1]
    return [n * step[0] for n in range(-int(low // step[0]), int(high // step[0]) + 1)]


def _bars(axes: Axes, data: Opposed, style: Style) -> None:
    at = range(len(data.months))
    axes.bar(at, data.up, 0.6, color=style.colour(UP), lw=0)
    axes.bar(at, [-n for n in data.down], 0.6, color=style.colour(DOWN), lw=0)
    axes.axhline(0, color=style.colour("soft"), lw=1)
    last = max((n for n in at if data.up[n] or data.down[n]), default=0)
    for month in (last,) if style.narrow else at:
        strong = month == last
        for value, side in ((data.up[month], 1), (-data.down[month], -1)):
            if value:
                axes.annotate(
                    style.compact(abs(value)),
                    (month, value),
                    xytext=(0, 4 * side),
                    textcoords="offset points",
                    ha="center",
                    va="bottom" if side > 0 else "top",
                    color=style.colour("ink" if strong else "soft"),
                    fontweight=600 if strong else 400,
                )
