"""A plan by sets of the audience index has the rows that a look at each person makes."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import text
from sqlmodel import Session, col, select

from tests import stage as stages
from tests.services.test_situations import CHANGES
from tests.store import crowd
from tests.store.test_departures import CAP, enter_sent
from tests.store.test_segments import tree
from tests.store.test_situations import enter_strangers
from webapp.domain import segment
from webapp.models.brand import Brand
from webapp.models.broadcast import Broadcast, Occurrence
from webapp.models.delivery import Delivery
from webapp.models.segment import Segment
from webapp.models.subscriber import Subscriber
from webapp.services import asking, departing, gathering, planning, recipients, spread_checks
from webapp.services import situations as sets
from webapp.services.asking import Asked
from webapp.services.gathering import Place, Sorted
from webapp.services.spread_checks import Closing
from webapp.services.turn_situations import Key
from webapp.store import audience_changes, situations, spreads
from webapp.store.departures import Legs
from webapp.store.situations import Alike

STEP = 97  # people at a time
EVERYBODY = 2**62
WATCHED = [it for it in CHANGES if "last_used_at =" not in it and "next_eligible_at =" not in it]
WATCHED.append("UPDATE subscriber SET timezone = 'Asia/Tokyo' WHERE id % 4 = 1")
SPREAD = {"mode": "now", "spread_minutes": 1440}
HOLDING = {"start": "20:00", "end": "09:00", "then": "hold"}
SKIPPING = HOLDING | {"then": "skip"}
OWN_CLOCK = {"mode": "local", "day": "2026-11-22", "time": "21:30", "zone": "Asia/Tokyo",
             "past": "next_day"}  # fmt: skip
AT_ONCE = {"mode": "now"}
CASES = [  # kind, schedule, quiet hours, and how many turns people have
    ("standard", AT_ONCE, None, 1),
    ("subscription", AT_ONCE, None, 1),
    ("standard", AT_ONCE, HOLDING, 2),
    ("subscription", AT_ONCE, SKIPPING, 2),
    ("standard", OWN_CLOCK, None, 4),
    ("subscription", OWN_CLOCK, HOLDING, 5),
]


@pytest.fixture
def stage(stage: stages.Stage) -> stages.Stage:
    """Strangers in every situation, some of whom were written to, and a cap."""
    db, now, people = stage.house.db, stage.clock.now(), stage.people
    enter_strangers(db, people, now)
    enter_sent(db, people, now)
    with db.writer(people.rosewood) as session:
        crowd.enter(session, people, now, random.Random(7), 40)
        session.get_one(Brand, people.rosewood).cap = {"messages": CAP.messages, "days": CAP.days}
        session.commit()
    return stage


def keep_quiet(stage: stages.Stage, quiet: dict[str, str] | None) -> None:
    with stage.house.db.writer(stage.people.rosewood) as session:
        session.get_one(Brand, stage.people.rosewood).quiet_hours = quiet
        session.commit()


def segment_of(stage: stages.Stage, chance: random.Random) -> int:
    now = stage.clock.now()
    said = segment.parse(tree(now, chance), crowd.ATTRIBUTES)
    with stage.house.db.writer(stage.people.rosewood) as session:
        row = Segment(brand_id=stage.people.rosewood, name=f"S{chance.random()}",
                      tree=segment.to_json(said), created_at=now, updated_at=now)  # fmt: skip
        session.add(row)
        session.commit()
        return row.id or 0


def runs_of(session: Session, broadcast_id: int) -> tuple[Occurrence, Broadcast]:
    of_it = select(Occurrence).where(col(Occurrence.broadcast_id) == broadcast_id)
    return session.exec(of_it).one(), session.get_one(Broadcast, broadcast_id)


def asked_of(
    stage: stages.Stage, session: Session, broadcast_id: int
) -> tuple[Asked, Place, Legs | None]:
    run, broadcast = runs_of(session, broadcast_id)
    now = stage.clock.now()
    asked = asking.about(session, broadcast, now, stage.house.book)
    tree = recipients.tree_of(session, broadcast)
    rule, clause = recipients.rule_in(session, tree), recipients.of_run(session, run, tree, now)
    table = departing.timetable(session, broadcast, run, now)
    legs = None if table.at_once else departing.journey(session, broadcast, table, asked).legs
    return asked, Place(rule, clause, broadcast.channel_id, 0, EVERYBODY), legs


def sorted_of(stage: stages.Stage, broadcast_id: int) -> Sorted:
    with stage.house.db.reader(stage.people.rosewood) as session:
        asked, _, legs = asked_of(stage, session, broadcast_id)
        found = gathering.by_sets(session, *runs_of(session, broadcast_id), asked, legs)
    assert found is not None
    return found


def walked(stage: stages.Stage, broadcast_id: int, sorted_: Sorted | None) -> dict[int, Key]:
    """Everyone's turn and situation, a step after the other; nobody twice, and the steps rise."""
    found: dict[int, Key] = {}
    with stage.house.db.reader(stage.people.rosewood) as session:
        asked, place, legs = asked_of(stage, session, broadcast_id)
        lasts = [0]
        while True:
            last, people = gathering.next_ones(session, sorted_, asked.view, place, STEP, legs)
            if not last:
                assert all(one < other for one, other in pairwise(lasts))
                return found
            for key, it in people:
                ids = json.loads(it.ids) if isinstance(it.ids, str) else it.ids
                assert (len(ids), max(ids)) == (it.people, it.last)
                assert not found.keys() & set(ids)
                found |= dict.fromkeys(ids, key)
            lasts.append(last)
            place = place._replace(after=last)


@pytest.mark.parametrize(("kind", "schedule", "quiet", "turns"), CASES)
def test_sets_and_rows_say_the_same_of_each_person_also_when_they_change_meanwhile(
    stage: stages.Stage,
    kind: str,
    schedule: dict[str, str],
    quiet: dict[str, str] | None,
    turns: int,
) -> None:
    chance, topic = random.Random(5), stage.people.topic if kind == "subscription" else None
    keep_quiet(stage, quiet)
    named = [None, segment_of(stage, chance), segment_of(stage, chance)]
    broadcasts = [
        stage.broadcast(kind=kind, topic_id=topic, segment_id=it, schedule=schedule) for it in named
    ]
    sorted_ = {it: sorted_of(stage, it) for it in broadcasts}
    keys = {key for it in broadcasts for key in walked(stage, it, None).values()}
    assert len(keys) > 20
    assert len({leg for leg, *_ in keys}) == turns
    for it in broadcasts:
        assert walked(stage, it, sorted_[it]) == walked(stage, it, None)
    for number, change in enumerate(WATCHED):
        with stage.house.db.writer(stage.people.rosewood) as session:
            session.connection().execute(text(change))
            session.commit()
        it = broadcasts[number % len(broadcasts)]
        assert walked(stage, it, sorted_[it]) == walked(stage, it, None), change


def test_while_nobody_changes_nobody_is_looked_at_but_whom_the_newest_line_is_about(
    stage: stages.Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    broadcast = stage.broadcast()
    expected, found = walked(stage, broadcast, None), sorted_of(stage, broadcast)

    looked_at: list[Alike] = []

    def each(*args: object, **place: int) -> list[Alike]:
        looked_at.extend(rows(*args, **place))  # type: ignore[arg-type]
        return looked_at[-1:]

    rows = situations.each
    monkeypatch.setattr(situations, "each", each)
    assert walked(stage, broadcast, found) == expected
    assert sum(it.people for it in looked_at) <= 1


def test_where_the_log_of_changes_begins_later_everybody_is_looked_at(stage: stages.Stage) -> None:
    broadcast = stage.broadcast()
    found = sorted_of(stage, broadcast)
    with stage.house.db.writer(stage.people.rosewood) as session:
        session.connection().execute(text("UPDATE subscriber SET region = 0"))
        audience_changes.void(session)
        session.commit()
    assert walked(stage, broadcast, found) == walked(stage, broadcast, None)


def test_a_run_is_planned_the_same_by_either_way(
    stage: stages.Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Person by person: the same fate for the same reason by the same route and price."""
    named = [None, segment_of(stage, random.Random(5))]
    ones = [stage.broadcast(segment_id=it) for it in named]
    stage.start()
    monkeypatch.setattr(gathering, "by_sets", lambda *_: None)
    others = [stage.broadcast(segment_id=it) for it in named]
    stage.start()
    for one, other in zip(ones, others, strict=True):
        assert fates(stage, one) == fates(stage, other)
    assert len(fates(stage, ones[0])) > 200 > len(fates(stage, ones[1])) > 0


def fates(stage: stages.Stage, broadcast_id: int) -> dict[int, tuple[object, ...]]:
    with stage.house.db.reader(stage.people.rosewood) as session:
        rows = session.exec(select(Delivery).where(Delivery.broadcast_id == broadcast_id))
        return {
            it.subscriber_id: (it.state, it.reason, it.route, it.price_micros, it.rule_ids)
            for it in rows
        }


def test_many_people_wait_for_no_set_that_is_not_kept(
    stage: stages.Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading the sets takes longer than a look at each; once they are kept they are used."""
    monkeypatch.setattr("webapp.services.kept_sets.MANY", 0)
    broadcast = stage.broadcast()
    with stage.house.db.reader(stage.people.rosewood) as session:
        asked, _, _ = asked_of(stage, session, broadcast)
        run = runs_of(session, broadcast)
        assert gathering.by_sets(session, *run, asked) is None
    monkeypatch.undo()
    sorted_of(stage, broadcast)
    monkeypatch.setattr("webapp.services.kept_sets.MANY", 0)
    assert sorted_of(stage, broadcast).everyone


def test_a_rule_that_was_edited_before_the_run_kept_it_is_the_one_that_counts(
    stage: stages.Stage,
) -> None:
    chance = random.Random(5)
    broadcast = stage.broadcast(segment_id=segment_of(stage, chance))
    found = sorted_of(stage, broadcast)
    with stage.house.db.writer(stage.people.rosewood) as session:
        session.get_one(Broadcast, broadcast).segment_id = None
        session.commit()
    assert len(walked(stage, broadcast, None)) > len(found.everyone)
    assert walked(stage, broadcast, found) == walked(stage, broadcast, None)


def test_whom_a_spread_reaches_too_late_and_a_forecast_are_the_same_by_either_way(
    stage: stages.Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, topic = stage.clock.now(), stage.people.topic
    open_windows(stage, now)
    segment_id = segment_of(stage, random.Random(5))
    drafts = [
        stage.broadcast(schedule=SPREAD),
        stage.broadcast(schedule=SPREAD, segment_id=segment_id),
        stage.broadcast(schedule=SPREAD, kind="subscription", topic_id=topic),
    ]
    drafts += [stage.broadcast(schedule=OWN_CLOCK, segment_id=it) for it in (None, segment_id)]
    by_sets = [looked(stage, it, now + timedelta(hours=2)) for it in drafts]
    assert any(closing.people for closing, _ in by_sets if closing)
    monkeypatch.setattr(sets, "at_hand", lambda *_, **__: None)
    assert by_sets == [looked(stage, it, now + timedelta(hours=2)) for it in drafts]
    monkeypatch.undo()
    with stage.house.db.writer(stage.people.rosewood) as session:
        session.connection().execute(
            text("UPDATE subscriber SET window_ends_at = last_inbound_at WHERE id % 3 = 0")
        )
        session.commit()
    by_sets = [looked(stage, it, now) for it in drafts]  # and by rows, of those who changed
    monkeypatch.setattr(sets, "at_hand", lambda *_, **__: None)
    assert by_sets == [looked(stage, it, now) for it in drafts]


def test_of_ends_that_lie_close_together_the_middle_is_near_enough(
    stage: stages.Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody's row is read for an estimate where a rung is a small part of the time."""
    monkeypatch.setattr("webapp.store.audience_ladders.PEOPLE", 2)
    now = stage.clock.now()
    open_windows(stage, now)
    draft = stage.broadcast(schedule=SPREAD)
    asked_for, open_for = list[int](), spreads.open_for

    def counting(session: Session, people: Sequence[int], at: datetime) -> timedelta:
        asked_for.append(len(people))
        return open_for(session, people, at)

    monkeypatch.setattr(spreads, "open_for", counting)
    by_sets, _ = looked(stage, draft, now)
    monkeypatch.setattr(sets, "at_hand", lambda *_, **__: None)
    by_rows, _ = looked(stage, draft, now)
    assert by_sets is not None
    assert by_rows is not None
    assert by_sets.people == by_rows.people > 60
    assert abs(by_sets.late - by_rows.late) <= 1
    assert asked_for[0] < by_rows.people / 2


def open_windows(stage: stages.Stage, now: datetime) -> None:
    """Of every second person, and they close one after the other."""
    with stage.house.db.writer(stage.people.rosewood) as session:
        for person in session.exec(select(Subscriber).where(col(Subscriber.id) % 2 == 0)):
            person.window_opened_at = now - timedelta(hours=1)
            person.window_ends_at = now + timedelta(hours=(person.id or 0) % 20)
            person.opted_out_at = person.unavailable_at = None
        session.commit()


def looked(
    stage: stages.Stage, broadcast_id: int, at: datetime
) -> tuple[Closing | None, planning.Forecast]:
    book = stage.house.book
    with stage.house.db.reader(stage.people.rosewood) as session:
        row = session.get_one(Broadcast, broadcast_id)
        chosen = departing.chosen_schedule(row)
        closing = spread_checks.closing(session, row, chosen, at, book)
        return closing, planning.forecast(session, row, at, book)
