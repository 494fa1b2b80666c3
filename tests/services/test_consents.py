from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, select

from tests import cast
from webapp import db as database
from webapp.models.opt_in import Consent, OptIn, Topic
from webapp.models.subscriber import Subscriber
from webapp.services import consents
from webapp.store import consents as store


@pytest.fixture
def people(db: database.Database, now: datetime) -> cast.Cast:
    return cast.enter(db, now)


def person(session: Session, key: int) -> Subscriber:
    found = session.get(Subscriber, key)
    assert found is not None
    return found


def state(session: Session, subscriber_id: int) -> str | None:
    row = session.exec(select(Consent).where(Consent.subscriber_id == subscriber_id)).first()
    return row.state if row else None


def test_an_opt_in_is_written_with_its_proof_and_holds(
    db: database.Database, people: cast.Cast, now: datetime
) -> None:
    with db.writer(people.rosewood) as session:
        ana = person(session, people.ana)
        consents.opt_in(session, ana, people.topic, at=now, now=now, wording="Tell me", token="t1")
        consent = session.exec(select(Consent).where(Consent.subscriber_id == people.ana)).one()
        act = session.get(OptIn, consent.opt_in_id)
        assert act is not None
        assert (consent.state, consent.token, act.wording, act.source) == (
            "active", "t1", "Tell me", "webhook",
        )  # fmt: skip


def test_a_late_older_stop_does_not_undo_a_newer_opt_in(
    db: database.Database, people: cast.Cast, now: datetime
) -> None:
    with db.writer(people.rosewood) as session:
        dao = person(session, people.dao)
        consents.stop(session, dao, people.topic, at=now - timedelta(days=20), now=now)
        assert state(session, people.dao) == "active"
        consents.stop(session, dao, people.topic, at=now - timedelta(days=1), now=now)
        assert state(session, people.dao) == "stopped"


def test_stop_all_and_resume_set_and_clear_the_opt_out(
    db: database.Database, people: cast.Cast, now: datetime
) -> None:
    with db.writer(people.rosewood) as session:
        ana = person(session, people.ana)
        consents.stop_all(session, ana, at=now, now=now)
        assert ana.opted_out_at == now
        consents.resume(session, ana, at=now - timedelta(hours=1), now=now)
        assert ana.opted_out_at == now
        consents.resume(session, ana, at=now + timedelta(hours=1), now=now + timedelta(hours=1))
        assert ana.opted_out_at is None


def test_the_same_act_twice_is_one_line(
    db: database.Database, people: cast.Cast, now: datetime
) -> None:
    with db.writer(people.rosewood) as session:
        ana = person(session, people.ana)
        for _ in range(2):
            consents.opt_in(session, ana, people.topic, at=now, now=now, token="t1")
        assert len(store.ledger(session, people.ana)) == 1


def test_a_refresh_keeps_what_sending_wrote_on_the_consent(
    db: database.Database, people: cast.Cast, now: datetime
) -> None:
    with db.writer(people.rosewood) as session:
        row = session.exec(select(Consent).where(Consent.subscriber_id == people.dao)).one()
        row.last_used_at = now
        session.flush()
        consents.refresh(
            session, person(session, people.dao), people.topic, at=now, now=now, token="new"
        )
        session.refresh(row)
        assert (row.token, row.last_used_at) == ("new", now)


def test_an_opt_in_after_stop_lifts_it_for_that_topic_alone(
    db: database.Database, people: cast.Cast, now: datetime
) -> None:
    with db.writer(people.rosewood) as session:
        other = Topic(brand_id=people.rosewood, slug="events", name="Events")
        session.add(other)
        session.flush()
        dao = person(session, people.dao)
        consents.stop_all(session, dao, at=now, now=now)
        later = now + timedelta(minutes=5)
        consents.opt_in(session, dao, other.id or 0, at=later, now=later)
        assert dao.opted_out_at is None
        assert store.states(session, [people.dao]) == {
            (people.dao, people.topic): "stopped",
            (people.dao, other.id): "active",
        }
