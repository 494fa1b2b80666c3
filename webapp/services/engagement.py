"""What came of a year, for the people who have five minutes a month: numbers and their sentences.

The year screen, this one, its files and the API all take their numbers from here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlmodel import Session

from webapp.domain import engagement, spreadsheet
from webapp.domain.engagement import Chart, Heat
from webapp.domain.fatigue import Spread, spread_finding
from webapp.domain.figures import MICROS
from webapp.domain.wording import Sentence
from webapp.models.brand import Brand
from webapp.services import fatigue, pricing
from webapp.store import rollups, targets
from webapp.store.rollups import DayCounts

HABIT = timedelta(days=13 * 7)  # how far back the hours of the week look: older habits mislead
FIRST, LAST = 2010, 2100  # years that can be asked for
COLUMNS = (
    "month", "sent", "target", "delivered", "read", "clicked", "replied", "opt_ins", "opt_outs",
    "spend", "budget", "currency", "last_year_sent", "last_year_delivered", "last_year_replied",
    "last_year_opt_ins", "last_year_opt_outs", "last_year_spend", "spend_currency",
)  # fmt: skip

WEEK_COLUMNS = ("week_from", "people", "got_0", "got_1", "got_2", "got_3", "got_4_or_more",
                "messages")  # fmt: skip


@dataclass(frozen=True)
class Engagement:
    """`since` is where the hours of the week begin. Budgets are in `currency`, the brand's; what
    was spent is in `spent_in`, the platforms'."""

    year: int
    today: date
    currency: str
    spent_in: str
    since: date
    reach: Chart
    responses: Chart
    funnel: Chart
    heat: Heat
    consents: Chart
    spend: Chart
    weeks: Sequence[Spread]
    weeks_finding: Sentence
    definitions: Mapping[str, Sentence]

    @property
    def compares(self) -> bool:
        """Whether what was spent can be held against the budget."""
        return self.spent_in == self.currency


def of_year(session: Session, brand: Brand, year: int, now: datetime) -> Engagement:
    today = today_of(brand, now)
    rows = days(session, year)
    hours, since = _hours(session, brand, year, today)
    weeks = fatigue.of_year(session, year)
    return Engagement(
        year=year,
        today=today,
        currency=brand.currency,
        spent_in=pricing.CURRENCY,
        since=since,
        reach=reach(session, rows, year, today),
        responses=engagement.responses(rows, year, today),
        funnel=engagement.funnel(rows, year, today),
        heat=engagement.heat(hours, brand.timezone),
        consents=engagement.consents(rows, year, today),
        spend=spend(session, rows, brand.currency, year, today),
        weeks=weeks,
        weeks_finding=spread_finding(weeks),
        definitions=engagement.definitions(),
    )


def today_of(brand: Brand, now: datetime) -> date:
    """The day it is for the brand."""
    return now.astimezone(ZoneInfo(brand.timezone)).date()


def days(session: Session, year: int) -> Sequence[DayCounts]:
    """Of the year and the one before."""
    return rollups.days(session, date(year - 1, 1, 1), date(year, 12, 31))


def reach(session: Session, rows: Sequence[DayCounts], year: int, today: date) -> Chart:
    return engagement.reach(rows, targets.by_month(session, year, "reach"), year, today)


def spend(
    session: Session, rows: Sequence[DayCounts], currency: str, year: int, today: date
) -> Chart:
    budgets = targets.by_month(session, year, "budget")
    return engagement.spend(
        rows, budgets, year, today, spent_in=pricing.CURRENCY, budgets_in=currency
    )


def years(session: Session, today: date, year: int) -> list[int]:
    """The years to choose from: those with numbers, this one and the one being looked at."""
    return sorted({*rollups.years(session), today.year, year})


def _hours(
    session: Session, brand: Brand, year: int, today: date
) -> tuple[Sequence[rollups.HourCounts], date]:
    """The last quarter of hours of the year, and the day they begin."""
    zone = ZoneInfo(brand.timezone)
    last = min(today, date(year, 12, 31))
    since = max(date(year, 1, 1), last - HABIT + timedelta(days=1))
    start = datetime.combine(since, time(), zone)
    until = datetime.combine(last + timedelta(days=1), time(), zone)
    return rollups.hours(session, start, until), since


def file_rows(seen: Engagement) -> Iterator[list[str]]:
    """The numbers for a spreadsheet, a line each month; money in whole units, budgets in
    `currency` and what was spent in `spend_currency`."""
    yield list(COLUMNS)
    for reached, spent in zip(seen.reach.months, seen.spend.months, strict=True):
        now, before = reached.counts, reached.last_year
        cells = (
            f"{reached.month:%Y-%m}", now.sent, reached.target, now.delivered, now.read,
            now.clicked, now.replied, now.opt_ins, now.opt_outs, _units(now.spend_micros),
            _units(spent.target), seen.currency, before.sent, before.delivered, before.replied,
            before.opt_ins, before.opt_outs, _units(before.spend_micros), seen.spent_in,
        )  # fmt: skip
        yield [spreadsheet.harmless(cell) for cell in cells]


def week_rows(weeks: Sequence[Spread]) -> Iterator[list[str]]:
    """How many people got how many messages, a line each week."""
    yield list(WEEK_COLUMNS)
    for week in weeks:
        yield [week.monday.isoformat(), *map(str, (week.people, week.none, *week.got,
                                                   week.messages))]  # fmt: skip


def _units(micros: int | None) -> str | None:
    return None if micros is None else str(Decimal(micros) / MICROS)
