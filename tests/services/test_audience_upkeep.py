"""The audience index read anew: nothing old is believed, nobody is counted wrongly meanwhile."""

from __future__ import annotations

from datetime import datetime

import pytest
from pyroaring import BitMap64
from sqlmodel import select

from tests import cast as casting
from tests.cast import Cast
from webapp import db as database
from webapp.db import EVERY_BRAND
from webapp.domain import errors, segment
from webapp.domain.permission import Actor, Role
from webapp.domain.policy import rulebook
from webapp.models.audience import AudiencePart
from webapp.models.audit import Audit
from webapp.models.subscriber import Subscriber
from webapp.services import audience_upkeep, audiences, kept_sets, proofreading, reaching
from webapp.services.audience_upkeep import State
from webapp.store import audience_memory, audience_watch

BOOK = rulebook.load()
OPERATOR = Actor(None, "Ola", Role.ADMIN, operator=True)
FRENCH = segment.parse({"field": "country", "op": "is", "value": "FR"}, {})


@pytest.fixture
def cast(db: database.Database, now: datetime) -> Cast:
    made = casting.enter(db, now)
    with db.reader(made.rosewood) as session:
        assert audiences.count(session, FRENCH, now) == 4
    return made


def state(db: database.Database) -> State:
    with db.reader(EVERY_BRAND) as session:
        return audience_upkeep.state(session)


def count(db: database.Database, brand: int, now: datetime) -> int:
    with db.reader(brand) as session:
        return audiences.count(session, FRENCH, now)


def order(db: database.Database, now: datetime) -> int:
    with db.writer(EVERY_BRAND) as session:
        return audience_upkeep.order(session, OPERATOR, now)


def spoil(db: database.Database, cast: Cast, now: datetime) -> None:
    """Somebody wrote nonsense over what is kept and what is remembered."""
    with db.writer(cast.rosewood) as session:
        for row in session.exec(select(AudiencePart)):
            row.people = BitMap64([cast.ana]).serialize()
        session.commit()
    with db.reader(cast.rosewood) as session:
        audience_memory.of(session).forget()
    assert count(db, cast.rosewood, now) != 4


def test_every_set_is_void_at_once_and_read_anew_one_by_one(
    db: database.Database, cast: Cast, now: datetime
) -> None:
    assert (state(db).sets, state(db).void) == (2, 0)
    assert order(db, now) == 2
    assert (state(db).sets, state(db).void, state(db).fresh) == (2, 2, 0)
    told: list[tuple[int, int]] = []
    assert audience_upkeep.rebuild(db, now, told=lambda *it: told.append(it)) == 2
    assert told == [(1, 2), (2, 2)]
    assert state(db).void == 0
    assert audience_upkeep.rebuild(db, now) == 0


def test_what_was_wrong_is_right_from_the_order_on(
    db: database.Database, cast: Cast, now: datetime
) -> None:
    """Also before anything is read anew, and in a process that remembers the wrong set."""
    spoil(db, cast, now)
    order(db, now)
    assert count(db, cast.rosewood, now) == 4
    audience_upkeep.rebuild(db, now)
    assert count(db, cast.rosewood, now) == 4


def test_who_edits_meanwhile_is_counted_and_loses_nothing(
    db: database.Database, cast: Cast, now: datetime
) -> None:
    order(db, now)
    audience_upkeep.rebuild(db, now, budget_s=0)  # one of two is done
    with db.writer(cast.rosewood) as session:
        session.get_one(Subscriber, cast.ben).country = "BR"
        session.commit()
    assert count(db, cast.rosewood, now) == 3
    audience_upkeep.rebuild(db, now)
    assert count(db, cast.rosewood, now) == 3
    assert state(db).void == 0


def test_a_condition_that_can_no_longer_be_read_is_let_go(
    db: database.Database, cast: Cast, now: datetime
) -> None:
    with db.writer(cast.rosewood) as session:
        row = session.exec(select(AudiencePart).where(AudiencePart.leaf != "")).one()
        row.leaf = '{"field": "attr.gone", "op": "is", "value": "x"}'
        session.commit()
    order(db, now)
    audience_upkeep.rebuild(db, now)
    assert (state(db).sets, state(db).void) == (1, 0)


def test_only_operators_order_it_and_the_log_says_so(
    db: database.Database, cast: Cast, now: datetime
) -> None:
    with db.writer(EVERY_BRAND) as session, pytest.raises(errors.Forbidden):
        audience_upkeep.order(session, Actor(None, "Ada", Role.ADMIN), now)
    order(db, now)
    with db.reader(EVERY_BRAND) as session:
        assert session.exec(select(Audit.action)).all() == ["installation.audiences"]


def test_a_log_that_is_not_written_is_said(db: database.Database, cast: Cast) -> None:
    assert state(db).watched
    with db.writer(EVERY_BRAND) as session:
        audience_watch.lift(session.connection())
        session.commit()
    assert not state(db).watched


def test_what_rules_look_at_is_read_before_anybody_asks_and_each_step_is_kept(
    db: database.Database, cast: Cast, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a brand with many people only; a process that ends loses no set that was read."""
    assert audience_upkeep.rebuild(db, now) == 0
    monkeypatch.setattr(kept_sets, "MANY", 0)
    before = state(db)
    assert (before.fresh, before.void > 20) == (2, True)
    first = audience_upkeep.rebuild(db, now, budget_s=0)
    assert 0 < first < before.void
    assert (state(db).fresh, state(db).sets) == (2 + first, before.sets)
    told: list[tuple[int, int]] = []
    assert audience_upkeep.rebuild(db, now, told=lambda *it: told.append(it)) == before.void - first
    assert told[-1] == (before.void - first,) * 2
    assert state(db).void == audience_upkeep.rebuild(db, now) == 0


def test_once_they_are_read_ahead_a_first_count_by_route_reads_nobody(
    db: database.Database, cast: Cast, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_sets, "MANY", 0)
    audience_upkeep.rebuild(db, now)
    with db.reader(cast.rosewood) as session:
        audience_memory.of(session).forget()

    def refuse(*_: object) -> None:
        raise AssertionError("everybody was looked at")

    monkeypatch.setattr("webapp.store.audience_parts.holding", refuse)
    monkeypatch.setattr("webapp.store.audience_parts.together", refuse)
    monkeypatch.setattr("webapp.store.audience_ladders.read", refuse)
    with db.reader(cast.rosewood) as session:
        assert reaching.reach(session, segment.EVERYONE, now, BOOK).total == 4
        lacking = proofreading._lacking(session, ["last_name", "full_name", "country"])
        assert audiences.count(session, lacking, now) == 4
