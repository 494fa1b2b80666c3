"""Counts by day and hour: raised in the brand's zone, read by one query, one brand at a time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from sqlmodel import Session

from tests import cast as casting
from webapp import db as database
from webapp.models.brand import Brand
from webapp.store import rollups

NOVEMBER = (date(2026, 11, 1), date(2026, 11, 30))


def _rosewood_in(zone: str, session: Session, brand_id: int) -> None:
    brand = session.get_one(Brand, brand_id)
    brand.timezone = zone
    session.flush()


def test_a_day_is_the_brands_day_and_a_sum_over_channels_and_kinds(
    db: database.Database, now: datetime
) -> None:
    cast = casting.enter(db, now)
    late = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)  # the 21st in Paris
    with db.writer(cast.rosewood) as session:
        _rosewood_in("Europe/Paris", session, cast.rosewood)
        rollups.add(session, cast.rosewood, cast.channel, late, "standard", sent=3, spend_micros=7)
        rollups.add(session, cast.rosewood, cast.channel, late, "sponsored", sent=2)
        rollups.add(session, cast.rosewood, cast.channel, late, inbound=4)
        session.commit()
        (day,) = rollups.days(session, *NOVEMBER)
        (hour,) = rollups.hours(session, late - timedelta(hours=1), late + timedelta(hours=1))
    assert (day.day, day.sent, day.inbound, day.spend_micros) == (date(2026, 11, 21), 5, 4, 7)
    assert (hour.hour, hour.sent, hour.inbound) == (late.replace(minute=0), 5, 4)


def test_a_day_of_25_hours_is_one_day(db: database.Database, now: datetime) -> None:
    cast = casting.enter(db, now)
    midnight = datetime(2026, 10, 24, 22, 0, tzinfo=UTC)  # 25 October in Paris, clocks go back
    with db.writer(cast.rosewood) as session:
        _rosewood_in("Europe/Paris", session, cast.rosewood)
        for hour in range(25):
            at = midnight + timedelta(hours=hour)
            rollups.add(session, cast.rosewood, cast.channel, at, sent=1)
        rollups.add(session, cast.rosewood, cast.channel, midnight + timedelta(hours=25), sent=1)
        found = rollups.days(session, date(2026, 10, 24), date(2026, 10, 27))
    assert [(row.day, row.sent) for row in found] == [
        (date(2026, 10, 25), 25),
        (date(2026, 10, 26), 1),
    ]


def test_another_brands_counts_are_not_seen(db: database.Database, now: datetime) -> None:
    cast = casting.enter(db, now)
    with db.writer(database.EVERY_BRAND) as session:
        rollups.add(session, cast.other, cast.other_channel, now, sent=9, new_subscribers=9)
        session.commit()
    with db.reader(cast.rosewood) as session:
        assert rollups.days(session, *NOVEMBER) == []
        assert rollups.hours(session, now - timedelta(days=1), now + timedelta(days=1)) == []
        assert rollups.people_met(session, date(2027, 1, 1)) == 0
        assert list(rollups.years(session)) == []
    with db.reader(cast.other) as session:
        assert rollups.people_met(session, date(2026, 11, 22)) == 0
        assert rollups.people_met(session, date(2026, 11, 23)) == 9
        assert list(rollups.years(session)) == [2026]
