"""The database fails in the middle of a turn: what was heard or claimed is not forgotten."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, update

from tests.stage import Stage
from webapp.db import EVERY_BRAND
from webapp.domain.delivery import DeliveryState
from webapp.models.delivery import Delivery
from webapp.services import claiming, halting, recording, recovering
from webapp.services.sending import Sender
from webapp.store import workers

A_DAY = timedelta(days=1)


class Away(Exception):
    """The database, for a moment."""


def once(monkeypatch: pytest.MonkeyPatch, owner: object, name: str) -> None:
    """The next call fails, and those after it work again."""
    works: Callable[..., object] = getattr(owner, name)

    def fails(*_: object, **__: object) -> None:
        monkeypatch.setattr(owner, name, works)
        raise Away

    monkeypatch.setattr(owner, name, fails)


def run(stage: Stage, sender: Sender) -> None:
    """As the process does: a turn that fails is followed by another one."""
    for _ in range(60):
        try:
            sender.turn()
        except Away:
            stage.clock.advance(seconds=1)
        stage.clock.advance(milliseconds=25)
    recovering.finish_runs(stage.house.db, stage.clock.now())


def test_answers_that_could_not_be_written_down_are_written_down_later(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    broadcast = stage.broadcast()
    stage.start()
    once(monkeypatch, recording, "record")
    run(stage, stage.sender())
    assert stage.rows(broadcast)["Ana"].state == DeliveryState.SENT
    assert stage.state(broadcast) == "done"
    assert len(stage.transport.sent) == 1


def test_claims_whose_mark_could_not_be_written_go_out_later(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    broadcast = stage.broadcast()
    stage.start()
    once(monkeypatch, halting, "mark")
    run(stage, stage.sender())
    assert stage.rows(broadcast)["Ana"].state == DeliveryState.SENT
    assert len(stage.transport.sent) == 1


@pytest.mark.parametrize("happened", [True, False])
def test_a_claim_whose_commit_nobody_confirmed_is_given_back(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, *, happened: bool
) -> None:
    broadcast = stage.broadcast()
    stage.start()
    sender, commit = stage.sender(), Session.commit

    def unconfirmed(session: Session) -> None:
        if not claimed(session):
            commit(session)
            return
        monkeypatch.setattr(Session, "commit", commit)
        if happened:
            commit(session)
        raise Away

    def claimed(session: Session) -> bool:
        theirs = col(Delivery.state) == DeliveryState.CLAIMED
        return session.exec(update(Delivery).where(theirs).values(detail=None)).rowcount > 0

    monkeypatch.setattr(Session, "commit", unconfirmed)
    run(stage, sender)
    assert Session.commit is commit, "a claim was committed"
    assert stage.rows(broadcast)["Ana"].state == DeliveryState.SENT
    assert len(stage.transport.sent) == 1


def test_a_claim_that_waits_for_another_slot_is_not_given_back_as_well(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    broadcast = stage.broadcast()
    stage.start()
    sender, commit = stage.sender(), Session.commit
    sender.turn()
    stage.clock.advance(milliseconds=650)
    once(monkeypatch, Session, "commit")
    with pytest.raises(Away):
        sender.turn()
    assert Session.commit is commit
    assert len(sender.hand.overdue) == 1
    for _ in range(60):
        sender.turn()
        stage.clock.advance(milliseconds=25)
    assert stage.rows(broadcast)["Ana"].state == DeliveryState.SENT
    assert len(stage.transport.sent) == 1


def test_many_broadcasts_at_once_go_out_although_each_claim_takes_long(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [stage.broadcast() for _ in range(30)]
    stage.start()
    claim = claiming.claim

    def slow(*about: Any, **more: Any) -> claiming.Wave:
        stage.clock.advance(milliseconds=60)
        return claim(*about, **more)

    monkeypatch.setattr(claiming, "claim", slow)
    sender = stage.sender()
    for _ in range(80):
        sender.turn()
        stage.clock.advance(milliseconds=25)
    states = [stage.rows(broadcast)["Ana"].state for broadcast in made]
    assert states == [DeliveryState.SENT] * len(made)
    assert len(stage.transport.sent) == len(made)


def test_what_a_buried_process_claimed_in_its_sleep_becomes_unknown(stage: Stage) -> None:
    broadcast = stage.broadcast()
    stage.start()
    sleeper = stage.sender()
    stage.clock.advance(minutes=5)
    recovering.bury_dead(stage.house.db, stage.clock.now())
    with stage.house.db.writer(EVERY_BRAND) as session:  # the commit it slept before
        queued = col(Delivery.state) == DeliveryState.QUEUED
        values = {"state": int(DeliveryState.CLAIMED), "worker_id": sleeper.worker_id}
        assert session.exec(update(Delivery).where(queued).values(values)).rowcount == 1
        session.commit()
    assert recovering.bury_dead(stage.house.db, stage.clock.now()) == 1
    assert stage.rows(broadcast)["Ana"].state == DeliveryState.UNKNOWN
    with stage.house.db.reader(EVERY_BRAND) as session:
        assert workers.woken(session, stage.clock.now() - recovering.BURIED_LATELY) == []


def test_claims_given_back_while_the_database_is_away_are_not_asked_as_well(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clock set back: what waits for a slot far ahead goes back, and may fail to."""
    broadcast = stage.broadcast()
    stage.start()
    sender = stage.sender()
    sender.turn()
    assert len(sender.hand.ready) == 1
    stage.clock.advance(seconds=-5)
    once(monkeypatch, recording, "record")
    with pytest.raises(Away):
        sender.turn()
    run(stage, sender)
    assert stage.rows(broadcast)["Ana"].state == DeliveryState.SENT
    assert len(stage.transport.sent) == 1


def test_messages_go_out_where_every_claim_takes_a_good_part_of_a_second(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that writes slowly, a machine that is busy: slots begin after what it takes."""
    broadcast, claim = stage.broadcast(), claiming.claim
    stage.start()

    def slow(*about: Any, **more: Any) -> claiming.Wave:
        stage.clock.advance(milliseconds=450)
        return claim(*about, **more)

    monkeypatch.setattr(claiming, "claim", slow)
    sender = stage.sender()
    for _ in range(400):
        sender.turn()
        stage.clock.advance(milliseconds=25)
    assert stage.rows(broadcast)["Ana"].state == DeliveryState.SENT
    assert len(stage.transport.sent) == 1


@pytest.mark.parametrize("set_by", [timedelta(minutes=-10), timedelta(hours=25)])
def test_the_dead_are_known_by_their_silence_whatever_the_clock_shows(
    stage: Stage, set_by: timedelta
) -> None:
    broadcast = stage.broadcast()
    stage.start()
    stage.transport.silent = True
    stage.run(stage.sender(), turns=3)
    assert stage.totals(broadcast).claimed == 1
    passed = [0.0]
    watch = recovering.Watch(lambda: passed[0])
    stage.clock.moment += set_by
    assert recovering.bury_dead(stage.house.db, stage.clock.now(), watch) == 0
    passed[0] += workers.LEASE.total_seconds()
    assert recovering.bury_dead(stage.house.db, stage.clock.now(), watch) == 1
    assert stage.rows(broadcast)["Ana"].state == DeliveryState.UNKNOWN


def test_a_living_worker_whose_clock_is_slow_is_not_buried(stage: Stage) -> None:
    stage.start()
    sender, passed = stage.sender(), [0.0]
    watch = recovering.Watch(lambda: passed[0])
    for _ in range(20):
        stage.run(sender, turns=1)
        assert recovering.bury_dead(stage.house.db, stage.clock.now() + A_DAY, watch) == 0
        stage.clock.advance(seconds=2)
        passed[0] += 2
    with stage.house.db.reader(EVERY_BRAND) as session:
        assert [it.id for it in workers.not_ended(session)] == [sender.worker_id]


def test_a_sender_that_waited_long_for_its_turn_to_write_keeps_its_claims(stage: Stage) -> None:
    """Behind a long import on SQLite; nobody buried it meanwhile."""
    broadcast = stage.broadcast()
    stage.start()
    sender = stage.sender()
    before = sender.worker_id
    stage.transport.silent = True
    stage.run(sender, turns=3)
    stage.clock.advance(seconds=workers.LEASE.total_seconds() + 1)
    watch, own = recovering.Watch(iter([0.0, 60.0, 120.0]).__next__), os.getpid()
    for _ in range(3):
        assert recovering.bury_dead(stage.house.db, stage.clock.now(), watch, spared=own) == 0
    stage.transport.silent = False
    stage.run(sender)
    assert sender.worker_id == before
    assert stage.rows(broadcast)["Ana"].state == DeliveryState.SENT


@pytest.mark.parametrize("is_running", [True, False])
def test_a_clock_that_was_set_back_makes_no_database_look_old(
    stage: Stage,
    monkeypatch: pytest.MonkeyPatch,
    is_running: bool,  # noqa: FBT001 - a case
) -> None:
    stage.broadcast()
    stage.start()
    sender = stage.sender()
    run(stage, sender)
    if not is_running:
        sender.leave()
    stage.clock.advance(hours=-1)
    sender = sender if is_running else stage.sender()
    other = stage.broadcast()
    stage.start()
    # The process dies each time before it has noted a wave that it claimed.
    monkeypatch.setattr(Sender, "_mark_sent", lambda *_: None)
    run(stage, sender)
    assert stage.rows(other)["Ana"].state == DeliveryState.SENT
    stage.sender()
    with stage.house.db.reader(EVERY_BRAND) as session:
        assert halting.current(session) is None
