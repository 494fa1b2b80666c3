"""Migrations 0021 and 0022 go down and up again on a database full of runs; every row is kept."""

from __future__ import annotations

import importlib
from datetime import datetime

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlmodel import select

from tests import cast
from webapp import db as database
from webapp.domain.delivery import DeliveryState
from webapp.domain.permission import Actor, Role
from webapp.models.broadcast import Broadcast, Occurrence
from webapp.models.delivery import Delivery
from webapp.services import attention

PERIODS, TOLD = (
    importlib.import_module(f"webapp.migrations.versions.{name}")
    for name in ("0021_periods", "0022_runs_told")
)
STATES = ("due", "done", "missed")


def test_what_was_missed_before_is_not_told_again_and_nothing_is_lost(
    db: database.Database, now: datetime
) -> None:
    people = cast.enter(db, now)
    with db.writer(people.rosewood) as session:
        made = Broadcast(
            brand_id=people.rosewood, channel_id=people.channel, name="x", kind="standard",
            state="scheduled", created_at=now, updated_at=now,
        )  # fmt: skip
        session.add(made)
        session.flush()
        common = {"brand_id": people.rosewood, "broadcast_id": made.id or 0}
        session.add_all(
            Occurrence(**common, number=number, state=state, due_at=now)
            for number, state in enumerate(STATES, start=1)
        )
        session.add(Delivery(**common, channel_id=people.channel, subscriber_id=people.ana,
                             state=int(DeliveryState.QUEUED)))  # fmt: skip
        session.commit()
    with db.writer(database.EVERY_BRAND) as session:
        with Operations.context(MigrationContext.configure(session.connection())):
            TOLD.downgrade()
            PERIODS.downgrade()
            PERIODS.upgrade()
            TOLD.upgrade()
        session.commit()
    with db.reader(people.rosewood) as session:
        found = {run.state: run.seen_at for run in session.exec(select(Occurrence))}
        assert found == {"due": None, "done": None, "missed": now}
        assert session.exec(select(Broadcast.cap_exempt)).one() is False
        assert session.exec(select(Delivery.subscriber_id)).one() == people.ana
        manager = Actor(people.manager, "Manager", Role.MANAGER)
        assert not attention.needs(session, manager, now).missed_runs
