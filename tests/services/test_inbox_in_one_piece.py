"""Many posts in one transaction, without savepoints: the same comes out as of each on its own."""

from __future__ import annotations

import json
import random
import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from psycopg.errors import DeadlockDetected
from sqlalchemy.exc import OperationalError
from sqlmodel import select

from tests import stage as stages
from tests.services.test_receiving import (
    answers,
    count,
    event,
    ms,
    post,
    sent_broadcast,
    understand,
    wrote,
)
from tests.stage import Stage
from webapp.db import EVERY_BRAND, Database
from webapp.models.delivery import Delivery
from webapp.models.raw_event import Event, RawEvent, SetAside
from webapp.models.rollup import RollupDay, RollupHour
from webapp.models.subscriber import Subscriber
from webapp.services import applying, meeting

OUTCOMES: tuple[Any, ...] = (Subscriber, Event, Delivery, RollupDay, RollupHour, RawEvent, SetAside)
OWN = {Event: {"id"}}  # PostgreSQL counts those that were there already too
BAD = "this one breaks us"
ONE_BY_ONE = "one by one"  # of the line in the log


@pytest.fixture
def the_log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level("INFO", logger=applying.__name__)
    return caplog


@pytest.mark.parametrize("swapped", [False, True], ids=["whole on SQLite", "on PostgreSQL"])
def test_in_one_piece_and_apart_end_in_the_same_rows(
    sqlite_db: Database, postgres: Database, now: datetime, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, the_log: pytest.LogCaptureFixture, *, swapped: bool,
) -> None:  # fmt: skip
    both = [stages.build(db, now, tmp_path) for db in (sqlite_db, postgres)]
    whole, apart = reversed(both) if swapped else both
    monkeypatch.setattr(secrets, "randbelow", lambda _most: 7)  # the epoch is in every key
    for stage in both:
        _tell_much(stage)
    understand(whole)
    assert ONE_BY_ONE not in the_log.text
    together = applying._transact

    def alone(db: Database, applier: applying.Applier, *more: Any) -> tuple[int, bool]:
        return together(db, replace(applier, apart=True), *more)

    monkeypatch.setattr(applying, "_transact", alone)
    monkeypatch.setattr(applying, "SHORT_S", 0.0)
    monkeypatch.setattr(applying, "LONG_S", 0.0)
    understand(apart)
    assert count(whole, Event) > 60
    for model in OUTCOMES:
        assert _rows(whole, model) == _rows(apart, model), model.__name__


def test_what_breaks_us_costs_its_neighbours_nothing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, the_log: pytest.LogCaptureFixture
) -> None:
    """The first attempt is taken back whole, counts too."""
    told = [wrote(_before(stage, n), BAD if n == 3 else "hello", mid=f"m{n}") for n in range(6)]
    for one in told:
        post(stage, one)
    meet = meeting.apply

    def apply(session: Any, channel: Any, raw_id: int, part: Any, *more: Any) -> None:
        meet(session, channel, raw_id, part, *more)
        if part.text == BAD:
            raise ValueError("broken")

    monkeypatch.setattr(meeting, "apply", apply)
    understand(stage)
    assert ONE_BY_ONE in the_log.text
    assert count(stage, Event) == 5
    states = [raw["state"] for raw in _rows(stage, RawEvent)]
    assert states == ["applied"] * 3 + ["set_aside"] + ["applied"] * 2
    assert [it["reason"] for it in _rows(stage, SetAside)] == ["It could not be applied: broken"]
    assert sum(day["inbound"] for day in _rows(stage, RollupDay)) == 5


def test_posts_of_two_brands_are_one_piece(stage: Stage, the_log: pytest.LogCaptureFixture) -> None:
    for n in range(4):
        post(stage, wrote(_before(stage, n), mid=f"m{n}"))
        post(stage, raw=_to_other(stage, n))
    understand(stage)
    assert ONE_BY_ONE not in the_log.text
    met = [(it["brand_id"], it["subscriber_id"]) for it in _rows(stage, Event)]
    ours, theirs = stage.people.rosewood, stage.people.other
    assert met == [(ours, stage.people.ben), (theirs, stage.people.eva)] * 4


def _tell_much(stage: Stage) -> None:
    """Answers to a broadcast, in a random order; people known and new, wishes, what is no use."""
    chance = random.Random(5)
    broadcast = sent_broadcast(stage)
    told = answers(stage, stage.rows(broadcast)["Ana"].id or 0)
    words = ("hello", "STOP", "START", "how much?")
    for n in range(60):
        who = chance.choice(("1", "2", "3", "4", "n1", "n2", "n3"))
        told.append(wrote(_before(stage, n), chance.choice(words), who, mid=f"m{n}"))
    told.append(event(_before(stage, 1), "9", nobody_knows=1))
    chance.shuffle(told)
    for one in told:
        post(stage, one)
    post(stage, raw=b"no json")
    post(stage, *told[:9])


def _before(stage: Stage, minutes: int) -> datetime:
    return stage.clock.now() - timedelta(minutes=minutes + 1)


def _to_other(stage: Stage, number: int) -> bytes:
    told = {"sender": {"id": "1"}, "recipient": {"id": "900800700"},
            "timestamp": ms(_before(stage, number)),
            "message": {"mid": f"o{number}", "text": "hello"}}  # fmt: skip
    return json.dumps(
        {"object": "page", "entry": [{"id": "900800700", "messaging": [told]}]}
    ).encode()


def _rows(stage: Stage, model: Any) -> list[dict[str, Any]]:
    """All of a table, in the order in which they came."""
    with stage.house.db.reader(EVERY_BRAND) as session:
        rows = session.exec(select(model).order_by(*model.__table__.primary_key.columns))
        return [row.model_dump(exclude=OWN.get(model, set())) for row in rows]


@pytest.mark.parametrize(("lost", "left"), [(2, 0), (3, 1)])
def test_where_another_writer_was_first_the_same_posts_are_taken_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, lost: int, left: int
) -> None:
    """Three times; then they are left for the next tick, none of them spoiled."""
    applied, races = meeting.apply, iter(range(lost))

    def first_lost(*args: Any, **more: Any) -> Any:
        if next(races, None) is not None:
            raise OperationalError("UPDATE channel", {}, DeadlockDetected("deadlock detected"))
        return applied(*args, **more)

    monkeypatch.setattr(meeting, "apply", first_lost)
    post(stage, wrote(stage.clock.now(), "hello", "1"))
    if left:
        with pytest.raises(OperationalError):
            understand(stage)
    else:
        understand(stage)
    with stage.house.db.reader(EVERY_BRAND) as session:
        row = session.exec(select(RawEvent)).one()
        assert (row.state, row.attempts) == ("new" if left else "applied", 0)
