"""Counts wait for the end of their transaction, so that nobody waits for them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import event, text

from tests import cast
from webapp.db import EVERY_BRAND, Database
from webapp.models.subscriber import Subscriber
from webapp.store import rollups


def test_two_who_count_on_the_same_channels_in_different_orders_never_lock_each_other_out(
    db: Database, now: datetime
) -> None:
    """Both at once where there can be two, as two senders or a sender and the inbox are."""
    people = cast.enter(db, now)
    places = [(people.rosewood, people.channel), (people.other, people.other_channel)]
    with db.writer(EVERY_BRAND) as one:
        for brand, channel in places:
            rollups.add(one, brand, channel, now, sent=1)
        if db.is_sqlite:
            one.commit()
        with db.writer(EVERY_BRAND) as other:
            if not db.is_sqlite:
                other.execute(text("SET LOCAL lock_timeout = '5s'"))
            for brand, channel in reversed(places):
                rollups.add(other, brand, channel, now, sent=1)
            other.commit()
        one.commit()
    with db.reader(people.rosewood) as session:
        assert [day.sent for day in rollups.days(session, now.date(), now.date())] == [2]


def test_counts_are_written_after_all_other_rows_and_in_one_order(
    db: Database, now: datetime
) -> None:
    people = cast.enter(db, now)
    said: list[str] = []
    keys: list[int] = []

    def hear(_c: object, _cursor: object, statement: str, given: object, *_more: object) -> None:
        said.append(" ".join(statement.split()[:3]))
        if statement.startswith("INSERT INTO rollup_day"):
            keys.extend(it["channel_id"] if isinstance(it, dict) else it[1] for it in given)  # type: ignore[attr-defined]

    with db.writer(EVERY_BRAND) as session:
        rollups.add(session, people.other, people.other_channel, now, sent=1)
        rollups.add(session, people.rosewood, people.channel, now, sent=1)
        session.get_one(Subscriber, people.ana).last_sent_at = now
        event.listen(db.engine, "before_cursor_execute", hear)
        session.commit()
        event.remove(db.engine, "before_cursor_execute", hear)
    assert said[:3] == [
        "UPDATE subscriber SET",
        "INSERT INTO rollup_day",
        "INSERT INTO rollup_hour",
    ]
    assert keys == sorted([people.channel, people.other_channel])


def test_what_a_savepoint_takes_back_is_not_counted(db: Database, now: datetime) -> None:
    people = cast.enter(db, now)
    with db.writer(people.rosewood) as session:
        rollups.add(session, people.rosewood, people.channel, now, sent=1)
        with session.begin_nested():
            rollups.add(session, people.rosewood, people.channel, now, sent=10)
        with session.begin_nested() as point:
            with session.begin_nested():
                rollups.add(session, people.rosewood, people.channel, now, sent=100)
            point.rollback()
        session.commit()
        (day,) = rollups.days(session, now.date(), now.date())
    assert day.sent == 11


def test_what_is_rolled_back_is_not_counted_by_the_next_transaction(
    db: Database, now: datetime
) -> None:
    people = cast.enter(db, now)
    with db.writer(people.rosewood) as session:
        rollups.add(session, people.rosewood, people.channel, now, sent=5)
        session.rollback()
        rollups.add(session, people.rosewood, people.channel, now, sent=1)
        session.commit()
        (day,) = rollups.days(session, now.date(), now.date())
    assert day.sent == 1


def test_whoever_counts_sees_what_they_have_counted_and_a_savepoint_keeps_it_back(
    db: Database, now: datetime
) -> None:
    people = cast.enter(db, now)
    with db.writer(people.rosewood) as session:
        rollups.add(session, people.rosewood, people.channel, now, sent=1)
        with session.begin_nested() as point:
            rollups.add(session, people.rosewood, people.channel, now, sent=10)
            assert not rollups.days(session, now.date(), now.date()), "it may be taken back"
            point.rollback()
        (day,) = rollups.days(session, now.date(), now.date())
        session.commit()
        (after,) = rollups.days(session, now.date(), now.date())
    assert (day.sent, after.sent) == (1, 1)
