"""Bars by month from zero against a target's ticks, last year pale behind: reach, and spend."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from webapp.charts import canvas, glyphs, key
from webapp.charts.canvas import Box
from webapp.charts.style import Style

WIDE_BAR, PALE_BAR = 0.5, 0.78  # of a month's room
MOST_LINES = 5  # above zero
LABEL_ROOM = 0.12  # of the height
ROOM_ABOVE = 1.16  # the highest mark leaves this much for its label


@dataclass(frozen=True)
class Bars:
    """One value a month, None where the month is still to come. Micros when there is a currency.

    `words` are those for the value, the target and last year; `empty` is said without any data.
    """

    months: tuple[str, ...]
    values: tuple[int | None, ...]
    targets: tuple[int | None, ...]
    last_year: tuple[int, ...]
    words: tuple[str, str, str]
    empty: str
    hue: str = "ink"
    currency: str | None = None
    running: int | None = None  # the month that is not over yet

    @property
    def top(self) -> int:
        return max(v or 0 for v in (*self.values, *self.targets, *self.last_year, 0))


def svg(data: Bars, style: Style) -> bytes:
    return canvas.svg(on_paper(data), style)


def png(data: Bars, style: Style) -> bytes:
    return canvas.png(on_paper(data), style)


def draw(figure: Figure, box: Box, data: Bars, style: Style) -> None:
    if not data.top:
        key.nothing(figure, box, data.empty, style)
        return
    left, bottom, width, height = box
    say = _writer(data, style)
    margin = max(glyphs.width(say(tick)) for tick in ticks(data.top)) + 10
    key.draw(figure, box, _entries(data), style)
    axes = canvas.axes(
        figure, (left + margin, bottom + 22, width - margin, height - 22 - key.ROOM), style
    )
    scale(axes, data.top, say, style)
    months(axes, data.months, style)
    _bars(axes, data, style)
    _targets(axes, data, style)
    _labels(axes, data, say, style)


def ticks(top: float) -> list[float]:
    """Zero and up to five whole, round steps that reach close below `top`."""
    size = 10 ** max(0, len(str(int(top))) - 2)
    steps = (
        int(size * round_one) for round_one in (1, 2, 2.5, 5, 10, 20) if size * round_one % 1 == 0
    )
    step = next((step for step in steps if top / step <= MOST_LINES), size)
    return [n * step for n in range(int(top // step) + 1)]


def scale(axes: Axes, top: float, say: Callable[[float], str], style: Style) -> None:
    """A y axis from zero with quiet lines; labels written by `say`."""
    at = ticks(top)
    axes.set_ylim(0, top * ROOM_ABOVE)
    axes.set_yticks(at, [say(value) for value in at])
    axes.grid(axis="y", color=style.colour("line"), lw=1)


def months(axes: Axes, names: tuple[str, ...], style: Style) -> None:
    axes.set_xlim(-0.5, len(names) - 0.5)
    shown = [name[:1] if style.narrow else name for name in names]
    axes.set_xticks(range(len(names)), shown)


def on_paper(data: Bars) -> canvas.Draw:
    return lambda figure, box, style: draw(figure, box, data, style)


def _writer(data: Bars, style: Style) -> Callable[[float], str]:
    currency = data.currency
    if currency is None:
        return style.compact
    return lambda micros: style.money(micros, currency)


def _entries(data: Bars) -> list[key.Entry]:
    value, target, last_year = data.words
    entries: list[key.Entry] = [("bar", data.hue, value)]
    if any(data.targets):
        entries.append(("tick", "accent", target))
    if any(data.last_year):
        entries.append(("pale", "line-strong", last_year))
    return entries


def _bars(axes: Axes, data: Bars, style: Style) -> None:
    at = range(len(data.months))
    axes.bar(at, data.last_year, PALE_BAR, color=style.colour("line-strong"), alpha=0.55, lw=0)
    drawn = axes.bar(
        at, [v or 0 for v in data.values], WIDE_BAR, color=style.colour(data.hue), lw=0, alpha=0.85
    )
    if data.running is not None:
        drawn[data.running].set_alpha(0.5)  # it is not over: the picture says so


def _targets(axes: Axes, data: Bars, style: Style) -> None:
    aimed = [(at, target) for at, target in enumerate(data.targets) if target]
    if aimed:
        axes.hlines(
            [target for _, target in aimed],
            [at - 0.44 for at, _ in aimed],
            [at + 0.44 for at, _ in aimed],
            color=style.colour("accent"),
            lw=2.5,
        )


def _labels(axes: Axes, data: Bars, say: Callable[[float], str], style: Style) -> None:
    """Every value where there is room; on a phone the last and the highest."""
    known = [at for at, value in enumerate(data.values) if value]
    if not known:
        return
    last = known[-1]
    shown = {last, max(known, key=lambda at: data.values[at] or 0)} if style.narrow else set(known)
    if style.narrow and len(shown) == 2 and max(shown) - min(shown) < 3:  # noqa: PLR2004
        shown = {last}  # two labels this close would touch
    for at in shown:
        value = data.values[at] or 0
        axes.annotate(
            say(value),
            (at, _height_of_label(data, at)),
            xytext=(0, 5),
            textcoords="offset points",
            ha="center",
            color=style.colour("ink" if at == last else "soft"),
            fontweight=600 if at == last else 400,
        )


def _height_of_label(data: Bars, at: int) -> int:
    """On the bar, unless a target's tick or last year's bar is in the way just above it."""
    value = data.values[at] or 0
    in_the_way = [n for n in (data.targets[at] or 0, data.last_year[at]) if n > value]
    near = [n for n in in_the_way if n - value < data.top * LABEL_ROOM]
    return max([value, *near])
