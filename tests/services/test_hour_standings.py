"""Reach by hour by sets of the audience index is what a look at each row makes of it."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlmodel import Session

from tests.services import test_reach_by_hour as hours_of
from tests.services.test_reach_by_hour import EVERYONE, HOUSES, MOVING, PAIRS, WEEK
from tests.services.test_situations import CHANGES
from tests.stage import Stage
from webapp.domain import hour_spans
from webapp.domain.forecast import Hours, Known
from webapp.models.broadcast import Broadcast
from webapp.services import hour_standings, kept_sets, reach_by_hour
from webapp.store import audience_memory, reaches

House = tuple[dict[str, object] | None, dict[str, object] | None]
Case = tuple[tuple[str, str], House, int]
NONE: House = (None, None)
STILL: dict[str, object] = {"all": [{"field": "country", "op": "is", "value": "FR"},
                 {"any": [{"field": "window", "op": "open"},
                          {"field": "tag", "op": "has", "value": "vip"},
                          {"none": [{"field": "country", "op": "known"}]}]}]}  # fmt: skip
ZONED = "UPDATE subscriber SET timezone = 'Asia/Tokyo' WHERE id % 4 = 1"
CASES: list[Case] = [  # platform and kind, quiet hours and cap, hours that have passed
    (PAIRS[0], NONE, 0),
    (PAIRS[0], HOUSES[2], 30),
    (PAIRS[1], HOUSES[1], 0),
    (PAIRS[2], HOUSES[3], 0),
    (PAIRS[6], HOUSES[1], 30),
    (PAIRS[7], HOUSES[4], 0),
]


@pytest.mark.parametrize(("few", "cases"), [(1, CASES[:4]), (10_000, CASES[2:])])
def test_sets_and_rows_say_the_same_before_and_after_every_change(
    stage: Stage, few: int, cases: list[Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether those who changed are looked at by their rows or the sets are renewed."""
    monkeypatch.setattr(kept_sets, "FEW", few)
    chance = random.Random(20261128)
    hours_of.enter_crowd(stage, chance, 120)
    reached = 0
    for (platform, kind), house, passed in cases:
        rows = _drafts(stage, chance, platform, kind, house)
        asked = Hours(hour_spans.whole(stage.clock.now() - timedelta(hours=passed)), WEEK)
        for row in rows:
            reached += sum(_agreed(stage, row, asked, monkeypatch).reached)
        for change in (*CHANGES, ZONED):
            with stage.house.db.writer(stage.people.rosewood) as session:
                session.connection().execute(text(change))
                session.commit()
            _agreed(stage, chance.choice(rows), asked, monkeypatch)
    assert reached


def _drafts(
    stage: Stage, chance: random.Random, platform: str, kind: str, house: House
) -> list[int]:
    with stage.house.db.writer(stage.people.rosewood) as session:
        hours_of.on(session, stage, platform, kind)
        hours_of.keep_house(session, stage, chance, *house)
        trees = (EVERYONE, STILL, *MOVING)
        rows = [hours_of.broadcast(session, stage, kind, tree, platform) for tree in trees]
        session.commit()
        return [row.id or 0 for row in rows]


def _agreed(
    stage: Stage, broadcast_id: int, hours: Hours, monkeypatch: pytest.MonkeyPatch
) -> Known:
    with stage.house.db.reader(stage.people.rosewood) as session:
        by_sets = _known(stage, session, broadcast_id, hours)
        with monkeypatch.context() as patched:
            patched.setattr(hour_standings, "people", reaches.people)
            by_rows = _known(stage, session, broadcast_id, hours)
    assert by_sets == by_rows, (broadcast_id, by_rows.audience[0])
    return by_sets


def _known(stage: Stage, session: Session, broadcast_id: int, hours: Hours) -> Known:
    row = session.get_one(Broadcast, broadcast_id)
    past = hours.first < stage.clock.now()
    return reach_by_hour.known(session, row, hours, stage.house.book, past=past)


def test_many_people_wait_for_no_set_that_is_not_kept(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    broadcast_id = _drafts(stage, random.Random(1), *PAIRS[0], HOUSES[1])[0]
    hours = Hours(hour_spans.whole(stage.clock.now()), WEEK)
    by_rows = list[object]()
    rows = reaches.people

    def told(*args: object) -> object:
        by_rows.append(args)
        return rows(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(reaches, "people", told)
    monkeypatch.setattr(kept_sets, "MANY", 0)
    with stage.house.db.reader(stage.people.rosewood) as session:
        audience_memory.of(session).forget()
        first = _known(stage, session, broadcast_id, hours)
    assert len(by_rows) == 1
    monkeypatch.setattr(kept_sets, "MANY", 20_000)
    with stage.house.db.reader(stage.people.rosewood) as session:
        assert _known(stage, session, broadcast_id, hours) == first
    monkeypatch.setattr(kept_sets, "MANY", 0)
    with stage.house.db.reader(stage.people.rosewood) as session:
        assert _known(stage, session, broadcast_id, hours) == first
    assert len(by_rows) == 1
