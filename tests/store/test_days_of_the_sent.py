"""Migration 0012 moves counts only: it is run here by itself, on whatever the newest tables are."""

from __future__ import annotations

import importlib
from datetime import UTC, date, datetime, timedelta

from alembic.migration import MigrationContext
from alembic.operations import Operations

from tests import cast
from webapp import db as database
from webapp.domain.delivery import DeliveryState
from webapp.models.brand import Brand
from webapp.models.broadcast import Broadcast
from webapp.models.delivery import Delivery
from webapp.store import rollups

MIGRATION = importlib.import_module("webapp.migrations.versions.0012_days_of_the_sent")
SENT = datetime(2026, 3, 1, 2, 59, tzinfo=UTC)  # still the last of February in São Paulo
READ = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
FEBRUARY, NOVEMBER = date(2026, 2, 28), date(2026, 11, 22)


def test_what_was_told_in_november_of_a_message_of_february_is_counted_in_february(
    db: database.Database, now: datetime
) -> None:
    people = cast.enter(db, now)
    with db.writer(people.rosewood) as session:
        session.get_one(Brand, people.rosewood).timezone = "America/Sao_Paulo"
        run = Broadcast(brand_id=people.rosewood, channel_id=people.channel, name="Old",
                        kind="standard", created_at=now, updated_at=now)  # fmt: skip
        session.add(run)
        session.flush()
        for person, read_at in ((people.ana, READ), (people.ben, None)):
            session.add(
                Delivery(
                    brand_id=people.rosewood, broadcast_id=run.id or 0, subscriber_id=person,
                    channel_id=people.channel, state=int(DeliveryState.SENT), sent_at=SENT,
                    finished_at=SENT, delivered_at=SENT + timedelta(seconds=2), read_at=read_at,
                )
            )  # fmt: skip
        rollups.add(session, people.rosewood, people.channel, READ, "standard", sent=7, read=1)
        session.commit()
    with db.writer(database.EVERY_BRAND) as session:
        with Operations.context(MigrationContext.configure(session.connection())):
            MIGRATION.upgrade()
        session.commit()
    with db.reader(people.rosewood) as session:
        days = {row.day: row for row in rollups.days(session, date(2026, 1, 1), NOVEMBER)}
    assert (days[FEBRUARY].delivered, days[FEBRUARY].read) == (2, 1)
    assert (days[NOVEMBER].sent, days[NOVEMBER].read) == (7, 0)
