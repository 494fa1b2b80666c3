"""The database fails in the middle of a turn: what was heard or claimed is not forgotten."""

from __future__ import annotations

from collections.abc import Callable
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
    assert len(sender.overdue) == 1
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
    assert len(sender.ready) == 1
    stage.clock.advance(seconds=-5)
    once(monkeypatch, recording, "record")
    with pytest.raises(Away):
        sender.turn()
    run(stage, sender)
    assert stage.rows(broadcast)["Ana"].state == DeliveryState.SENT
    assert len(stage.transport.sent) == 1
