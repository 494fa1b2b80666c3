"""The ledger's sums say what counting the rows says, whoever writes the rows."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlmodel import Session, func, select

from tests import cast
from tests.cast import Cast
from webapp import db as database
from webapp.db import EVERY_BRAND
from webapp.models.broadcast import Broadcast
from webapp.models.delivery import Delivery, DeliverySum
from webapp.store import deliveries, depths, sums
from webapp.store.deliveries import Summed

MOMENT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
COPY = (
    "INSERT INTO delivery (brand_id, broadcast_id, occurrence, step, subscriber_id, channel_id,"
    " state, route, rule_ids, rulebook_version, price_micros, fallback) SELECT brand_id,"
    " broadcast_id, occurrence, step + 100, subscriber_id, channel_id, 6, route, '', '', 3,"
    " fallback FROM delivery"
)
CHANGES = (
    "UPDATE delivery SET state = 1, worker_id = 7 WHERE id % 2 = 0",
    "UPDATE delivery SET state = 2, route = 'window', price_micros = 5 WHERE state = 1",
    "UPDATE delivery SET delivered_at = '2026-11-22 12:00:00' WHERE id % 4 = 0",
    "UPDATE delivery SET read_at = delivered_at, clicked_at = delivered_at WHERE id % 8 = 0",
    "UPDATE delivery SET replied_at = '2026-11-22 12:00:00' WHERE id % 5 = 0",
    "UPDATE delivery SET delivered_at = NULL WHERE id % 16 = 0",
    "UPDATE delivery SET state = 4, reason = 'meta.window' WHERE state = 0",
    "UPDATE delivery SET reason = NULL WHERE id % 3 = 0",
    "UPDATE delivery SET price_micros = price_micros + id",
    "UPDATE delivery SET occurrence = 2 WHERE id % 7 = 0",
    "UPDATE delivery SET detail = 'says nothing of a sum'",
    "DELETE FROM delivery WHERE id % 9 = 0",
    COPY,
    "DELETE FROM delivery",
)


@pytest.fixture
def people(db: database.Database) -> Cast:
    return cast.enter(db, MOMENT)


@pytest.fixture
def broadcast(db: database.Database, people: Cast) -> int:
    """With sixty queued rows."""
    return _broadcast(db, people)


def _broadcast(db: database.Database, people: Cast, rows: int = 60) -> int:
    with db.writer(people.rosewood) as session:
        made = Broadcast(brand_id=people.rosewood, channel_id=people.channel, name="Doors open",
                         kind="standard", created_at=MOMENT, updated_at=MOMENT)  # fmt: skip
        session.add(made)
        session.flush()
        session.add_all(
            Delivery(brand_id=people.rosewood, broadcast_id=made.id or 0, step=step,
                     subscriber_id=people.ana, channel_id=people.channel)
            for step in range(rows)
        )  # fmt: skip
        session.commit()
        return made.id or 0


def counted(session: Session, broadcast_id: int) -> list[Summed]:
    """From the rows themselves."""
    keys = (Delivery.state, Delivery.route, func.coalesce(Delivery.reason, ""))
    facts = [func.count(getattr(Delivery, f"{it}_at")) for it in Summed._fields[5:]]
    query = select(*keys, func.count(), func.sum(Delivery.price_micros), *facts)  # type: ignore[call-overload]
    found = session.exec(query.where(Delivery.broadcast_id == broadcast_id).group_by(*keys)).all()
    return sorted(Summed(*row[:3], *map(int, row[3:])) for row in found)


def agree(db: database.Database, broadcast_id: int) -> bool:
    with db.reader(EVERY_BRAND) as session:
        rows = counted(session, broadcast_id)
        assert sorted(deliveries.sums(session, broadcast_id)) == rows
        totals = deliveries.totals(session, broadcast_id)
        assert totals.audience == sum(it.people for it in rows)
        assert deliveries.totals_of(session, [broadcast_id, 0])[broadcast_id] == totals
    return True


def test_whatever_changes_a_row_changes_its_sum(db: database.Database, broadcast: int) -> None:
    assert agree(db, broadcast)
    for change in CHANGES:
        with db.writer(EVERY_BRAND) as session:
            session.connection().execute(text(change))
            assert sorted(deliveries.sums(session, broadcast)) == counted(session, broadcast)
            session.commit()
        assert agree(db, broadcast), change
    with db.reader(EVERY_BRAND) as session:
        assert deliveries.sums(session, broadcast) == []


def test_what_is_rolled_back_was_never_summed(db: database.Database, broadcast: int) -> None:
    with db.writer(EVERY_BRAND) as session:
        session.connection().execute(text("UPDATE delivery SET state = 6"))
        session.rollback()
    assert agree(db, broadcast)
    with db.reader(EVERY_BRAND) as session:
        assert deliveries.totals(session, broadcast).queued == 60


def test_the_runs_of_a_broadcast_are_summed_apart(db: database.Database, broadcast: int) -> None:
    with db.writer(EVERY_BRAND) as session:
        session.connection().execute(text("UPDATE delivery SET occurrence = 2 WHERE step < 20"))
        session.commit()
    with db.reader(EVERY_BRAND) as session:
        assert deliveries.totals(session, broadcast, 1).audience == 40
        assert deliveries.totals(session, broadcast, 2).audience == 20
        assert deliveries.totals(session, broadcast).audience == 60


def test_another_brand_sees_no_sum(db: database.Database, people: Cast, broadcast: int) -> None:
    with db.reader(people.rosewood) as session:
        assert deliveries.totals(session, broadcast).audience == 60
    with db.reader(people.rosewood + 1) as session:
        assert deliveries.totals(session, broadcast).audience == 0
        assert deliveries.sums(session, broadcast) == []


def test_each_broadcast_has_its_own_sum(
    db: database.Database, people: Cast, broadcast: int
) -> None:
    other, empty = _broadcast(db, people, 7), _broadcast(db, people, 0)
    with db.reader(people.rosewood) as session:
        found = deliveries.totals_of(session, [broadcast, other, empty])
        waiting = depths.queued(session)
    assert {key: it.audience for key, it in found.items()} == {broadcast: 60, other: 7, empty: 0}
    assert waiting == 67


@pytest.mark.parametrize("db", ["postgresql"], indirect=True)
def test_two_writers_at_once_are_both_summed(db: database.Database, broadcast: int) -> None:
    """Neither waits for the other, and each takes rows out of what a third put in."""
    claim = text("UPDATE delivery SET state = 1 WHERE id % 2 = :rest")
    with db.writer(EVERY_BRAND) as one, db.writer(EVERY_BRAND) as two:
        one.connection().execute(claim, {"rest": 0})
        two.connection().execute(claim, {"rest": 1})
        two.commit()
        one.commit()
    assert agree(db, broadcast)
    with db.reader(EVERY_BRAND) as session:
        assert deliveries.totals(session, broadcast).claimed == 60
        assert len(session.exec(select(DeliverySum.writer).distinct()).all()) > 1


def test_rows_from_before_the_sums_are_counted(db: database.Database, broadcast: int) -> None:
    """As after the release that brought them, or a migration that rebuilt the table."""
    with db.engine.execution_options(fanlight_writes=True).begin() as connection:
        sums.lift(connection)
        connection.execute(text("UPDATE delivery SET state = 2, reason = 'x' WHERE step < 10"))
        connection.execute(text("DELETE FROM delivery WHERE step > 50"))
        sums.install(connection)
        sums.install(connection)
        connection.execute(text("UPDATE delivery SET state = 3 WHERE step = 20"))
    assert agree(db, broadcast)
