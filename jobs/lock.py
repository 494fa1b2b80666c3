"""One clock per installation: an advisory lock on PostgreSQL, a locked file beside SQLite."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text

from webapp.house import House
from webapp.services import presence

ADVISORY_KEY = 0x46414E4C  # "FANL"


@contextmanager
def only_one(house: House) -> Iterator[bool]:
    """Yields whether this process leads; the lock is held until the block ends."""
    held = _file(house) if house.db.is_sqlite else _advisory(house)
    with held as leads:
        yield leads


@contextmanager
def _file(house: House) -> Iterator[bool]:
    with (house.settings.instance / presence.JOBS).open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


@contextmanager
def _advisory(house: House) -> Iterator[bool]:
    with house.db.engine.connect() as connection:
        tried = text("SELECT pg_try_advisory_lock(:key)")
        leads = bool(connection.execute(tried, {"key": ADVISORY_KEY}).scalar())
        connection.commit()
        yield leads
