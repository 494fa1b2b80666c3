"""Messages a person and week: counted once the week is over, told by year, API, table and file."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import Session, select

from tests import cast as casting
from tests.cast import Cast
from webapp import db as database
from webapp.domain.delivery import DeliveryState
from webapp.models.brand import Brand
from webapp.models.broadcast import Broadcast, Occurrence
from webapp.models.delivery import Delivery
from webapp.models.fatigue import FatigueWeek
from webapp.models.rollup import RollupDay
from webapp.services import fatigue

MONDAY = date(2026, 11, 16)  # its week ends with the day of the tests, a Sunday
NEXT = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture
def cast(db: database.Database, now: datetime) -> Cast:
    cast = casting.enter(db, now)
    with db.writer(cast.rosewood) as session:
        common = {"brand_id": cast.rosewood, "channel_id": cast.channel}
        session.add(RollupDay(**common, day=MONDAY - timedelta(days=1), new_subscribers=6))
        session.add(RollupDay(**common, day=MONDAY, kind="standard", sent=11, new_subscribers=4))
        session.commit()
    return cast


def send(
    session: Session, cast: Cast, at: datetime, *people: int, state: DeliveryState | None = None
) -> Broadcast:
    """A broadcast of which each of these people got one message at that moment."""
    row = Broadcast(brand_id=cast.rosewood, channel_id=cast.channel, name="Hi", kind="standard",
                    created_at=at, updated_at=at)  # fmt: skip
    session.add(row)
    session.flush()
    session.add(Occurrence(brand_id=cast.rosewood, broadcast_id=row.id or 0, due_at=at,
                           state="done", started_at=at, finished_at=at))  # fmt: skip
    kept = state or DeliveryState.SENT
    sent_at = at if kept is DeliveryState.SENT else None
    session.add_all(
        Delivery(brand_id=cast.rosewood, broadcast_id=row.id or 0, subscriber_id=person,
                 channel_id=cast.channel, state=int(kept), sent_at=sent_at)
        for person in people
    )  # fmt: skip
    return row


def counted(db: database.Database, cast: Cast) -> list[tuple[object, ...]]:
    with db.reader(cast.rosewood) as session:
        return [(week.monday, week.people, week.none, week.got, week.messages)
                for week in fatigue.of_year(session, 2026)]  # fmt: skip


def test_a_week_tells_how_many_got_how_many(db: database.Database, cast: Cast) -> None:
    with db.writer(cast.rosewood) as session:
        begin = datetime(2026, 11, 16, tzinfo=UTC)
        for n in range(5):
            send(session, cast, begin + timedelta(days=n), cast.ana)
        for n in range(3):
            send(session, cast, begin + timedelta(days=n), cast.ben)
        for n in range(2):
            send(session, cast, begin + timedelta(days=n), cast.cara)
        send(session, cast, begin, cast.dao)
        send(session, cast, begin, cast.dao, state=DeliveryState.FAILED)
        session.commit()
    assert fatigue.count_due(db, NEXT) == 1
    assert counted(db, cast) == [(MONDAY, 10, 6, (1, 1, 1, 1), 11)]


def test_a_week_is_counted_when_it_is_over_and_once_more_when_nothing_can_change(
    db: database.Database, cast: Cast
) -> None:
    assert fatigue.count_due(db, NEXT - timedelta(seconds=1)) == 0
    assert fatigue.count_due(db, NEXT) == 1
    assert fatigue.count_due(db, NEXT + timedelta(days=1)) == 0
    with db.writer(cast.rosewood) as session:  # an unknown outcome was a send after all
        send(session, cast, datetime(2026, 11, 20, tzinfo=UTC), cast.ana)
        session.commit()
    fatigue.count_due(db, NEXT + timedelta(days=14))
    assert counted(db, cast)[0][3] == (1, 0, 0, 0)
    with db.reader(cast.rosewood) as session:
        rows = session.exec(select(FatigueWeek).where(FatigueWeek.monday == MONDAY)).all()
    assert len(rows) == 1
    assert fatigue.count_due(db, NEXT + timedelta(days=15)) == 0


def test_weeks_begin_on_monday_where_the_brand_is(db: database.Database, cast: Cast) -> None:
    with db.writer(cast.rosewood) as session:
        session.get_one(Brand, cast.rosewood).timezone = "Pacific/Auckland"  # 13 hours ahead
        send(session, cast, datetime(2026, 11, 15, 11, tzinfo=UTC), cast.ana)  # Monday there
        send(session, cast, datetime(2026, 11, 22, 11, tzinfo=UTC), cast.ana)  # the next Monday
        session.commit()
    fatigue.count_due(db, datetime(2026, 11, 22, 11, tzinfo=UTC))
    assert counted(db, cast) == [(MONDAY, 10, 9, (1, 0, 0, 0), 11)]


def test_only_some_weeks_are_counted_at_a_time(
    db: database.Database, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fatigue, "AT_ONCE", 2)
    later = NEXT + timedelta(weeks=2)
    assert [fatigue.count_due(db, later) for _ in range(3)] == [2, 1, 0]
    assert [row[0] for row in counted(db, cast)] == [
        MONDAY, MONDAY + timedelta(weeks=1), MONDAY + timedelta(weeks=2),
    ]  # fmt: skip


def test_another_brand_is_counted_by_itself(db: database.Database, cast: Cast) -> None:
    fatigue.count_due(db, NEXT)
    with db.reader(cast.other) as session:
        assert fatigue.of_year(session, 2026) == []


def test_a_brand_that_never_sent_has_no_weeks(db: database.Database, now: datetime) -> None:
    casting.enter(db, now)
    assert fatigue.count_due(db, NEXT) == 0
