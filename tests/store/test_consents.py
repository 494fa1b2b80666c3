# ruff: noqa: S608  # the statements are the tests' own
"""The ledger of consent: appended only, one chain a person, whole after everything."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import select, text

from tests import cast
from webapp import db as database
from webapp.domain import proof
from webapp.domain.consent import Action
from webapp.domain.permission import Actor, Role
from webapp.models.opt_in import Consent, OptIn
from webapp.models.subscriber import Subscriber
from webapp.services import consents, subscribers
from webapp.store import consents as store
from webapp.store import guards

EVERY = database.EVERY_BRAND
ADMIN = Actor(None, "Admin", Role.ADMIN)
WRITINGS = {
    "action": "'resume'",
    "at": "'2020-01-01 00:00:00'",
    "recorded_at": "'2020-01-01 00:00:00'",
    "wording": "'something nobody was shown'",
    "source": "'person'",
    "evidence": "'hearsay'",
    "token": "'another'",
    "token_expires_at": "'2040-01-01 00:00:00'",
    "topic_id": "NULL",
    "salt": "'00'",
    "content_hash": "'00'",
    "previous_hash": "'00'",
    "hash": "'00'",
}


@pytest.fixture
def people(db: database.Database, now: datetime) -> cast.Cast:
    return cast.enter(db, now)


def told(db: database.Database, people: cast.Cast, now: datetime) -> list[int]:
    """Ana opts in, stops and starts again; returns the ids of her acts."""
    with db.writer(people.rosewood) as session:
        ana = session.get_one(Subscriber, people.ana)
        consents.opt_in(
            session, ana, people.topic, at=now - timedelta(days=3), now=now, token="token-of-ana",
            wording="Tell me of price drops", evidence="event-1",
            token_expires_at=now + timedelta(days=90),
        )  # fmt: skip
        consents.stop_all(session, ana, at=now - timedelta(days=2), now=now, evidence="event-2")
        consents.resume(session, ana, at=now - timedelta(days=1), now=now, evidence="event-3")
        session.commit()
        return [row.id or 0 for row in store.ledger(session, people.ana)]


def broken(db: database.Database) -> list[int]:
    with db.reader(EVERY) as session:
        return list(store.all_broken_links(session))


def forge(db: database.Database, statement: str) -> None:
    with db.writer(EVERY) as session:
        guards.lift(session.connection())
        session.execute(text(statement))
        session.commit()


@pytest.mark.parametrize("column", WRITINGS)
def test_the_database_refuses_to_change_an_act(
    db: database.Database, people: cast.Cast, now: datetime, column: str
) -> None:
    first = told(db, people, now)[0]
    change = f"UPDATE opt_in SET {column} = {WRITINGS[column]} WHERE id = {first}"
    with db.writer(EVERY) as session, pytest.raises(DBAPIError, match="append-only"):
        session.execute(text(change))
    forge(db, change)
    assert broken(db)[0] == first


@pytest.mark.parametrize("table", ["opt_in", "topic_wording"])
def test_the_database_refuses_to_take_an_act_or_a_wording_out(
    db: database.Database, people: cast.Cast, now: datetime, table: str
) -> None:
    told(db, people, now)
    with db.writer(EVERY) as session:
        session.execute(
            text(
                "INSERT INTO topic_wording (brand_id, topic_id, at, name, wording) "
                f"VALUES (1, {people.topic}, '2026-01-01 00:00:00', 'a', 'b')"
            )
        )
        session.commit()
    with db.writer(EVERY) as session, pytest.raises(DBAPIError, match="append-only"):
        session.execute(text(f"DELETE FROM {table}"))


@pytest.mark.parametrize("key", ["id", "id + 1000"])
def test_no_act_takes_the_place_of_another(
    sqlite_db: database.Database, now: datetime, key: str
) -> None:
    """SQLite alone knows INSERT OR REPLACE, which deletes without a trigger's knowledge."""
    people = cast.enter(sqlite_db, now)
    told(sqlite_db, people, now)
    forged = {"id": key, "wording": "'I agree to everything'"}
    columns = [it.name for it in OptIn.__table__.columns]  # type: ignore[attr-defined]
    chosen = ", ".join(forged.get(it, it) for it in columns)
    copy = f"INSERT OR REPLACE INTO opt_in ({', '.join(columns)}) SELECT {chosen} FROM opt_in"
    with sqlite_db.writer(EVERY) as session, pytest.raises(DBAPIError, match="append-only"):
        session.execute(text(copy))
    assert broken(sqlite_db) == []


def test_a_missing_act_is_named_by_the_one_after_it(
    db: database.Database, people: cast.Cast, now: datetime
) -> None:
    _, second, third = told(db, people, now)
    assert broken(db) == []
    forge(db, f"DELETE FROM opt_in WHERE id = {second}")
    assert broken(db) == [third]


def test_two_writers_at_once_keep_one_chain(
    db: database.Database, people: cast.Cast, now: datetime
) -> None:
    start, failed = threading.Barrier(4), []

    def write(n: int) -> None:
        start.wait()
        try:
            with db.writer(people.rosewood) as session:
                ana = session.get_one(Subscriber, people.ana)
                act = Action.STOP_ALL if n % 2 else Action.RESUME
                for step in range(3):
                    at = now - timedelta(minutes=10 * n + step)
                    consents.record(session, ana, act, None, at=at, now=now)
                session.commit()
        except DBAPIError as error:
            failed.append(error)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (failed, broken(db)) == ([], [])
    with db.reader(people.rosewood) as session:
        assert len(store.ledger(session, people.ana)) == 12
        assert session.get_one(Subscriber, people.ana).opted_out_at is None  # RESUME was last


def test_a_fork_is_refused_by_the_database(
    db: database.Database, people: cast.Cast, now: datetime
) -> None:
    told(db, people, now)
    fork = OptIn(
        brand_id=people.rosewood, subscriber_id=people.ana, action="resume", at=now,
        recorded_at=now, hash="another",
    )  # fmt: skip
    with db.writer(people.rosewood) as session:
        session.add(fork)
        with pytest.raises(IntegrityError):
            session.flush()


def erased(db: database.Database, people: cast.Cast, now: datetime) -> list[OptIn]:
    told(db, people, now)
    with db.writer(people.rosewood) as session:
        subscribers.erase(session, ADMIN, cast.VAULT, people.ana, now)
    with db.reader(people.rosewood) as session:
        return list(store.ledger(session, people.ana))


def test_an_erased_persons_acts_lose_what_they_said_and_keep_their_chain(
    db: database.Database, people: cast.Cast, now: datetime
) -> None:
    rows = erased(db, people, now)
    assert len(rows) == 5
    assert not any(row.wording or row.evidence or row.token or row.salt for row in rows)
    assert all(row.content_hash and row.hash == proof.act_hash(row) for row in rows)
    assert broken(db) == []
    with db.reader(people.rosewood) as session:
        query = select(Consent.token).where(Consent.subscriber_id == people.ana)
        assert session.exec(query).all() == [None]


@pytest.mark.parametrize("change", ["wording = 'x'", "at = '2020-01-01'", "hash = '0'"])
def test_an_erased_persons_acts_can_be_changed_no_further(
    db: database.Database, people: cast.Cast, now: datetime, change: str
) -> None:
    first = erased(db, people, now)[0].id
    with db.writer(EVERY) as session, pytest.raises(DBAPIError, match="append-only"):
        session.execute(text(f"UPDATE opt_in SET {change} WHERE id = {first}"))


def test_nobody_elses_content_can_be_emptied(
    db: database.Database, people: cast.Cast, now: datetime
) -> None:
    told(db, people, now)
    empty = "UPDATE opt_in SET wording = '', evidence = '', token = NULL, salt = ''"
    with db.writer(EVERY) as session, pytest.raises(DBAPIError, match="append-only"):
        session.execute(text(empty))
    forge(db, empty)
    assert len(broken(db)) == 4


def test_a_token_is_shown_by_its_ends_alone() -> None:
    assert proof.masked("abcdefghijklmnop") == "abcd…mnop"
    assert proof.masked("short") == "…"
