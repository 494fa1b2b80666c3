"""How much each person is written to, week by week: counted when a week is over, and read.

A week is counted on the first tick after its end, and once more two weeks later: until then an
outcome nobody knew may turn out to be a send. The sender is not slowed by it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session

from webapp.db import EVERY_BRAND, Database
from webapp.domain import fatigue
from webapp.domain.fatigue import A_WEEK, Spread
from webapp.models.fatigue import FatigueWeek
from webapp.store import brands, rollups
from webapp.store import fatigue as store

AT_ONCE = 60  # weeks a tick: a brand's years of history take a few ticks


def of_year(session: Session, year: int) -> Sequence[Spread]:
    """The weeks counted that touch the year."""
    first = fatigue.monday_of(date(year, 1, 1))
    return between(session, first, date(year, 12, 31))


def between(session: Session, first: date, last: date) -> Sequence[Spread]:
    """The weeks counted whose Monday lies between, both included."""
    return [_spread(row) for row in store.weeks(session, first, last)]


def count_due(database: Database, now: datetime) -> int:
    """Count the weeks that are over and not counted for good; returns how many were."""
    with database.reader(EVERY_BRAND) as session:
        all_brands = [(row.id or 0, row.timezone) for row in brands.everyone(session)]
    done = 0
    for brand_id, zone in all_brands:
        with database.reader(brand_id) as session:
            due = list(_due(session, ZoneInfo(zone), now))[: AT_ONCE - done]
            rows = [_count(session, brand_id, monday, ZoneInfo(zone), now) for monday in due]
        if rows:
            _keep(database, brand_id, rows)
        done += len(rows)
    return done


def _due(session: Session, zone: ZoneInfo, now: datetime) -> Iterator[date]:
    first = store.first_day(session)
    if first is None:
        return
    counted, monday = store.counted(session), fatigue.monday_of(first)
    while (end := _start(monday + A_WEEK, zone)) <= now:
        last = counted.get(monday)
        if last is None or last < end + store.LATE <= now:
            yield monday
        monday += A_WEEK


def _count(
    session: Session, brand_id: int, monday: date, zone: ZoneInfo, now: datetime
) -> FatigueWeek:
    sunday = monday + A_WEEK - timedelta(days=1)
    got = store.received(session, _start(monday, zone), _start(monday + A_WEEK, zone))
    return FatigueWeek(
        brand_id=brand_id,
        monday=monday,
        people=rollups.people_met(session, monday + A_WEEK),
        one=got.get(1, 0),
        two=got.get(2, 0),
        three=got.get(3, 0),
        more=got.get(store.MOST, 0),
        messages=store.messages(session, monday, sunday),
        counted_at=now,
    )


def _keep(database: Database, brand_id: int, rows: Sequence[FatigueWeek]) -> None:
    with database.writer(brand_id) as session:
        for row in rows:
            store.keep(session, row)
        session.commit()


def _start(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _spread(row: FatigueWeek) -> Spread:
    return Spread(row.monday, row.people, (row.one, row.two, row.three, row.more), row.messages)
