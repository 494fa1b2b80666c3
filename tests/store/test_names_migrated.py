"""A database of 0045, full of names, is one of 0046 with everybody in it."""

from __future__ import annotations

import importlib
from datetime import datetime

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import text
from sqlmodel import col, select

from tests import cast as casting
from webapp import db as database
from webapp.models.subscriber import Subscriber
from webapp.store import name_watch, schema, searches

MIGRATION = importlib.import_module("webapp.migrations.versions.0046_names_without_accents")
NAMES = ("Éléonore", "Łukasz", "Søren", "Ђорђе", "สมชาย", "Strauß", "Zoë", "Plain", "Weiß-Đỗ", "王")


def test_names_are_looked_for_without_accents_and_nothing_else_changes(
    db: database.Database, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = casting.enter(db, now)
    monkeypatch.setattr(MIGRATION, "MANY", 3)
    with db.writer(people.rosewood) as session:
        session.add_all(
            Subscriber(brand_id=people.rosewood, channel_id=people.channel, key=f"n{n}",
                       first_name=name, name_folded=name.casefold(), created_at=now, updated_at=now)
            for n, name in enumerate(NAMES)
        )  # fmt: skip
        session.commit()
    with db.writer(database.EVERY_BRAND) as session:
        rows = "SELECT id, key, first_name, last_name FROM subscriber ORDER BY id"
        before = session.connection().execute(text(rows)).all()
        with Operations.context(MigrationContext.configure(session.connection())):
            MIGRATION.upgrade()
        name_watch.install(session.connection())
        assert session.connection().execute(text(rows)).all() == before
        session.commit()
    assert schema.differences(db.engine) == []
    with db.reader(people.rosewood) as session:
        folded = session.exec(
            select(Subscriber.name_folded).where(col(Subscriber.key).startswith("n"))
            .order_by(col(Subscriber.id))
        ).all()  # fmt: skip
        assert folded == ["eleonore", "lukasz", "soren", "ђорђе", "สมชาย", "strauss", "zoe",
                          "plain", "weiss-do", "王"]  # fmt: skip
        for asked in ("eleonore", "ÉLÉONORE", "łuk", "luk", "Søren", "zoe", "สมชาย"):
            assert searches.count(session, searches.Search(asked), now) == 1, asked
