"""The audience index says person by person what the reference says, whatever changed and when."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session, col, select

from tests import cast as casting
from tests.cast import Cast
from tests.store import crowd
from tests.store.test_segments import condition, tree
from webapp import db as database
from webapp.domain import segment, segment_algebra
from webapp.domain.segment import Node
from webapp.domain.segment_algebra import Keeping
from webapp.domain.segment_fields import fields
from webapp.domain.subscriber import Facts
from webapp.models.audience import AudienceChange, AudiencePart
from webapp.models.subscriber import Subscriber
from webapp.services import audience_upkeep, audiences
from webapp.services.audiences import Audience
from webapp.store import (
    audience_changes,
    audience_ladders,
    audience_memory,
    audience_parts,
    facts,
    moving_conditions,
    segment_rules,
)

PEOPLE, TREES = 80, 12
FIELDS = fields(crowd.ATTRIBUTES)
HOUR = timedelta(hours=1)
LATER = (timedelta(), timedelta(minutes=7), timedelta(hours=3), timedelta(days=2))


@pytest.fixture
def people(db: database.Database, now: datetime) -> Cast:
    made = casting.enter(db, now)
    with db.writer(made.rosewood) as session:
        crowd.enter(session, made, now, random.Random(7), PEOPLE)
        session.commit()
    return made


def trees(now: datetime, chance: random.Random) -> Iterator[Node]:
    every = [condition(field, op, now, chance) for field in FIELDS.values()
             for op in field.operators]  # fmt: skip
    for each in [*every, *(tree(now, chance) for _ in range(TREES))]:
        yield segment.parse(each, crowd.ATTRIBUTES)


def everybody(session: Session, at: datetime) -> dict[int, Facts]:
    living = select(Subscriber.id).where(col(Subscriber.erased_at).is_(None))
    return facts.of(session, [key or 0 for key in session.exec(living)], at)


def expected(
    session: Session, node: Node, at: datetime, known: dict[int, Facts] | None = None
) -> set[int]:
    asked = segment_rules.expanded(session, node)
    known = everybody(session, at) if known is None else known
    return {key for key, each in known.items() if segment.matches(asked, each, at)}


def agree(db: database.Database, people: Cast, nodes: list[Node], at: datetime) -> None:
    with db.reader(people.rosewood) as session:
        known = everybody(session, at)
        for node in nodes:
            found = set(audiences.people(session, node, at))
            assert found == expected(session, node, at, known), segment.to_json(node)


CHANGES = (
    "UPDATE subscriber SET country = 'BR', city = 'Recife' WHERE id % 7 = 0",
    "UPDATE subscriber SET last_inbound_at = NULL, window_ends_at = NULL WHERE id % 5 = 0",
    "UPDATE subscriber SET erased_at = created_at WHERE id % 11 = 0",
    "UPDATE subscriber SET opted_out_at = created_at, unavailable_at = NULL WHERE id % 3 = 0",
    "DELETE FROM subscriber_tag WHERE subscriber_id % 4 = 0",
    "UPDATE consent SET state = 'stopped' WHERE subscriber_id % 3 = 1",
    "UPDATE attribute_value SET number = 5 WHERE number IS NOT NULL AND subscriber_id % 2 = 0",
    "DELETE FROM attribute_value WHERE subscriber_id % 6 = 0",
    "DELETE FROM imported_subscriber WHERE subscriber_id % 2 = 0",
    "UPDATE tag SET name = 'renamed' WHERE name = 'vip'",
    "UPDATE topic SET slug = 'gone' WHERE slug = 'price-drops'",
    "UPDATE attribute SET name = 'outlet' WHERE name = 'shop'",
    "UPDATE delivery SET read_at = sent_at WHERE sent_at IS NOT NULL AND subscriber_id % 3 = 0",
    "UPDATE delivery SET sent_at = delivered_at WHERE subscriber_id % 5 = 1",
    "UPDATE event SET act = 'wrote' WHERE act IS NULL AND subscriber_id % 2 = 0",
    "UPDATE event SET subscriber_id = subscriber_id - 1 WHERE subscriber_id % 7 = 2",
)


def change(db: database.Database, people: Cast, statement: str) -> None:
    with db.writer(people.rosewood) as session:
        session.connection().execute(text(statement))
        session.commit()


@pytest.mark.parametrize("few", [0, 10_000])
def test_it_agrees_before_and_after_every_change_at_every_time(
    db: database.Database, people: Cast, now: datetime, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether those who changed are looked at one by one or in SQL."""
    monkeypatch.setattr(audiences.Audience.__init__, "__kwdefaults__", {"few": few})
    monkeypatch.setattr(audience_ladders, "PEOPLE", 7)
    chance = random.Random(20261126)
    nodes = list(trees(now, chance))
    agree(db, people, nodes, now)
    for number, statement in enumerate(CHANGES):
        change(db, people, statement)
        at = now + LATER[number % len(LATER)]
        agree(db, people, chance.sample(nodes, 12), at)
        if number % 4 == 3:
            audience_memory.of(_any(db)).forget()  # as another process would
    agree(db, people, nodes, now + timedelta(days=1))


def _any(db: database.Database) -> Session:
    with db.reader(database.EVERY_BRAND) as session:
        return session


def test_most_conditions_are_kept_and_the_rest_is_known(now: datetime) -> None:
    chance = random.Random(1)
    asked = {leaf for node in trees(now, chance) for leaf in segment_algebra.asked(node)}
    never = {leaf.field for leaf in asked if segment_algebra.keeping(leaf) is Keeping.NEVER}
    assert never <= {"attr.bought_at", "segment"}


DOINGS: list[dict[str, Any]] = [
    {"field": "read", "op": "at_least", "value": {"times": 2, "days": 7}},
    {"field": "received", "op": "at_most", "value": {"times": 1, "days": 30, "broadcast": 1}},
    {"field": "wrote", "op": "never", "value": {"days": 1}},
    {"field": "tapped", "op": "ever", "value": {}},
    {"field": "clicked", "op": "at_least", "value": {"times": 0}},
]


def test_what_people_did_is_right_for_every_span_at_every_moment_from_one_look(
    db: database.Database, people: Cast, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audience_ladders, "PEOPLE", 7)
    agree(db, people, [segment.parse(it, {}) for it in DOINGS], now)
    monkeypatch.setattr("webapp.store.audience_ladders.read", _refuse)
    for days in (1, 6, 7, 29, 400):
        for it in DOINGS[:3]:
            other = segment.parse({**it, "value": {**it["value"], "days": days}}, {})
            for at in (now - timedelta(days=1), now, *(now + later for later in LATER)):
                agree(db, people, [other], at)


def _logged(db: database.Database, people: Cast, statement: str) -> list[bool]:
    """Whether each log tells of it."""
    with db.reader(people.rosewood) as session:
        marks = [audience_changes.now(session, log) for log in audience_changes.LOGS]
        before = [
            _told(session, people, *it) for it in zip(marks, audience_changes.LOGS, strict=True)
        ]
    change(db, people, statement)
    with db.reader(people.rosewood) as session:
        after = [
            _told(session, people, *it) for it in zip(marks, audience_changes.LOGS, strict=True)
        ]
    return [one != other for one, other in zip(before, after, strict=True)]


def _told(session: Session, people: Cast, mark: Any, log: Any) -> list[int]:
    return audience_changes.since(session, people.rosewood, mark.number, 10_000, log)


def test_each_log_tells_of_its_own_and_plans_and_claims_of_nothing(
    db: database.Database, people: Cast
) -> None:
    """A broadcast to everybody leaves the sets of countries and tags as they are."""
    sent = "UPDATE delivery SET sent_at = created_at FROM broadcast WHERE sent_at IS NULL"
    claimed = "UPDATE delivery SET claimed_at = created_at FROM broadcast WHERE sent_at IS NULL"
    assert _logged(db, people, claimed) == [False, False]
    assert _logged(db, people, sent) == [False, True]
    assert _logged(db, people, CHANGES[0]) == [True, False]
    assert _logged(db, people, "UPDATE event SET text = 'hello'") == [False, False]
    assert _logged(db, people, "DELETE FROM event WHERE act IS NOT NULL") == [False, True]


def test_what_was_read_is_kept_for_the_next_process(
    db: database.Database, people: Cast, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = segment.parse({"field": "country", "op": "in", "value": ["BR", "MX"]}, {})
    with db.reader(people.rosewood) as session:
        before = audiences.count(session, node, now)
        audience_memory.of(session).forget()
    monkeypatch.setattr("webapp.store.audience_parts.holding", _refuse)
    with db.reader(people.rosewood) as session:
        assert audiences.count(session, node, now) == before > 0


def _refuse(*_: object) -> None:
    raise AssertionError("everybody was looked at again")


def test_a_ladder_that_is_kept_tells_what_moves_without_a_look_at_everybody(
    db: database.Database, people: Cast, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before and after changes that the ladder has not seen, few and many."""
    monkeypatch.setattr("webapp.store.audience_ladders.PEOPLE", 7)
    trees = [
        {"field": "window", "op": "open"},
        {"field": "window", "op": "closes_within", "value": 7},
        {"field": "last_inbound_at", "op": "within_days", "value": 2},
        {"field": "last_inbound_at", "op": "over_days_ago", "value": 1},
        {"field": "last_inbound_at", "op": "in_coming_days", "value": 3},
    ]
    nodes = [segment.parse(it, {}) for it in trees]
    kept = [audience_parts.EVERYONE, audience_parts.BY_LAST_WORD, moving_conditions.ENDS]
    with db.reader(people.rosewood) as session:
        known = Audience(session, now)
        known.settle(kept)
        known.keep()
    monkeypatch.setattr("webapp.store.audience_parts.holding", _refuse)
    for number, change in enumerate(("SELECT 1", *CHANGES[1:4], "SELECT 1")):
        with db.writer(people.rosewood) as session:
            session.connection().execute(text(change))
            session.connection().execute(text("DELETE FROM audience_part WHERE leaf <> ''"))
            session.commit()
        audience_memory.of(_any(db)).forget()
        agree(db, people, nodes, now + timedelta(hours=5 * number, microseconds=number))


def test_what_is_not_committed_is_kept_nowhere(
    db: database.Database, people: Cast, now: datetime
) -> None:
    node = segment.parse({"field": "country", "op": "is", "value": "BR"}, {})
    with db.writer(people.rosewood) as session:
        session.connection().execute(text("UPDATE subscriber SET country = 'BR'"))
        everybody = audiences.count(session, node, now)
        session.rollback()
    with db.reader(people.rosewood) as session:
        assert audiences.count(session, node, now) == len(expected(session, node, now)) < everybody


def test_tending_shortens_the_log_and_loses_nothing(
    db: database.Database, people: Cast, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audience_upkeep, "WORTHWHILE", 1)
    nodes = list(trees(now, random.Random(3)))[:40]
    nodes += [segment.parse(it, {}) for it in DOINGS]
    agree(db, people, nodes, now)
    change(db, people, CHANGES[0])
    assert audience_upkeep.tend(db, now) > 10
    with db.reader(database.EVERY_BRAND) as session:
        lines = session.exec(select(AudienceChange)).all()
        for log in audience_changes.LOGS:
            kept = select(AudiencePart.mark).where(AudiencePart.log == log.row)
            assert audience_changes.horizon(session, log) == min(session.exec(kept).all())
    assert len(lines) <= PEOPLE // 7 + 2
    change(db, people, CHANGES[1])
    agree(db, people, nodes, now)
    audience_memory.of(_any(db)).forget()
    agree(db, people, nodes, now)


def test_another_brand_has_its_own_sets(db: database.Database, people: Cast, now: datetime) -> None:
    with db.reader(people.other) as session:
        assert set(audiences.people(session, segment.EVERYONE, now)) == {people.eva}
    with db.reader(people.rosewood) as session:
        assert people.eva not in audiences.people(session, segment.EVERYONE, now)
        alone: dict[str, Any] = {"field": "country", "op": "unknown"}
        found = audiences.people(session, segment.parse(alone, {}), now, people.other_channel)
        assert not found


def test_a_look_ahead_leaves_the_present_no_slower(
    db: database.Database, people: Cast, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is carried to a coming time is remembered beside the present, by its hour."""
    monkeypatch.setattr(audiences, "CARRIED", 0)
    with db.writer(people.rosewood) as session:
        for person in session.exec(select(Subscriber)):
            person.window_ends_at = now + timedelta(minutes=10 * (person.id or 0))
        session.commit()
    node = segment.parse({"field": "window", "op": "open"}, {})
    about = audience_parts.subject(next(segment_algebra.asked(node)))
    ahead = now + timedelta(hours=5)
    for at in (now, ahead, now, ahead + HOUR, ahead + timedelta(minutes=80)):
        agree(db, people, [node], at)
    memory = audience_memory.of(_any(db))
    kept = memory.get((people.rosewood, about.name))
    assert kept is not None
    assert kept.at == now
    later = memory.get((people.rosewood, audience_parts.in_hour(about, ahead + HOUR).name))
    assert later is not None
    assert later.at >= ahead + HOUR
    with db.writer(people.rosewood) as session:
        session.connection().execute(
            text("UPDATE subscriber SET window_ends_at = last_inbound_at WHERE id % 2 = 0")
        )
        session.commit()
    for at in (ahead, now, ahead + HOUR):
        agree(db, people, [node], at)
    with db.reader(people.rosewood) as session:
        names = audience_parts.names(session)
    assert about.name in names
    assert not [it for it in names if "@" in it]
