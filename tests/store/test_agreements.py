"""`subscriber.opted_in` says what looking among the consents says, whoever writes them."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import text
from sqlmodel import col, select

from tests import cast
from tests.cast import Cast
from webapp import db as database
from webapp.db import EVERY_BRAND
from webapp.models.opt_in import Consent, Topic
from webapp.models.subscriber import Subscriber
from webapp.store import agreements

CHANGES = (
    "UPDATE consent SET state = 'stopped'",
    "UPDATE consent SET state = 'active' WHERE subscriber_id = :dao",
    "UPDATE consent SET subscriber_id = :ben WHERE subscriber_id = :dao",
    "UPDATE consent SET token = 'says nothing of it'",
    "UPDATE consent SET state = 'stopped', subscriber_id = :ana WHERE subscriber_id = :ben",
    "UPDATE consent SET state = 'active'",
    "DELETE FROM consent",
)


@pytest.fixture
def people(db: database.Database, now: datetime) -> Cast:
    return cast.enter(db, now)


def held(db: database.Database) -> set[int]:
    with db.reader(EVERY_BRAND) as session:
        active = select(Consent.subscriber_id).where(Consent.state == "active")
        return set(session.exec(active))


def said(db: database.Database) -> set[int]:
    with db.reader(EVERY_BRAND) as session:
        return set(session.exec(select(col(Subscriber.id)).where(col(Subscriber.opted_in))))


def test_the_column_follows_every_change_of_a_consent(db: database.Database, people: Cast) -> None:
    assert said(db) == held(db) != set()
    keys = {"ana": people.ana, "ben": people.ben, "dao": people.dao}
    seen = []
    for change in CHANGES:
        with db.writer(EVERY_BRAND) as session:
            named = {name: key for name, key in keys.items() if f":{name}" in change}
            session.connection().execute(text(change), named)
            session.commit()
        assert said(db) == held(db), change
        seen.append(said(db))
    assert {people.dao} in seen
    assert {people.ben} in seen


def test_one_of_two_consents_is_enough(db: database.Database, people: Cast) -> None:
    with db.writer(people.rosewood) as session:
        given = session.exec(select(Consent).where(Consent.subscriber_id == people.dao)).one()
        second = Topic(brand_id=people.rosewood, slug="second", name="Second")
        session.add(second)
        session.flush()
        copied = given.model_dump(exclude={"id"})
        session.add(Consent(**{**copied, "topic_id": second.id}))
        session.commit()
        given.state = "stopped"
        session.add(given)
        session.commit()
    assert people.dao in said(db)


def test_people_of_before_the_triggers_are_looked_at(db: database.Database, people: Cast) -> None:
    with db.writer(EVERY_BRAND) as session:
        connection = session.connection()
        agreements.lift(connection)
        connection.execute(text("UPDATE subscriber SET opted_in = NOT opted_in"))
        agreements.install(connection)
        session.commit()
    assert said(db) == held(db)
