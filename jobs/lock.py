"""One clock per installation: a locked file beside SQLite, an advisory lock on PostgreSQL.

The advisory lock belongs to one connection and ends with it. So it is asked for again and again
whether that connection still holds it; between two answers a process counts as leading for
`FRESH_S` at most, by a clock that also runs while it is frozen. Whoever takes over waits as long.
"""

from __future__ import annotations

import fcntl
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from webapp.house import House
from webapp.services import presence

ADVISORY_KEY = 0x46414E4C  # "FANL"
FRESH_S = 5.0  # how long one answer of the database is good for
TRY = text("SELECT pg_try_advisory_lock(:key)")
HELD = (
    "FROM pg_locks WHERE locktype = 'advisory' AND objid = :key AND granted AND database ="
    " (SELECT oid FROM pg_database WHERE datname = current_database())"
)
MINE = text(f"SELECT count(*) {HELD} AND pid = pg_backend_pid()")
# Everything the silent leader has open goes, its lock too: what it left half done is undone.
PUT_OUT = text(
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"  # noqa: S608 - likewise
    " WHERE datname = current_database() AND application_name <> :mine AND application_name IN"
    f" (SELECT application_name FROM pg_stat_activity WHERE pid IN (SELECT pid {HELD}))"
)
log = logging.getLogger("jobs")


class NotLeading(RuntimeError):
    """This process may not act as the clock any more."""


@contextmanager
def file_lock(house: House) -> Iterator[bool]:
    """Yields whether this process is the only one here; held until the block ends."""
    with (house.settings.instance / presence.JOBS).open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


@dataclass
class AdvisoryLock:
    """For one thread that takes it and looks after it; any thread may ask `check`."""

    house: House
    connection: Connection | None = None
    good_until: float = 0.0  # of the monotonic clock

    @property
    def leads(self) -> bool:
        return time.monotonic() < self.good_until

    def check(self) -> None:
        """Raises NotLeading unless the database said lately that the lock is ours."""
        if not self.leads:
            raise NotLeading("The clock of another process leads, or the database is away.")

    def take(self) -> bool:
        """Whether the lock is ours now. Never waits for it."""
        return self._ask(TRY)

    def look(self) -> bool:
        """Whether it is still ours; afterwards `leads` says the same."""
        return self._ask(MINE)

    def release(self) -> None:
        self.good_until = 0.0
        connection, self.connection = self.connection, None
        if connection is not None:
            with suppress(SQLAlchemyError):
                connection.invalidate()  # closed for good: a pooled one would keep the lock
                connection.close()

    def put_out_the_holder(self) -> int:
        """End every connection of the process that holds the lock; how many they were."""
        names = {"key": ADVISORY_KEY, "mine": self.house.db.name}
        with self.house.db.engine.connect() as connection:
            ended = int(connection.execute(PUT_OUT, names).scalar() or 0)
            connection.commit()
        return ended

    def _ask(self, question: object) -> bool:
        asked_at = time.monotonic()
        try:
            if self.connection is None:
                self.connection = self._connect()
            answer = self.connection.execute(question, {"key": ADVISORY_KEY})  # type: ignore[call-overload]
            yes = bool(answer.scalar())
        except SQLAlchemyError as error:
            log.warning("the database does not say who leads: %s", type(error).__name__)
            yes = False
        if yes:
            self.good_until = asked_at + FRESH_S
        else:
            self.release()
        return yes

    def _connect(self) -> Connection:
        """Outside transactions, so that nothing about it ends but with itself."""
        return self.house.db.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
