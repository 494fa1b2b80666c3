"""Reach by hour: known people stacked by route, and hatched on top those expected to write."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from webapp.charts import bars, canvas, glyphs, key
from webapp.charts.canvas import Box
from webapp.charts.style import Style

HATCH = "////"
LEFT, RIGHT = 44.0, 4.0  # px beside the hours: `.plot .hours` lies exactly on them
ROOM_ABOVE = 1.22  # the highest mark leaves this much for the names of the marks
ABOVE = 12.0  # px between two names that would touch


@dataclass(frozen=True)
class Layer:
    """One route's people at each hour."""

    hue: str
    words: str
    people: tuple[int, ...]


@dataclass(frozen=True)
class Mark:
    """A moment on the hours' axis (18.5 is half past the 18th hour) and what is said of it."""

    at: float
    people: int
    words: str


@dataclass(frozen=True)
class Reach:
    """`expected` joins the layers: low, middle and high at each hour, empty when not forecast.

    `days` are (first hour, words) of the days shown; `words` name the forecast."""

    layers: tuple[Layer, ...]
    expected: tuple[tuple[int, int, int], ...]
    days: tuple[tuple[int, str], ...]
    best: Mark | None
    chosen: Mark | None
    words: str
    empty: str

    @property
    def known(self) -> list[int]:
        return [sum(column) for column in zip(*(it.people for it in self.layers), strict=True)]

    @property
    def count(self) -> int:
        return len(self.layers[0].people) if self.layers else 0

    @property
    def top(self) -> int:
        joining = [high for _, _, high in self.expected] or [0] * self.count
        return max((a + b for a, b in zip(self.known, joining, strict=True)), default=0)


def svg(data: Reach, style: Style) -> bytes:
    return canvas.svg(on_paper(data), style)


def on_paper(data: Reach) -> canvas.Draw:
    return lambda figure, box, style: draw(figure, box, data, style)


def draw(figure: Figure, box: Box, data: Reach, style: Style) -> None:
    if not data.top:
        key.nothing(figure, box, data.empty, style)
        return
    left, bottom, width, height = box
    key.draw(figure, box, _entries(data), style)
    place = (left + LEFT, bottom + 22, width - LEFT - RIGHT, height - 22 - key.ROOM)
    axes = canvas.axes(figure, place, style)
    bars.scale(axes, data.top, style.compact, style)
    axes.set_ylim(0, data.top * ROOM_ABOVE)
    axes.set_xlim(0, data.count)
    _days(axes, data, place[2], style)
    _layers(axes, data, style)
    _forecast(axes, data, style)
    _marks(axes, data, style)


def _entries(data: Reach) -> list[key.Entry]:
    found: list[key.Entry] = [("bar", it.hue, it.words) for it in data.layers if any(it.people)]
    if data.expected:
        found.append(("hatch", _hue(data), data.words))
    return found


def _hue(data: Reach) -> str:
    """Whoever writes is reached by the route of the window."""
    return data.layers[0].hue


def _days(axes: Axes, data: Reach, wide: float, style: Style) -> None:
    """A quiet line at each midnight; the day's name in its middle, where there is room."""
    edges = [hour for hour, _ in data.days] + [data.count]
    axes.vlines(edges[1:-1], 0, 1, transform=axes.get_xaxis_transform(),
                color=style.colour("line"), lw=1, zorder=0.4)  # fmt: skip
    ticks, words = [], []
    for (begin, end), (_, name) in zip(pairwise(edges), data.days, strict=True):
        if (end - begin) * wide / data.count >= glyphs.width(name):
            ticks.append((begin + end) / 2)
            words.append(name)
    axes.set_xticks(ticks, words)


def _layers(axes: Axes, data: Reach, style: Style) -> None:
    low = [0] * data.count
    for layer in data.layers:
        high = [a + b for a, b in zip(low, layer.people, strict=True)]
        axes.fill_between(
            _steps(data.count), _each(low), _each(high), color=style.colour(layer.hue), lw=0
        )
        low = high


def _forecast(axes: Axes, data: Reach, style: Style) -> None:
    """Hatched up to what is expected, and pale between the least and the most."""
    if not data.expected:
        return
    hue, edges, known = style.colour(_hue(data)), _steps(data.count), data.known
    low, middle, high = (
        _each([n + spread[at] for n, spread in zip(known, data.expected, strict=True)])
        for at in range(3)
    )
    axes.fill_between(
        edges, _each(known), middle, facecolor="none", edgecolor=hue, hatch=HATCH, lw=0, alpha=0.7
    )
    axes.fill_between(edges, low, high, color=hue, alpha=0.18, lw=0)
    axes.plot(edges, middle, color=hue, lw=1)


def _marks(axes: Axes, data: Reach, style: Style) -> None:
    best, chosen = data.best, data.chosen
    if chosen is not None:
        axes.vlines(
            chosen.at, 0, data.top * 1.06, color=style.colour("ink"), lw=1.2, ls=(0, (3, 2))
        )
    if best is not None:
        axes.plot(best.at, best.people, "o", ms=7, mfc=style.colour("paper"),
                  mec=style.colour("ink"), mew=1.8, clip_on=False, zorder=5)  # fmt: skip
    for level, (mark, weight) in enumerate(((best, 600), (chosen, 400))):
        if mark is not None:
            _name(axes, data, mark, weight, level, style)


def _name(axes: Axes, data: Reach, mark: Mark, weight: int, level: int, style: Style) -> None:
    """On top of the picture, on the side of the mark that has room."""
    right = mark.at > data.count / 2
    axes.annotate(
        mark.words,
        (mark.at, 1),
        xycoords=("data", "axes fraction"),
        xytext=(-6 if right else 6, -11 - level * (ABOVE + 3)),
        textcoords="offset points",
        ha="right" if right else "left",
        color=style.colour("ink" if weight > 400 else "soft"),  # noqa: PLR2004 - regular
        fontweight=weight,
    )


def _steps(count: int) -> list[int]:
    return [hour + side for hour in range(count) for side in (0, 1)]


def _each(values: list[int]) -> list[int]:
    return [value for value in values for _ in (0, 1)]
