"""A database of 0013 with events in it, brought to today and back."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import text
from sqlalchemy.engine import URL

from tests import conftest
from tests.store.test_consents_migrated import STATEMENTS
from webapp import db as database
from webapp.store import schema

EVENTS = [
    ("message", '{"payload": "YES"}', "tapped"),
    ("message", "{}", "wrote"),
    ("message", '{"payload": null}', "wrote"),
    ("postback", '{"payload": "GO"}', "tapped"),
    ("paid_click", "{}", "tapped"),
    ("echo", '{"payload": "x"}', None),
    ("read", "{}", None),
]


@pytest.fixture(params=["sqlite", "postgresql"])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[database.Database]:
    if request.param == "sqlite":
        made = database.Database(f"sqlite:///{tmp_path / 'old.db'}")
    else:
        server: URL = request.getfixturevalue("postgres_server")
        name = f"fanlight_old_{uuid.uuid4().hex[:8]}"
        conftest._administer(server, f'CREATE DATABASE "{name}"')
        made = database.Database(conftest._url(server.set(database=name)))
    _to(made, "0013")
    yield made
    made.dispose()


def _to(db: database.Database, revision: str, *, back: bool = False) -> None:
    with db.engine.execution_options(fanlight_writes=True).begin() as connection:
        move = command.downgrade if back else command.upgrade
        move(schema._config(connection), revision)


def _acts(db: database.Database) -> list[str | None]:
    with db.engine.connect() as connection:
        return list(connection.scalars(text("SELECT act FROM event ORDER BY id")))


def test_events_of_before_are_marked_and_every_row_stays(old: database.Database) -> None:
    with old.engine.execution_options(fanlight_writes=True).begin() as connection:
        for statement in STATEMENTS:
            connection.execute(text(statement))
        connection.execute(
            text(
                "INSERT INTO segment (id, brand_id, name, tree, kind, created_at, updated_at) "
                "VALUES (7, 1, 'S', '{}', 'live', '2026-01-01 00:00:00', '2026-01-01 00:00:00')"
            )
        )
        for number, (kind, detail, _act) in enumerate(EVENTS):
            connection.execute(
                text(
                    "INSERT INTO event (brand_id, channel_id, kind, key, at, detail) "
                    "VALUES (1, 1, :kind, :key, '2026-03-01 00:00:00', :detail)"
                ),
                {"kind": kind, "key": str(number), "detail": detail},
            )
    schema.upgrade(old.engine)
    assert schema.differences(old.engine) == []
    assert _acts(old) == [act for _kind, _detail, act in EVENTS]
    _to(old, "0013", back=True)
    schema.upgrade(old.engine)
    assert schema.differences(old.engine) == []
    assert _acts(old) == [act for _kind, _detail, act in EVENTS]
    with old.engine.connect() as connection:
        kept = connection.execute(text("SELECT id, name, kind FROM segment")).all()
    assert [tuple(row) for row in kept] == [(7, "S", "live")]
