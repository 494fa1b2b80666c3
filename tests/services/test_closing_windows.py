"""Windows that close are counted by sets as they are by rows, whoever changed since."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from sqlmodel import Session

from tests import cast as casting
from tests.services.test_situations import CHANGES
from tests.store import crowd
from tests.store.test_situations import enter_strangers
from webapp import db as database
from webapp.services import closing_windows, kept_sets
from webapp.services.audiences import Audience
from webapp.store import attention, audience_ladders, audience_parts

SPANS = (timedelta(microseconds=1), timedelta(hours=3), timedelta(hours=23), timedelta(days=9))
SETS = (audience_parts.EVERYONE, closing_windows.ENDS, closing_windows.OPTED_OUT)


@pytest.mark.parametrize("few", [1, 10_000])
def test_by_sets_as_by_rows(
    db: database.Database, now: datetime, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether those who changed are looked at by their rows or the sets are renewed."""
    monkeypatch.setattr(audience_ladders, "PEOPLE", 7)
    monkeypatch.setattr(kept_sets, "FEW", few)
    people = casting.enter(db, now)
    here = [people.channel, people.other_channel]
    enter_strangers(db, people, now)
    with db.writer(people.rosewood) as session:
        crowd.enter(session, people, now, random.Random(7), 40)
        session.commit()
    with db.reader(people.rosewood) as session:
        by_rows = [attention.windows_closing(session, here, now, now + span) for span in SPANS]
        assert by_rows == [closing_windows.count(session, here, now, now + it) for it in SPANS]
        assert len(set(by_rows)) > 2
        known = Audience(session, now)
        known.settle(SETS)
        known.keep()
    monkeypatch.setattr(kept_sets, "MANY", 0)
    for statement in ("SELECT 1", *CHANGES[:10]):
        with db.writer(people.rosewood) as session:
            session.connection().execute(text(statement))
            session.commit()
        with db.reader(people.rosewood) as session:
            by_rows = [attention.windows_closing(session, here, now, now + span) for span in SPANS]
            found = by_sets(session, here, now, monkeypatch)
        assert found == by_rows, statement


def by_sets(
    session: Session, here: list[int], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> list[int]:
    def refuse(*_: object) -> int:
        raise AssertionError("everybody's rows were counted")

    with monkeypatch.context() as patched:
        patched.setattr(attention, "windows_closing", refuse)
        return [closing_windows.count(session, here, now, now + span) for span in SPANS]
