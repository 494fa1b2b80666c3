"""What came of the messages, by day, week, month or year."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta

from webapp.api.calls import Call
from webapp.api.routes import Table
from webapp.api.schemas.plans import Counts, Engagement, EngagementQuery, Period
from webapp.domain.errors import Invalid
from webapp.domain.wording import say
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
    return Engagement(by=query.by, currency=call.brand.currency, total=total, items=items)


def _add(to: Counts, row: rollups.DayCounts) -> None:
    for name in Counts.model_fields:
        setattr(to, name, getattr(to, name) + getattr(row, name))
