"""The part of a year being looked at: all of it, a quarter, or a month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from webapp.domain import plan
from webapp.views import formats, language

_ = language.gettext
MONTHS_OF_QUARTER = 3


@dataclass(frozen=True)
class Span:
    """`name` is what the address says: "year", "q1" to "q4", "1" to "12"."""

    name: str
    first: date
    last: date

    @property
    def months(self) -> list[date]:
        return [m for m in plan.months(self.first.year) if self.first <= m <= self.last]

    def holds(self, day: date) -> bool:
        return self.first <= day <= self.last

    def touches(self, first: date, last: date) -> bool:
        return first <= self.last and last >= self.first


def of(year: int, name: str) -> Span:
    """Anything unknown is the whole year."""
    quarters = {f"q{n}": (3 * n - 2, 3 * n) for n in range(1, 5)}
    months = {str(n): (n, n) for n in range(1, 13)}
    start, end = {**quarters, **months}.get(name, (1, 12))
    known = name if name in quarters or name in months else "year"
    return Span(known, date(year, start, 1), plan.last_day(date(year, end, 1)))


def words(span: Span) -> str:
    """2026, the second quarter of 2026, November 2026."""
    if span.name == "year":
        return str(span.first.year)
    if span.name.startswith("q"):
        return _("Quarter %(n)s of %(year)s") % {"n": span.name[1:], "year": span.first.year}
    return formats.month(span.first, language.locale())


def choices(span: Span, today: date) -> list[tuple[str, str]]:
    """Year, quarter and month, the latter two around what is seen or around today."""
    near = today if span.holds(today) else span.first
    quarter = (near.month - 1) // MONTHS_OF_QUARTER + 1
    month = formats.month(date(near.year, near.month, 1), language.locale())
    return [
        ("year", _("Year")),
        (span.name if span.name.startswith("q") else f"q{quarter}", _("Quarter")),
        (span.name if span.name.isdigit() else str(near.month), month.split()[0]),
    ]


def beside(span: Span) -> tuple[tuple[int, str], tuple[int, str]]:
    """The span before and the one after, as year and name."""
    before, after = span.first - timedelta(days=1), span.last + timedelta(days=1)
    return (before.year, _named_at(span, before)), (after.year, _named_at(span, after))


def _named_at(span: Span, day: date) -> str:
    if span.name == "year":
        return "year"
    if span.name.startswith("q"):
        return f"q{(day.month - 1) // MONTHS_OF_QUARTER + 1}"
    return str(day.month)
