from __future__ import annotations

from datetime import datetime

from tests import cast
from webapp.db import Database
from webapp.store import events


def test_an_event_told_twice_is_new_once(db: Database, now: datetime) -> None:
    people = cast.enter(db, now)
    row: dict[str, object] = {
        "brand_id": people.rosewood,
        "channel_id": people.channel,
        "subscriber_id": people.ana,
        "kind": "message",
        "key": "m_1",
        "at": now,
        "detail": {},
    }
    with db.writer(people.rosewood) as session:
        assert events.add_once(session, row)
        assert not events.add_once(session, row)
