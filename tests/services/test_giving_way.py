"""A writer in bulk on SQLite, and whoever wants to write meanwhile."""

from __future__ import annotations

import fcntl
import threading
from pathlib import Path

import pytest

from webapp import db as database
from webapp import write_lock
from webapp.db import EVERY_BRAND, Database

ADD = "INSERT INTO audience_change (brand_id, subscriber_id, mark) VALUES (0, 0, 0)"
COUNT = "SELECT count(*) FROM audience_change"


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Set once somebody has looked for the lock and found it taken."""
    seen, look = threading.Event(), write_lock._locked

    def looked(place: int, how: int) -> bool:
        got = look(place, how)
        if not got:
            seen.set()
        return got

    monkeypatch.setattr(write_lock, "_locked", looked)
    return seen


def test_whoever_waits_for_a_writer_in_bulk_has_the_next_turn(
    sqlite_db: Database, waiting: threading.Event
) -> None:
    def write() -> None:
        with sqlite_db.writer(EVERY_BRAND) as session:
            session.connection().exec_driver_sql(ADD)
            session.commit()

    other = threading.Thread(target=write)
    with sqlite_db.bulk_writer(EVERY_BRAND) as session:
        before = session.connection().exec_driver_sql(COUNT).scalar_one()
        other.start()
        assert waiting.wait(30)
        session.commit()
        database.give_way(session, 0.005)
        after = session.connection().exec_driver_sql(COUNT).scalar_one()
        session.commit()
    other.join()
    assert after == before + 1


def test_a_writer_in_bulk_that_is_frozen_holds_nobody_for_longer_than_the_database(
    sqlite_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its place in the queue outlasts its transaction: then SQLite's own lock decides."""
    monkeypatch.setattr(write_lock, "BUSY_TIMEOUT_S", 0.05)
    with sqlite_db.bulk_writer(EVERY_BRAND) as session:
        session.connection().exec_driver_sql(ADD)
        session.commit()  # and does not give way
        with sqlite_db.writer(EVERY_BRAND) as other:
            other.connection().exec_driver_sql(ADD)
            other.commit()


def test_nobody_is_kept_out_by_a_writer_in_bulk_that_is_gone(sqlite_db: Database) -> None:
    with sqlite_db.bulk_writer(EVERY_BRAND) as session:
        session.connection().exec_driver_sql(ADD)
        session.commit()
    queue = Path(f"{sqlite_db.engine.url.database}-queue")
    with queue.open("rb") as file:
        assert write_lock._locked(file.fileno(), fcntl.LOCK_EX)
