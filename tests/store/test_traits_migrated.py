"""A database of 0036 tells of what the rules look at once it is migrated, and loses nothing."""

from __future__ import annotations

import importlib
from datetime import datetime

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import text

from tests import cast as casting
from webapp import db as database
from webapp.models.subscriber import Subscriber
from webapp.store import audience_changes, audience_watch, schema

MIGRATION = importlib.import_module("webapp.migrations.versions.0042_traits_are_watched")
BEFORE = audience_watch.Watched("id", ("country", "window_ends_at", "erased_at", "channel_id"))


def told(db: database.Database, people: casting.Cast, opener: str) -> bool:
    """Whether the log tells who opened Ana's window."""
    with db.writer(people.rosewood) as session:
        session.get_one(Subscriber, people.ben).country = f"X{opener[0]}"  # the newest line's
        session.commit()
        mark = audience_changes.now(session).number
        session.get_one(Subscriber, people.ana).window_opener = opener
        session.commit()
        return people.ana in audience_changes.since(session, people.rosewood, mark, 10)


def test_the_triggers_of_0036_are_written_anew_and_consents_stay(
    db: database.Database, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = casting.enter(db, now)
    with db.writer(database.EVERY_BRAND) as session:
        consents = session.connection().scalar(text("SELECT count(*) FROM consent"))
        with Operations.context(MigrationContext.configure(session.connection())):
            MIGRATION.downgrade()
        with monkeypatch.context() as patch:
            patch.setitem(audience_watch.WATCHED, "subscriber", BEFORE)
            audience_watch.install(session.connection())
        session.commit()
    assert not told(db, people, "postback")
    with db.writer(database.EVERY_BRAND) as session:
        with Operations.context(MigrationContext.configure(session.connection())):
            MIGRATION.upgrade()
        audience_watch.install(session.connection())
        session.commit()
        assert session.connection().scalar(text("SELECT count(*) FROM consent")) == consents > 0
    assert told(db, people, "ad_message")
    assert schema.differences(db.engine) == []
