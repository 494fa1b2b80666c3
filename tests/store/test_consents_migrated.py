# ruff: noqa: S608, ISC004  # the statements are the tests' own
"""The ledger as 0002 kept it, brought to today: every act stays, what did not fit shows."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import text
from sqlalchemy.engine import URL

from tests import conftest
from webapp import db as database
from webapp.store import consents, schema, topics

FIRST = datetime(2026, 3, 1, 12, tzinfo=UTC)
STATEMENTS = (
    "INSERT INTO brand (id, slug, name, country, timezone, currency, created_at) "
    "VALUES (1, 'a', 'A', 'FR', 'UTC', 'EUR', '2026-01-01 00:00:00')",
    "INSERT INTO meta_app (id, slug, app_secret, verify_token, created_at) "
    "VALUES (1, 'a', 'x', 'y', '2026-01-01 00:00:00')",
    "INSERT INTO channel (id, brand_id, app_id, platform, key, name, access_token, state, "
    "practice, rate_per_second, created_at) "
    "VALUES (1, 1, 1, 'messenger', '1', 'P', 'z', 'connected', false, 10, '2026-01-01 00:00:00')",
    "INSERT INTO topic (id, brand_id, slug, name, wording) VALUES (1, 1, 'a', 'A', 'Tell me')",
)


@pytest.fixture(params=["sqlite", "postgresql"])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[database.Database]:
    """An empty database of 0002."""
    if request.param == "sqlite":
        made = database.Database(f"sqlite:///{tmp_path / 'old.db'}")
    else:
        server: URL = request.getfixturevalue("postgres_server")
        name = f"fanlight_old_{uuid.uuid4().hex[:8]}"
        conftest._administer(server, f'CREATE DATABASE "{name}"')
        made = database.Database(conftest._url(server.set(database=name)))
    with made.engine.execution_options(fanlight_writes=True).begin() as connection:
        command.upgrade(schema._config(connection), "0002")
    yield made
    made.dispose()


def keep(db: database.Database, acts: list[tuple[int, str]], broken: set[int]) -> None:
    """Acts of (person, wording), chained as 0002 did; those in `broken` were changed later."""
    with db.engine.execution_options(fanlight_writes=True).begin() as connection:
        for statement in STATEMENTS:
            connection.execute(text(statement))
        for person in {person for person, _ in acts}:
            erased = "'2026-05-01 00:00:00'" if person == 3 else "NULL"
            connection.execute(
                text(
                    "INSERT INTO subscriber (id, brand_id, channel_id, key, name_folded, region, "
                    f"erased_at, created_at, updated_at) VALUES ({person}, 1, 1, '{person}', '', "
                    f"0, {erased}, '2026-01-01 00:00:00', '2026-01-01 00:00:00')"
                )
            )
        last: dict[int, str] = {}
        for n, (person, wording) in enumerate(acts, start=1):
            at = FIRST + timedelta(hours=n)
            parts = [last.get(person, ""), 1, person, 1, "opt_in", at.isoformat(), at.isoformat(),
                     wording, "webhook", "e", f"t{n}", None]  # fmt: skip
            made = hashlib.sha256(json.dumps(parts).encode()).hexdigest()
            shown = "another wording" if n in broken else wording
            stamp = at.strftime("%Y-%m-%d %H:%M:%S.%f") + ("" if db.is_sqlite else "+00")
            connection.execute(
                text(
                    "INSERT INTO opt_in (id, brand_id, subscriber_id, topic_id, action, at, "
                    "recorded_at, wording, source, evidence, token, previous_hash, hash) VALUES "
                    f"({n}, 1, {person}, 1, 'opt_in', '{stamp}', '{stamp}', '{shown}', 'webhook', "
                    f"'e', 't{n}', '{last.get(person, '')}', '{made}')"
                )
            )
            last[person] = made


def test_acts_keep_their_place_and_are_sealed_anew(old: database.Database) -> None:
    keep(old, [(1, "a"), (2, "b"), (1, "c"), (3, "d"), (1, "e"), (3, "f")], broken={3})
    schema.upgrade(old.engine)
    assert schema.differences(old.engine) == []
    with old.reader(database.EVERY_BRAND) as session:
        assert list(consents.all_broken_links(session)) == [3]
        assert [row.wording for row in consents.ledger(session, 1)] == ["a", "another wording", "e"]
        assert [(row.wording, row.token) for row in consents.ledger(session, 3)] == [("", None)] * 2
        assert [it.wording for it in topics.wordings(session)] == ["Tell me"]
