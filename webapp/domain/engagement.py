"""What came of the year, from the days' counts: numbers for charts, and a sentence for each.

`rows` are rollups of the year and of the year before in one go; those of other years and those
after `today` are passed over. Last year is always compared up to the same day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import chain
from zoneinfo import ZoneInfo

from webapp.domain import engagement_findings as findings
from webapp.domain import plan
from webapp.domain.engagement_counts import Counts, DayRow, HourRow, MonthCounts
from webapp.domain.figures import Money
from webapp.domain.wording import Sentence, say


@dataclass(frozen=True)
class Chart:
    """`total` and `last_year` are the whole of what `months` show, up to today."""

    months: tuple[MonthCounts, ...]
    total: Counts
    last_year: Counts
    finding: Sentence


@dataclass(frozen=True)
class Heat:
    """`cells[weekday][hour]` in the zone, Monday first; `total` is their sum."""

    cells: tuple[tuple[int, ...], ...]
    total: int
    zone: str
    finding: Sentence


def reach(rows: Iterable[DayRow], targets: Mapping[date, int], year: int, today: date) -> Chart:
    """Messages sent by month against the target; `targets` by the first day of their month."""
    months, total, before = _months(rows, year, today, targets)
    return Chart(months, total, before, findings.reach(months, total, year, today))


def responses(rows: Iterable[DayRow], year: int, today: date) -> Chart:
    """From deliveries to replies by month, against last year."""
    months, total, before = _months(rows, year, today)
    return Chart(months, total, before, findings.response(total, before, year))


def funnel(rows: Iterable[DayRow], year: int, today: date) -> Chart:
    """From what was sent to what was answered, over the whole year so far."""
    months, total, before = _months(rows, year, today)
    return Chart(months, total, before, findings.funnel(total, year))


def consents(rows: Iterable[DayRow], year: int, today: date) -> Chart:
    """Opt-ins and opt-outs by month."""
    months, total, before = _months(rows, year, today)
    return Chart(months, total, before, findings.consent(total, year))


def spend(
    rows: Iterable[DayRow],
    budgets: Mapping[date, int],
    year: int,
    today: date,
    *,
    spent_in: str,
    budgets_in: str,
) -> Chart:
    """Money by month beside its budget, each in millionths of its currency."""
    months, total, before = _months(rows, year, today, budgets)
    budget = sum(month.target or 0 for month in months)
    finding = findings.spend(Money(total.spend_micros, spent_in), Money(budget, budgets_in), year)
    return Chart(months, total, before, finding)


def heat(rows: Iterable[HourRow], zone: str) -> Heat:
    """When people write, by hour of the week as clocks in the zone show it."""
    tz = ZoneInfo(zone)
    cells = [[0] * 24 for _ in range(7)]
    for row in rows:
        local = row.hour.astimezone(tz)
        cells[local.weekday()][local.hour] += row.inbound
    total = sum(map(sum, cells))
    return Heat(tuple(map(tuple, cells)), total, zone, findings.heat(cells, total, zone))


def definitions() -> dict[str, Sentence]:
    """What each chart counts, for the reader who opens its definition."""
    return {
        "reach": say(
            "Messages the platform accepted, each to one person. A person written to twice "
            "counts twice."
        ),
        "responses": say(
            "Of the messages sent: how many the platform reported as delivered, read, clicked "
            "and answered within a week."
        ),
        "funnel": say(
            "All messages sent this year so far; each share is of those sent. A message can be "
            "answered without being reported as read."
        ),
        "heat": say(
            "Messages people wrote to us, by hour and day of the week, in the thirteen weeks up to "
            "the last day shown."
        ),
        "consents": say("Opt-ins to topics, and stops of topics or of everything."),
        "fatigue": say(
            "Of the people known at the end of each week: how many were sent one, two, three, or "
            "four and more messages in it. The others got none. A week is counted when it is over."
        ),
        "spend": say("What paid messages cost, by the day they were accepted."),
    }


def _months(
    rows: Iterable[DayRow], year: int, today: date, targets: Mapping[date, int] | None = None
) -> tuple[tuple[MonthCounts, ...], Counts, Counts]:
    end = min(today, date(year, 12, 31))
    this: dict[date, list[DayRow]] = defaultdict(list)
    before: dict[date, list[DayRow]] = defaultdict(list)
    for row in rows:
        if row.day.year == year and row.day <= end:
            this[plan.month_of(row.day)].append(row)
        elif row.day.year == year - 1:
            before[plan.month_of(row.day)].append(row)
    months = tuple(
        MonthCounts(
            month,
            Counts.total(this[month]),
            Counts.total(before[month.replace(year=year - 1)]),
            (targets or {}).get(month),
        )
        for month in plan.months(year)
    )
    until = _year_earlier(end)
    same = Counts.total(row for month in before.values() for row in month if row.day <= until)
    return months, Counts.total(chain.from_iterable(this.values())), same


def _year_earlier(day: date) -> date:
    last = plan.last_day(date(day.year - 1, day.month, 1))
    return last if day == plan.last_day(day) else day.replace(year=day.year - 1)
