"""How transactions of SQLite begin, and who writes next.

`BEGIN IMMEDIATE` for writers: a plain BEGIN that writes later fails at once with "database is
locked" whatever the timeout. Readers use a plain BEGIN.

SQLite's lock knows no queue: whoever waits looks again every now and then, by itself less and less
often. Here all look every millisecond, so that who came first is not the last. Even so they would
miss the pauses of a writer in bulk. So that one holds a file beside the database while it writes
(`-queue`, flock), and all others have it, shared, until the lock is theirs. Without such a file, on
a disk that knows no flock or is full, SQLite's own lock decides.

In bulk writes whoever takes one transaction after another (`Database.giving_writer`): imports,
plans, the inbox. `python -m tests.bench busy`, a channel at 300 a second beside 200 webhooks a
second: where each batch of the inbox was a plain writer's, the channel came to 33 % of its rate.
With the file, and an inbox of transactions of 10 ms (`services.applying`: what is far behind takes
longer ones), it came to 99.6 % over ten minutes, and at most some 150 posts were waiting.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from typing import Any, Final

from sqlalchemy import Connection

# Execution options of a connection.
WRITES: Final = "fanlight_writes"
BULK: Final = "fanlight_bulk"  # in many steps, with pauses for others
PATIENCE: Final = "fanlight_patience_ms"  # for what is not worth waiting for

BUSY_TIMEOUT_S = 30
LONGEST_WAY_S = 0.5  # that a writer in bulk leaves to others, however many come
LOOK_S = 0.001  # between two looks at who is writing
_QUEUE = "fanlight_queue"


def begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    if not options.get(WRITES):
        connection.exec_driver_sql("BEGIN")
    elif options.get(BULK):
        leave_queue(connection)
        connection.info[_QUEUE] = _queued(connection, fcntl.LOCK_EX, LONGEST_WAY_S)
        _take_lock(connection, BUSY_TIMEOUT_S)
    elif PATIENCE in options:
        _begin_writing(connection, options[PATIENCE] / 1000)
    else:
        _begin_writing(connection, BUSY_TIMEOUT_S)


def leave_queue(connection: Connection) -> None:
    """A writer in bulk pauses or ends: whoever waits has their turn."""
    _close(connection.info.pop(_QUEUE, None))


def _begin_writing(connection: Connection, longest_s: float) -> None:
    place = _queued(connection, fcntl.LOCK_SH, longest_s)
    try:
        _take_lock(connection, longest_s)
    finally:
        _close(place)


def _take_lock(connection: Connection, longest_s: float) -> None:
    """SQLite would wait by itself, and look ten times a second after a while: whoever came late
    and looks more often would be before whoever waits longest."""
    driver: Any = connection.connection.driver_connection
    over = time.monotonic() + longest_s
    driver.execute("PRAGMA busy_timeout=0")
    try:
        while not _begun(driver):
            if time.monotonic() >= over:
                connection.exec_driver_sql("BEGIN IMMEDIATE")  # its error is SQLAlchemy's
                return
            time.sleep(LOOK_S)
    finally:
        driver.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_S * 1000}")


def _begun(driver: sqlite3.Connection) -> bool:
    try:
        driver.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise
        return False
    return True


def _queued(connection: Connection, how: int, longest_s: float) -> int | None:
    """The open file, locked. After so long it comes without a lock: then SQLite's own decides."""
    path = connection.engine.url.database
    if not path or path == ":memory:":
        return None
    try:
        place = os.open(f"{path}-queue", os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        return None
    over = time.monotonic() + longest_s
    while not _locked(place, how) and time.monotonic() < over:
        time.sleep(LOOK_S)
    return place


def _locked(place: int, how: int) -> bool:
    """Also where nobody can lock."""
    try:
        fcntl.flock(place, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _close(place: int | None) -> None:
    if place is not None:
        os.close(place)
