"""The numbers behind each engagement chart, as a table in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import time

from babel import dates

from webapp.domain.engagement_counts import Counts, MonthCounts
from webapp.services.engagement import Engagement
from webapp.views import formats, language

_ = language.gettext
Cells = Sequence[str]


@dataclass(frozen=True)
class Table:
    """`columns` without the first, which names the row. `total` is the last row, if it has one."""

    first: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    total: tuple[str, ...] | None = None

    def lines(self) -> tuple[tuple[str, ...], ...]:
        """For paper."""
        return ((self.first, *self.columns), *self.rows, *((self.total,) if self.total else ()))


def of(seen: Engagement, name: str) -> Table:
    return {
        "reach": _reach,
        "responses": _responses,
        "funnel": _funnel,
        "heat": _heat,
        "consents": _consents,
        "fatigue": _fatigue,
        "spend": _spend,
    }[name](seen)


def fact(name: str) -> str:
    """What happened to a message, in a word."""
    return {
        "sent": _("sent"),
        "delivered": _("delivered"),
        "read": _("read"),
        "clicked": _("clicked"),
        "replied": _("replied"),
    }[name]


def _reach(seen: Engagement) -> Table:
    chart = seen.reach
    columns = (_("Sent"), _("Target"), _("Of the target"), _("Sent in %(year)s") % _before(seen))
    rows = [
        (
            _month(month),
            _number(_begun(seen, month, month.counts.sent)),
            _number(month.target),
            _share(_begun(seen, month, month.counts.sent), month.target),
            _number(month.last_year.sent),
        )
        for month in chart.months
    ]
    aimed = sum(month.target or 0 for month in chart.months) or None
    total = (_("Year"), _number(chart.total.sent), _number(aimed),
             _share(chart.total.sent, aimed), _number(_year_before(chart.months).sent))  # fmt: skip
    return Table(_("Month"), columns, tuple(rows), total)


def _responses(seen: Engagement) -> Table:
    names = ("delivered", "read", "clicked", "replied")
    columns = (
        *(fact(name).capitalize() for name in names),
        _("Replies per delivery"),
        _("In %(year)s") % _before(seen),
    )
    rows = [(_month(month), *_answers(_counts(seen, month), month.last_year, names))
            for month in seen.responses.months]  # fmt: skip
    total = seen.responses.total, _year_before(seen.responses.months)
    return Table(_("Month"), columns, tuple(rows), (_("Year"), *_answers(*total, names)))


def _answers(counts: Counts | None, before: Counts, names: Sequence[str]) -> tuple[str, ...]:
    rates = (_percent(counts.reply_rate if counts else None), _percent(before.reply_rate))
    return (*(_number(getattr(counts, name) if counts else None) for name in names), *rates)


def _funnel(seen: Engagement) -> Table:
    names, total = ("sent", "delivered", "read", "clicked", "replied"), seen.funnel.total
    rows = tuple(
        (
            fact(name).capitalize(),
            _number(getattr(total, name)),
            _share(getattr(total, name), total.sent),
        )
        for name in names
    )
    return Table(_("Step"), (_("Messages"), _("Of the sent")), rows)


def _heat(seen: Engagement) -> Table:
    """Two hours a column, so that a week fits a page."""
    locale = language.locale()
    names = locale.days["stand-alone"]["abbreviated"]
    columns = tuple(
        dates.format_time(time(hour), "short", locale=locale) for hour in range(0, 24, 2)
    )
    rows = tuple(
        (names[day], *(_number(row[hour] + row[hour + 1]) for hour in range(0, 24, 2)))
        for day, row in enumerate(seen.heat.cells)
    )
    return Table(_("Two hours from"), columns, rows)


def _consents(seen: Engagement) -> Table:
    def cells(counts: Counts | None, before: Counts) -> Cells:
        now = (counts.opt_ins, counts.opt_outs) if counts else (None, None)
        difference = counts.opt_ins - counts.opt_outs if counts else None
        return [_number(n) for n in (*now, difference, before.opt_ins, before.opt_outs)]

    year = _before(seen)
    columns = (_("Opted in"), _("Opted out"), _("Difference"), _("In, %(year)s") % year,
               _("Out, %(year)s") % year)  # fmt: skip
    return _by_month(seen, columns, cells)


def _by_month(
    seen: Engagement, columns: tuple[str, ...], cells: Callable[[Counts | None, Counts], Cells]
) -> Table:
    months = seen.consents.months
    rows = tuple((_month(month), *cells(_counts(seen, month), month.last_year)) for month in months)
    total = (_("Year"), *cells(seen.consents.total, _year_before(months)))
    return Table(_("Month"), columns, rows, total)


def _fatigue(seen: Engagement) -> Table:
    columns = (_("People"), _("No message"), _("One"), _("Two"), _("Three"), _("Four or more"),
               _("Messages"))  # fmt: skip
    rows = tuple(
        (formats.short_day(week.monday, language.locale()),
         *map(_number, (week.people, week.none, *week.got, week.messages)))
        for week in seen.weeks
    )  # fmt: skip
    return Table(_("Week from"), columns, rows)


def _spend(seen: Engagement) -> Table:
    chart = seen.spend

    def row(name: str, spent: int | None, budget: int | None, before: int) -> tuple[str, ...]:
        return (
            name,
            _money(spent, seen.spent_in),
            _money(budget, seen.currency),
            _share(spent, budget if seen.compares else None),
            _money(before, seen.spent_in),
        )

    columns = (_("Spent"), _("Budget"), _("Of the budget"), _("Spent in %(year)s") % _before(seen))
    rows = tuple(
        row(_month(m), _begun(seen, m, m.counts.spend_micros), m.target, m.last_year.spend_micros)
        for m in chart.months
    )
    budget = sum(month.target or 0 for month in chart.months) or None
    before = _year_before(chart.months).spend_micros
    return Table(
        _("Month"), columns, rows, row(_("Year"), chart.total.spend_micros, budget, before)
    )


def _counts(seen: Engagement, month: MonthCounts) -> Counts | None:
    return month.counts if month.month <= seen.today else None


def _begun(seen: Engagement, month: MonthCounts, n: int) -> int | None:
    """A month still to come has no number, not zero."""
    return n if month.month <= seen.today else None


def _year_before(months: Sequence[MonthCounts]) -> Counts:
    """The whole of last year, as the months above it show."""
    names = Counts.__dataclass_fields__
    return Counts(**{n: sum(getattr(month.last_year, n) for month in months) for n in names})


def _before(seen: Engagement) -> dict[str, str]:
    return {"year": str(seen.year - 1)}


def _month(month: MonthCounts) -> str:
    return str(language.locale().months["stand-alone"]["wide"][month.month.month])


def _number(n: int | None) -> str:
    return formats.number(n, language.locale())


def _percent(fraction: float | None) -> str:
    return formats.percent(fraction, language.locale(), 1)


def _share(n: int | None, base: int | None) -> str:
    known = n is not None and base
    return formats.percent((n or 0) / (base or 1) if known else None, language.locale())


def _money(micros: int | None, currency: str) -> str:
    return formats.money(micros, currency, language.locale())
