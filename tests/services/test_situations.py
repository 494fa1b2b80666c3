"""People sorted by sets of the audience index stand where the look at each row says they do."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from sqlmodel import Session, col, select

from tests import cast as casting
from tests.cast import Cast
from tests.store import crowd
from tests.store.test_segments import tree
from tests.store.test_situations import SPACING, enter_strangers
from webapp import db as database
from webapp.domain import segment
from webapp.domain.policy.situation import Situation, TopicConsent, Window
from webapp.domain.segment import EVERYONE, Node
from webapp.models.audience import AudiencePart
from webapp.models.opt_in import Topic
from webapp.services import audience_upkeep, kept_sets
from webapp.services import situations as sorting
from webapp.store import audience_ladders, audience_memory, segments, situations
from webapp.store.audience_traits import PREFIX
from webapp.store.situations import View

TREES = 4
TIMES = (timedelta(), timedelta(microseconds=1), timedelta(hours=5), timedelta(days=8),
         -timedelta(days=3))  # fmt: skip


@pytest.fixture
def people(db: database.Database, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Cast:
    """Strangers in every situation and a crowd for every segment; rungs of seven people."""
    monkeypatch.setattr(audience_ladders, "PEOPLE", 7)
    made = casting.enter(db, now)
    enter_strangers(db, made, now)
    with db.writer(made.rosewood) as session:
        crowd.enter(session, made, now, random.Random(7), 40)
        session.commit()
    return made


def views(session: Session, at: datetime) -> Iterator[View]:
    yield View(at, paid=True, spacing=timedelta(hours=1))
    for topic_id in session.exec(select(col(Topic.id))).all():
        yield View(at, topic_id, spacing=SPACING, general=topic_id == 1)


def agree(db: database.Database, people: Cast, nodes: list[Node], at: datetime) -> set[int]:
    seen = set()
    with db.reader(people.rosewood) as session:
        for node in nodes:
            sorted_ = sorting.Sorting.of(session, node, at)
            clause = segments.clause(session, node, at)
            for view in views(session, at):
                expected = situations.tally(session, view, clause, people.channel)
                found = sorted_.tally(view, people.channel)
                assert found == expected, (segment.to_json(node), view)
                seen |= expected.keys()
            assert sorted_.tally(view, people.other_channel) == {}
            sorted_.keep()
    return seen


def nodes_of(now: datetime, chance: random.Random) -> list[Node]:
    chosen = (segment.parse(tree(now, chance), crowd.ATTRIBUTES) for _ in range(TREES))
    return [EVERYONE, *chosen]


CHANGES = (  # of everything a situation is made of, each by itself
    "UPDATE subscriber SET window_ends_at = last_inbound_at WHERE id % 3 = 0",
    "UPDATE subscriber SET window_opened_at = window_ends_at WHERE id % 5 = 0",
    "UPDATE subscriber SET window_opener = 'ad_message' WHERE id % 2 = 0",
    "UPDATE subscriber SET free_entry_ends_at = window_ends_at WHERE id % 3 = 1",
    "UPDATE subscriber SET last_inbound_at = window_opened_at WHERE id % 4 = 0",
    "UPDATE subscriber SET region = region / 2 WHERE id % 3 = 2",
    "UPDATE subscriber SET opted_out_at = NULL WHERE id % 2 = 1",
    "UPDATE subscriber SET unavailable_at = created_at WHERE id % 5 = 2",
    "UPDATE subscriber SET opted_in = NOT opted_in WHERE id % 7 = 2",
    "UPDATE subscriber SET erased_at = created_at WHERE id % 11 = 0",
    "UPDATE consent SET token_expires_at = last_used_at WHERE id % 3 = 0",
    "UPDATE consent SET token = NULL WHERE id % 4 = 0",
    "UPDATE consent SET token = 'new' WHERE id % 4 = 2",
    "UPDATE consent SET state = 'stopped' WHERE id % 5 = 0",
    "UPDATE consent SET last_used_at = token_expires_at WHERE id % 2 = 0",
    "UPDATE consent SET next_eligible_at = token_expires_at WHERE id % 3 = 1",
    "DELETE FROM consent WHERE id % 6 = 0",
)


@pytest.mark.parametrize("few", [1, 10_000])
def test_it_agrees_before_and_after_every_change_at_every_time(
    db: database.Database, people: Cast, now: datetime, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether those who changed are looked at by their rows or the sets are renewed."""
    monkeypatch.setattr(kept_sets, "FEW", few)
    chance = random.Random(20261126)
    nodes = nodes_of(now, chance)
    codes = agree(db, people, nodes, now)
    for number, statement in enumerate(CHANGES):
        with db.writer(people.rosewood) as session:
            session.connection().execute(text(statement))
            session.commit()
        at = now + TIMES[number % len(TIMES)]
        codes |= agree(db, people, [EVERYONE if number % 2 else chance.choice(nodes)], at)
    assert {Situation.of(it).window for it in codes} == set(Window)
    assert {Situation.of(it).topic for it in codes} == set(TopicConsent)
    for later in TIMES:
        agree(db, people, [EVERYONE, chance.choice(nodes)], now + later)


def test_one_look_at_the_people_does_for_every_moment_and_every_process(
    db: database.Database, people: Cast, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    agree(db, people, [EVERYONE], now)
    with db.reader(people.rosewood) as session:
        audience_memory.of(session).forget()  # as another process would

    def refuse(*_: object) -> None:
        raise AssertionError("everybody was looked at again")

    monkeypatch.setattr("webapp.store.audience_parts.holding", refuse)
    monkeypatch.setattr("webapp.store.audience_ladders.read", refuse)
    for later in TIMES:
        agree(db, people, [EVERYONE], now + later)


def test_the_clock_keeps_the_sets_up_to_date(
    db: database.Database, people: Cast, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    agree(db, people, [EVERYONE], now)
    with db.writer(people.rosewood) as session:
        session.connection().execute(text(CHANGES[0]))
        session.connection().execute(text(CHANGES[12]))
        session.commit()
    monkeypatch.setattr(audience_upkeep, "WORTHWHILE", 0)
    assert audience_upkeep.tend(db, now) > 20
    with db.reader(people.rosewood) as session:
        rows = [it for it in session.exec(select(AudiencePart)) if it.name.startswith(PREFIX)]
        ends = next(it for it in rows if it.name == f"{PREFIX}window_ends_at")
        live = [it for it in rows if it.name.startswith(f"{PREFIX}live_until")]
        assert ends.ladder is not None
        assert len(live) == 4  # of whatever topic, and of each of three
    monkeypatch.setattr(kept_sets, "FEW", 1)
    agree(db, people, [EVERYONE], now)
