"""Migration 0020 goes down and up again on a database that has sent; every row and sum is kept."""

from __future__ import annotations

import importlib
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlmodel import Session

from tests import stage as stages
from tests.stage import Stage
from webapp import db as database
from webapp.db import EVERY_BRAND
from webapp.domain.delivery import key_of
from webapp.domain.mark import Mark
from webapp.store import deliveries

MIGRATION = importlib.import_module("webapp.migrations.versions.0020_epochs")
KEPT = sa.text("SELECT id, state, claimed_at, platform_message_id FROM delivery ORDER BY id")


def test_what_was_sent_without_an_epoch_keeps_its_key(
    db: database.Database, now: datetime, tmp_path: Path
) -> None:
    stage = stages.build(db, now, tmp_path)
    broadcast = stage.broadcast()
    stage.start()
    stage.run(stage.sender())
    before, totals = rows(stage), stage.totals(broadcast)
    with stage.house.db.writer(EVERY_BRAND) as session:
        with Operations.context(MigrationContext.configure(session.connection())):
            MIGRATION.downgrade()
            MIGRATION.upgrade()
        session.commit()
    assert (rows(stage), stage.totals(broadcast)) == (before, totals)
    ana = stage.rows(broadcast)["Ana"]
    assert key_of(ana.id or 0, ana.epoch) == f"fl:{ana.id}"
    with stage.house.db.reader(EVERY_BRAND) as session:
        assert deliveries.marked(session, Mark(ana.id or 0)) == ana.id


def rows(stage: Stage) -> list[tuple[object, ...]]:
    with stage.house.db.reader(EVERY_BRAND) as session:
        return _all(session)


def _all(session: Session) -> list[tuple[object, ...]]:
    return [tuple(row) for row in session.execute(KEPT)]
