"""What reach costs: people along, money up, the cheapest first; a budget as a line across."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from babel import numbers
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from webapp.charts import bars, canvas, glyphs, key
from webapp.charts.canvas import Box
from webapp.charts.style import MICROS, Style

FEW = 10 * MICROS  # from here on an axis says whole units


@dataclass(frozen=True)
class Spending:
    """`points` are (people, micros), cumulative from (0, 0). `reached` is where the budget ends;
    `words` name the budget, those reached with it, and the whole."""

    points: tuple[tuple[int, int], ...]
    hue: str
    currency: str
    budget: int | None
    reached: int | None
    words: tuple[str, str, str]
    empty: str

    @property
    def top(self) -> int:
        """A budget far above the curve is no reason to flatten it."""
        highest = self.points[-1][1] if self.points else 0
        if self.budget is not None and self.budget <= 2 * highest:
            return max(highest, self.budget)
        return highest


def svg(data: Spending, style: Style) -> bytes:
    return canvas.svg(on_paper(data), style)


def on_paper(data: Spending) -> canvas.Draw:
    return lambda figure, box, style: draw(figure, box, data, style)


def draw(figure: Figure, box: Box, data: Spending, style: Style) -> None:
    if not data.top:
        key.nothing(figure, box, data.empty, style)
        return
    left, bottom, width, height = box
    margin = max(glyphs.width(_money(tick, data, style)) for tick in bars.ticks(data.top)) + 10
    place = (left + margin, bottom + 22, width - margin - 14, height - 22 - 14)
    axes = canvas.axes(figure, place, style)
    bars.scale(axes, data.top, lambda micros: _money(micros, data, style), style)
    axes.set_ylim(0, data.top * 1.16)
    most = data.points[-1][0]
    axes.set_xlim(0, most)
    steps = [tick for tick in bars.ticks(most) if tick < most * 0.9]
    axes.set_xticks(steps, [style.compact(tick) for tick in steps])
    _curve(axes, data, style)
    _budget(axes, data, style)


def _money(micros: float, data: Spending, style: Style) -> str:
    """In whole units, and with its hundredths where the whole is only some units."""
    if data.top >= FEW:
        return style.money(micros, data.currency)
    units = Decimal(round(micros)) / MICROS
    return numbers.format_currency(units, data.currency, locale=style.locale)


def _curve(axes: Axes, data: Spending, style: Style) -> None:
    people = [0, *(n for n, _ in data.points)]
    money = [0, *(micros for _, micros in data.points)]
    hue = style.colour(data.hue)
    axes.fill_between(people, money, color=hue, alpha=0.16, lw=0)
    axes.plot(people, money, color=hue, lw=2, solid_capstyle="round", clip_on=False)
    axes.plot(people[-1], money[-1], "o", ms=5, color=hue, clip_on=False)
    axes.annotate(
        data.words[2], (people[-1], money[-1]), xytext=(-10, 2), textcoords="offset points",
        ha="right", va="bottom", fontweight=600, color=style.colour("ink"),
    )  # fmt: skip


def _budget(axes: Axes, data: Spending, style: Style) -> None:
    """The line across, and the point at which the sending stops."""
    if data.budget is None or data.budget > data.top:
        return
    axes.hlines(data.budget, 0, data.points[-1][0], color=style.colour("accent"), lw=1.5,
                ls=(0, (4, 3)))  # fmt: skip
    axes.annotate(
        data.words[0], (0, data.budget), xytext=(6, 5), textcoords="offset points",
        color=style.colour("soft"),
    )  # fmt: skip
    if data.reached:
        axes.plot(data.reached, data.budget, "o", ms=7, mfc=style.colour("paper"),
                  mec=style.colour("accent"), mew=1.8, zorder=5)  # fmt: skip
        axes.annotate(
            data.words[1], (data.reached, data.budget), xytext=(0, -9),
            textcoords="offset points", ha="right", va="top", fontweight=600,
            color=style.colour("ink"),
        )  # fmt: skip
