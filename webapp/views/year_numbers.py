"""The rows of numbers below the year's strips: reach and spend by month, messages by week."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from webapp.charts.style import Style
from webapp.domain import plan
from webapp.domain.fatigue import Week
from webapp.services.plans import Month, YearPlan
from webapp.views import formats, language
from webapp.views.year_strips import Cell, MonthBar, Picture, Strip

_ = language.gettext
TALL = 50.0  # px of the tallest bar of a month


def months(drawn: Picture, shown: Sequence[Month], seen: YearPlan, currency: str) -> None:
    """`currency` is that of the budgets; another than what was spent in is not held against it."""
    style = Style(locale=str(language.locale()))
    note = _("bar: sent, tick: target")
    reach = [(m.first, m.sent, m.reach_target, style.compact(m.sent)) for m in shown]
    drawn.reach = _month_bars(drawn, (_("Reach"), note), reach, seen.today)
    compares = seen.spent_in == currency
    note = _("bar: spent, tick: budget") if compares else _("bar: spent")
    spend = [
        (m.first, m.spent, m.budget if compares else None, style.money(m.spent, seen.spent_in))
        for m in shown
    ]
    drawn.spend = _month_bars(drawn, (_("Spend"), note), spend, seen.today)


def _month_bars(
    drawn: Picture,
    title: tuple[str, str],
    rows: Sequence[tuple[date, int, int | None, str]],
    today: date,
) -> tuple[Strip, list[MonthBar]] | None:
    top = max((max(n, target or 0) for _, n, target, _ in rows), default=0)
    if not top:
        return None
    strip = drawn.room(title[0], TALL + 10, title[1])
    base = strip.y + TALL + 6
    bars = []
    for month, n, target, words in rows:
        x, end = drawn.scale.x(month), drawn.scale.x(plan.last_day(month) + timedelta(days=1))
        width = min(30.0, (end - x) * 0.36)
        bars.append(
            MonthBar(
                x=round(x + 10, 1),
                width=round(width, 1),
                height=round(TALL * n / top, 1),
                words=words if month <= today and n else "",
                target_y=round(base - TALL * target / top, 1) if target else None,
                running=plan.month_of(today) == month,
            )
        )
    return strip, bars


def weeks(drawn: Picture, shown: Sequence[Week], cap: int) -> None:
    rated = [week for week in shown if week.rate is not None]
    most = max((week.rate or 0 for week in rated), default=0)
    if not most:
        return
    strip = drawn.room(_("Messages a person"), 40.0, _("in each week"))
    cells = []
    for week in rated:
        x, end = drawn.scale.x(week.monday), drawn.scale.x(week.sunday + timedelta(days=1))
        rate = week.rate or 0
        over = rate > cap
        words = formats.number(round(rate, 1), language.locale())
        cells.append(
            Cell(x, round(max(1.0, end - x - 1.5), 1), round(0.08 + 0.72 * rate / most, 2), over,
                 words if rate == most else "")
        )  # fmt: skip
    drawn.weeks = (strip, cells)
