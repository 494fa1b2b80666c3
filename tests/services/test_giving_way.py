"""A writer in bulk on SQLite, and whoever wants to write meanwhile."""

from __future__ import annotations

import fcntl
import threading
import time
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from tests import cast
from webapp import db as database
from webapp import write_lock
from webapp.db import EVERY_BRAND, Database
from webapp.domain.policy import rulebook
from webapp.models.channel import Channel
from webapp.models.raw_event import RawEvent
from webapp.platforms import registry
from webapp.services import applying

ADD = "INSERT INTO audience_change (brand_id, subscriber_id, mark) VALUES (0, 0, 0)"
POSTS = 60
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
    other = threading.Thread(target=_add, args=(sqlite_db,))
    with sqlite_db.bulk_writer(EVERY_BRAND) as session:
        before = session.connection().exec_driver_sql(COUNT).scalar_one()
        other.start()
        assert waiting.wait(30)
        session.commit()
        database.give_way(session, 0.05)
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


def test_who_wrote_leaves_the_connection_as_patient_as_it_was(sqlite_db: Database) -> None:
    """A reader that meets a lock waits by SQLite's own watch."""
    with sqlite_db.writer(EVERY_BRAND) as session:
        session.connection().exec_driver_sql(ADD)
        patience = session.connection().exec_driver_sql("PRAGMA busy_timeout").scalar()
    assert patience == write_lock.BUSY_TIMEOUT_S * 1000


def test_who_waited_too_long_is_told_so_and_can_write_later(
    sqlite_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write_lock, "BUSY_TIMEOUT_S", 0)
    with sqlite_db.writer(EVERY_BRAND) as session:
        session.connection().exec_driver_sql(ADD)
        with sqlite_db.writer(EVERY_BRAND) as other:
            with pytest.raises(OperationalError, match="locked"):
                other.connection()
            session.rollback()
            other.rollback()
            other.connection().exec_driver_sql(ADD)


def test_nobody_is_kept_out_by_a_writer_in_bulk_that_is_gone(sqlite_db: Database) -> None:
    with sqlite_db.bulk_writer(EVERY_BRAND) as session:
        session.connection().exec_driver_sql(ADD)
        session.commit()
    queue = Path(f"{sqlite_db.engine.url.database}-queue")
    with queue.open("rb") as file:
        assert write_lock._locked(file.fileno(), fcntl.LOCK_EX)


def test_whoever_waits_while_the_inbox_is_understood_writes_long_before_its_end(
    sqlite_db: Database, now: datetime, waiting: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A post a transaction, of which SQLite's own lock would let nobody between."""
    monkeypatch.setattr(applying, "SHORT_S", 0.0)
    _fill_inbox(sqlite_db, now)
    posts: list[RawEvent] = []
    other = threading.Thread(target=_add, args=(sqlite_db,))
    seen: list[int] = []

    def slowly(session: Session, post: applying._Post, *_more: object) -> None:
        if not posts:
            other.start()
            assert waiting.wait(30)
        posts.append(post.raw)
        post.raw.state = "applied"
        seen.append(session.connection().exec_driver_sql(COUNT).scalar_one())
        time.sleep(0.01)

    monkeypatch.setattr(applying, "_apply_one", slowly)
    done = applying.apply_new(sqlite_db, cast.VAULT, registry.default(), rulebook.load(), now)
    other.join()
    assert done == len(posts) == POSTS
    assert seen[POSTS // 2] == seen[0] + 1, "in one of the pauses"


def test_the_longer_the_inbox_the_longer_its_transactions_and_in_time_it_rests(
    sqlite_db: Database, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A STOP must not wait behind messages; whoever stops the process waits for its ticks."""
    _fill_inbox(sqlite_db, now)
    given: list[float] = []

    def some(
        _session: Session, _applier: object, _now: datetime, short_s: float
    ) -> tuple[int, bool]:
        given.append(short_s)
        return 1, len(given) < POSTS

    monkeypatch.setattr(applying, "_apply_some", some)
    monkeypatch.setattr(applying, "BEHIND_S", 0.01)
    about = (sqlite_db, cast.VAULT, registry.default(), rulebook.load(), now)
    assert applying.apply_new(*about) == POSTS
    assert given[0] == applying.SHORT_S
    assert given == sorted(given)
    assert given[-1] == applying.LONG_S
    given.clear()
    assert applying.apply_new(*about, budget_s=0.0) == 1


def _fill_inbox(db: Database, now: datetime) -> None:
    people = cast.enter(db, now)
    with db.writer(EVERY_BRAND) as session:
        app = session.get_one(Channel, people.channel).app_id
        session.add_all(
            RawEvent(app_id=app, digest=str(n), body=b"{}", received_at=now) for n in range(POSTS)
        )
        session.commit()


def _add(db: Database) -> None:
    with db.writer(EVERY_BRAND) as session:
        session.connection().exec_driver_sql(ADD)
        session.commit()
