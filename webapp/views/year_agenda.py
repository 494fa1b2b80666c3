"""The same plan in words, month by month: for phones, and for everybody who asks for a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from webapp.domain import plan
from webapp.domain.plan import Moment
from webapp.domain.policy.rulebook import Change
from webapp.services.plans import Month, Send, YearPlan
from webapp.views.year_span import Span


@dataclass(frozen=True)
class Day:
    """What is on at a day: a send, a moment or a change of the rules; the others are None."""

    day: date
    send: Send | None = None
    moment: Moment | None = None
    change: Change | None = None


@dataclass(frozen=True)
class Page:
    """A month; `past` ones are folded away on a phone."""

    month: Month
    campaigns: Sequence[plan.Campaign]
    days: Sequence[Day]
    past: bool


def of(seen: YearPlan, span: Span) -> list[Page]:
    return [_page(seen, month) for month in seen.months if span.holds(month.first)]


def _page(seen: YearPlan, month: Month) -> Page:
    last = plan.last_day(month.first)

    def inside(day: date) -> bool:
        return month.first <= day <= last

    return Page(
        month=month,
        campaigns=[c for c in seen.campaigns if c.starts_on <= last and c.ends_on >= month.first],
        days=sorted((day for day in _days(seen) if inside(day.day)), key=lambda day: day.day),
        past=last < seen.today,
    )


def _days(seen: YearPlan) -> Iterator[Day]:
    yield from (Day(send.planned.day, send=send) for send in seen.sends)
    yield from (Day(moment.day, moment=moment) for moment in seen.moments)
    yield from (Day(change.day, change=change) for change in seen.changes)
