"""Where people live is counted by sets as it is by rows, whoever moved since."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text, true
from sqlmodel import Session

from tests import cast as casting
from tests.cast import Cast
from tests.store import crowd
from tests.store.test_departures import enter_sent
from tests.store.test_segments import tree
from tests.store.test_situations import enter_strangers
from webapp import db as database
from webapp.domain import segment
from webapp.domain import zone as zones
from webapp.domain.segment import EVERYONE, Node
from webapp.services import homes, kept_sets
from webapp.services.audiences import Audience
from webapp.store import audience_parts, departures, segments

CHANGES = (
    "SELECT 1",
    "UPDATE subscriber SET timezone = 'Asia/Tokyo' WHERE id % 4 = 1",
    "UPDATE subscriber SET timezone = 'Moon/Base' WHERE id % 5 = 1",
    "UPDATE subscriber SET timezone = NULL WHERE id % 7 = 1",
    "UPDATE subscriber SET erased_at = created_at WHERE id % 11 = 0",
    "UPDATE subscriber SET country = 'BR', last_inbound_at = created_at WHERE id % 3 = 0",
)


@pytest.fixture
def people(db: database.Database, now: datetime) -> Cast:
    made = casting.enter(db, now)
    enter_strangers(db, made, now)
    enter_sent(db, made, now)
    with db.writer(made.rosewood) as session:
        crowd.enter(session, made, now, random.Random(7), 40)
        session.commit()
    return made


@pytest.mark.parametrize("few", [1, 10_000])
def test_by_sets_as_by_rows(
    db: database.Database, people: Cast, now: datetime, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether those who changed are looked at by their rows or the sets are renewed."""
    monkeypatch.setattr(kept_sets, "FEW", few)
    monkeypatch.setattr(kept_sets, "MANY", 0)
    nodes = [EVERYONE, *(segment.parse(tree(now, random.Random(it)), crowd.ATTRIBUTES)
                         for it in (3, 5))]  # fmt: skip
    keep_sets(db, people, now)
    for number, statement in enumerate(CHANGES):
        with db.writer(people.rosewood) as session:
            session.connection().execute(text(statement))
            session.commit()
        at = now + timedelta(hours=number)
        with db.reader(people.rosewood) as session:
            by_rows = [counted(session, people, it, at) for it in nodes]
            with monkeypatch.context() as patched:
                patched.setattr(segments, "clause", refuse)
                found = [homes.lived(session, it, at, people.channel) for it in nodes]
        assert [together(it) for it in found] == by_rows, statement
        assert len(by_rows[0]) == 5


def test_many_people_wait_for_no_set_that_is_not_kept(
    db: database.Database, people: Cast, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_sets, "MANY", 0)
    monkeypatch.setattr(homes, "_counted", refuse)
    with db.reader(people.rosewood) as session:
        found = homes.lived(session, EVERYONE, now, people.channel)
        assert together(found) == counted(session, people, EVERYONE, now)


def keep_sets(db: database.Database, people: Cast, now: datetime) -> None:
    with db.reader(people.rosewood) as session:
        known = Audience(session, now)
        here = audience_parts.channel(people.channel)
        named = homes.of_channel(session, people.channel)
        known.settle([here, *homes.subjects([*named, "Asia/Tokyo"])])
        known.keep()


def counted(session: Session, people: Cast, node: Node, at: datetime) -> dict[str | None, int]:
    clause = true() if node == EVERYONE else segments.clause(session, node, at)
    return together(departures.lived(session, clause, people.channel))


def together(lived: Mapping[str | None, int]) -> dict[str | None, int]:
    """Whose zone is none, as one."""
    found: dict[str | None, int] = {}
    for zone, n in lived.items():
        known = zone if zone is not None and zones.is_zone(zone) else None
        found[known] = found.get(known, 0) + n
    return found


def refuse(*_: object) -> None:
    raise AssertionError("it went the other way")
