"""The engine, and sessions that know whose data they may see.

A session is opened for one brand, or expressly for every brand (jobs, sign-in). Each query on a
brand-owned table is narrowed to the session's brand here, and each new row is checked, so a query
without a brand cannot be written by accident. A session opened for no brand at all refuses them.

SQLite: WAL and full sync; how its transactions begin is in `webapp.write_lock`.
"""

from __future__ import annotations

import secrets
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection, Engine, column, create_engine, event
from sqlalchemy.orm import ORMExecuteState, UOWTransaction, with_loader_criteria
from sqlalchemy.orm import Session as PlainSession
from sqlmodel import Session

from webapp import write_lock
from webapp.models.base import BrandOwned

EVERY_BRAND: Final = "every brand"
NO_BRAND: Final = "no brand"
Scope = int | str  # a brand's id, EVERY_BRAND or NO_BRAND
NOBODYS: Final = -1  # a brand that cannot exist
AWAKE: Final = "fanlight_awake"
WRITING: Final = {write_lock.WRITES: True, AWAKE: True}
MIGRATING: Final = {write_lock.WRITES: True}
IN_BULK: Final = {write_lock.WRITES: True, write_lock.BULK: True}
# Of a transaction that is not worth waiting for: what it would write can be written another time.
IN_PASSING: Final = {**WRITING, write_lock.PATIENCE: 100}
HIDDEN = True  # an error that is logged tells the statement, never what people wrote
# PostgreSQL: a server that vanished is noticed in some seconds, not in two hours.
LINE: Final = {
    "connect_timeout": 10,  # seconds
    "keepalives_idle": 10,  # seconds
    "keepalives_interval": 5,  # seconds
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,  # milliseconds
}
# PostgreSQL: a writer that says nothing for so long in the middle of a transaction is frozen, or
# cut off. The server ends it, and what it locked is free for those who go on with its work, within
# the half minute in which they take over. Longer than a machine that is only busy stands still; not
# of writers in bulk, who think between two statements.
FROZEN_MS = 25_000
# What one connection has read is void once another has written: at a million people no page was
# quicker with 32 MB for each of them (`bench pages`).
HELD: Final = 64  # rows that a reader keeps at hand
CACHE: Final = "cache_size=-8000"  # in thousands of bytes
# Of a writer in bulk: no waiting for the disk at each step, and pages that are written again and
# again go from the log to the file once. The rows at hand need memory too.
_USUAL = ("synchronous=FULL", "wal_autocheckpoint=1000", CACHE)
_BULK = ("synchronous=NORMAL", "wal_autocheckpoint=8000", "cache_size=-12000")

# The criteria below are first tried on the class they are written for, which is no table itself.
setattr(BrandOwned, "brand_id", column("brand_id"))  # noqa: B010


class BrandLeak(RuntimeError):
    """A programming error: a brand's table was touched outside that brand."""


class Database:
    """One engine, and the two ways to open a session on it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.name = f"fanlight {secrets.token_hex(6)}"  # of all its connections, on PostgreSQL
        self.engine = _engine(url, self.name)
        self._writing = self.engine.execution_options(**WRITING)

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def reader(self, scope: Scope) -> Iterator[Session]:
        """A session that only reads. Nothing it does is kept."""
        with Session(self.engine, autoflush=False) as session:
            session.info.update(scope=scope, held=deque(maxlen=HELD))
            yield session

    @contextmanager
    def writer(self, scope: Scope) -> Iterator[Session]:
        """A session whose transactions take the write lock first. Services commit."""
        with Session(self._writing, expire_on_commit=False) as session:
            session.info["scope"] = scope
            yield session
            session.rollback()

    @contextmanager
    def passing_writer(self, scope: Scope) -> Iterator[Session]:
        """A writer that raises OperationalError rather than keep somebody waiting for a page."""
        with Session(self.engine.execution_options(**IN_PASSING)) as session:
            session.info["scope"] = scope
            yield session
            session.rollback()

    def fenced(self, may_write: Callable[[], None]) -> Fenced:
        """The same database for somebody who may lose the right to write: asked before each."""
        return Fenced(self, may_write)

    @contextmanager
    def giving_writer(self, scope: Scope) -> Iterator[Session]:
        """As `writer`, for one that writes again and again: whoever waited meanwhile is next."""
        with self.engine.connect() as connection, _in_turns(connection, scope) as session:
            yield session

    @contextmanager
    def bulk_writer(self, scope: Scope, *, durable: bool = False) -> Iterator[Session]:
        """As `giving_writer`, for work in many steps that goes on where it was. When the machine
        itself dies, the last steps may be lost along with how far they came; nothing is lost that
        any other writer committed after them, since SQLite's log is one and is read from its start.
        `durable`: each step waits for the disk, for work that nobody would go on with."""
        with self.engine.connect() as connection:
            if self.is_sqlite:
                _set(connection, *_BULK, *(_USUAL[:1] if durable else ()))
            try:
                with _in_turns(connection, scope) as session:
                    yield session
            finally:
                if self.is_sqlite:
                    _set(connection, *_USUAL)

    def dispose(self) -> None:
        self.engine.dispose()


class Fenced(Database):
    """On the same engine; `may_write` raises when it is over."""

    def __init__(self, whole: Database, may_write: Callable[[], None]) -> None:
        self.url, self.name, self.engine = whole.url, whole.name, whole.engine
        self._writing = self.engine.execution_options(**WRITING)
        self._may_write = may_write

    @contextmanager
    def writer(self, scope: Scope) -> Iterator[Session]:
        self._may_write()
        with super().writer(scope) as session:
            yield session

    @contextmanager
    def giving_writer(self, scope: Scope) -> Iterator[Session]:
        self._may_write()
        with super().giving_writer(scope) as session:
            yield session

    @contextmanager
    def bulk_writer(self, scope: Scope, *, durable: bool = False) -> Iterator[Session]:
        self._may_write()
        with super().bulk_writer(scope, durable=durable) as session:
            yield session


@contextmanager
def _in_turns(connection: Connection, scope: Scope) -> Iterator[Session]:
    """Each transaction lets those who waited meanwhile go first."""
    try:
        with Session(connection.execution_options(**IN_BULK), expire_on_commit=False) as session:
            session.info["scope"] = scope
            yield session
            session.rollback()
    finally:
        connection.rollback()
        write_lock.leave_queue(connection)


@contextmanager
def scoped(session: Session, scope: Scope) -> Iterator[Session]:
    """Narrow (or widen, at a job's own risk) what `session` sees, for a while."""
    before, held = session.info["scope"], session.info.pop("held", None)
    session.info["scope"] = scope
    try:
        yield session
    finally:
        session.info["scope"] = before
        if held is not None:
            session.info["held"] = held


def give_way(session: Session, breath_s: float) -> None:
    """Between two transactions of a writer in bulk: a pause, in which whoever waits has their
    turn."""
    bound = session.get_bind()
    if isinstance(bound, Connection):
        write_lock.leave_queue(bound)
    time.sleep(breath_s)


def brand_of(session: Session) -> int:
    """The brand this session was opened for; an error in a session of every brand."""
    scope = session.info["scope"]
    if not isinstance(scope, int):
        raise BrandLeak("This needs a session opened for one brand.")
    return scope


def _set(connection: Connection, *pragmas: str) -> None:
    """On the driver: these are refused inside a transaction."""
    driver: Any = connection.connection.driver_connection
    for pragma in pragmas:
        driver.execute(f"PRAGMA {pragma}")


def _engine(url: str, name: str) -> Engine:
    if not url.startswith("sqlite"):
        engine = create_engine(
            url,
            pool_size=10,
            max_overflow=20,
            pool_pre_ping=True,
            connect_args={**LINE, "application_name": name},
            hide_parameters=HIDDEN,
        )
        event.listen(engine, "begin", _postgres_begin)
        return engine
    engine = create_engine(
        url,
        pool_size=20,
        pool_use_lifo=True,  # what one connection read is void once another has written
        connect_args={"timeout": write_lock.BUSY_TIMEOUT_S, "check_same_thread": False},
        hide_parameters=HIDDEN,
    )
    event.listen(engine, "connect", _sqlite_connect)
    event.listen(engine, "begin", write_lock.begin)
    return engine


def _sqlite_connect(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    connection.create_function("casefold", 1, _casefold, deterministic=True)
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        CACHE,
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _casefold(value: str | None) -> str | None:
    return None if value is None else str(value).casefold()


def _postgres_begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    if AWAKE in options:
        limit = f"SET LOCAL idle_in_transaction_session_timeout = {FROZEN_MS}"
        connection.exec_driver_sql(limit)
    if write_lock.PATIENCE in options:
        patience: int = options[write_lock.PATIENCE]
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {patience}")


@event.listens_for(PlainSession, "do_orm_execute")
def _narrow(state: ORMExecuteState) -> None:
    """Add `brand_id = :scope` to every brand-owned table a statement names."""
    scope = state.session.info.get("scope", NO_BRAND)
    if scope == EVERY_BRAND or state.is_column_load or state.is_relationship_load:
        return
    owned = [m for m in state.all_mappers if issubclass(m.class_, BrandOwned)]
    if owned and scope == NO_BRAND:
        raise BrandLeak(f"{owned[0].class_.__name__} read in a session without a brand.")
    seen = NOBODYS if scope == NO_BRAND else scope  # a bare count names no table in `all_mappers`
    state.statement = state.statement.options(
        with_loader_criteria(BrandOwned, lambda table: table.brand_id == seen, include_aliases=True)
    )


@event.listens_for(PlainSession, "loaded_as_persistent")
def _hold(session: PlainSession, row: object) -> None:
    """SQLAlchemy forgets rows that nobody refers to: a page would read its broadcast and its brand
    a dozen times."""
    if (held := session.info.get("held")) is not None:
        held.append(row)


@event.listens_for(PlainSession, "before_flush")
def _check(session: PlainSession, _context: UOWTransaction, _instances: Any) -> None:
    scope = session.info.get("scope", NO_BRAND)
    if scope == EVERY_BRAND:
        return
    for row in (*session.new, *session.dirty, *session.deleted):
        if isinstance(row, BrandOwned) and row.brand_id != scope:
            raise BrandLeak(f"{type(row).__name__} of another brand in this session.")
