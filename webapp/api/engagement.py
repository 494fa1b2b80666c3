"""What came of the messages, by day, week, month or year."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta

from webapp.api.calls import Call
from webapp.api.routes import Table
from webapp.api.schemas.plans import (
    Counts,
    Engagement,
    EngagementQuery,
    Period,
    Week,
    Weeks,
    WeeksQuery,
)
from webapp.domain.errors import Invalid
from webapp.domain.fatigue import Spread
from webapp.domain.wording import say
from webapp.services import fatigue, pricing
from webapp.store import rollups

table = Table("engagement")
LONGEST = timedelta(days=3660)
FIRST_OF: Mapping[str, Callable[[date], date]] = {
    "day": lambda day: day,
    "week": lambda day: day - timedelta(days=min(day.weekday(), day.toordinal() - 1)),
    "month": lambda day: day.replace(day=1),
    "year": lambda day: day.replace(month=1, day=1),
}


@table.get("/engagement", "view", answers=Engagement, query=EngagementQuery)
def show(call: Call, query: EngagementQuery) -> Engagement:
    """The same counts that the engagement page shows, for any span of days."""
    if not timedelta() <= query.until - query.since <= LONGEST:
        raise Invalid({"to": [say("Give a day after the first, at most ten years later.")]})
    total, periods = Counts(), dict[date, Period]()
    for row in rollups.days(call.session, query.since, query.until):
        first = FIRST_OF[query.by](row.day)
        _add(periods.setdefault(first, Period(day=first)), row)
        _add(total, row)
    items = [periods[day] for day in sorted(periods)]
    return Engagement(by=query.by, currency=pricing.CURRENCY, total=total, items=items)


@table.get("/engagement/weeks", "view", answers=Weeks, query=WeeksQuery)
def weeks(call: Call, query: WeeksQuery) -> Weeks:
    """How many people got no message, one, two, three, and four or more, of each week that is over
    and begins between the two days."""
    if not timedelta() <= query.until - query.since <= LONGEST:
        raise Invalid({"to": [say("Give a day after the first, at most ten years later.")]})
    found = fatigue.between(call.session, query.since, query.until)
    return Weeks(items=[_week(week) for week in found])


def _week(week: Spread) -> Week:
    one, two, three, more = week.got
    return Week(
        monday=week.monday,
        people=week.people,
        got_none=week.none,
        got_one=one,
        got_two=two,
        got_three=three,
        got_four_or_more=more,
        messages=week.messages,
    )


def _add(to: Counts, row: rollups.DayCounts) -> None:
    for name in Counts.model_fields:
        setattr(to, name, getattr(to, name) + getattr(row, name))
