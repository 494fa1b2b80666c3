from __future__ import annotations

from datetime import datetime

from sqlmodel import select

from tests import cast
from webapp.db import Database
from webapp.models.raw_event import Event
from webapp.store import events


def test_an_event_told_twice_is_new_once(db: Database, now: datetime) -> None:
    people = cast.enter(db, now)
    told = {
        "brand_id": people.rosewood,
        "channel_id": people.channel,
        "subscriber_id": people.ana,
        "kind": "message",
        "key": "m_1",
        "at": now,
    }
    with db.writer(people.rosewood) as session:
        first = Event(**told)
        assert events.add_once(session, first)
        assert not events.add_once(session, Event(**told))
        first.text = "as of any row of the session, what is changed is kept"
        session.commit()
    with db.reader(people.rosewood) as session:
        (kept,) = session.exec(select(Event)).all()
    assert (kept.id, kept.text, kept.detail) == (first.id, first.text, {})
