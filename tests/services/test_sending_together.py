"""What one sender owes to others: the person, the channel's other broadcasts, what came before."""

from __future__ import annotations

import json
import logging
import math
from datetime import timedelta

import pytest
from sqlalchemy import event

from tests import fakes
from tests.services.test_house_rules import person
from tests.services.test_receiving import post, wrote
from tests.stage import Stage
from webapp.domain.delivery import DeliveryState
from webapp.models.channel import Channel
from webapp.platforms.wire import Reply, Request
from webapp.services import applying, claiming, unread
from webapp.services.wave_sizes import MOST_IN_FLIGHT

NINA = "+5511900000001"


def test_a_person_who_had_too_many_waits_alone(stage: Stage) -> None:
    """WhatsApp's pair rate, 131056: retried after 4 to the power of the tries; others go on."""
    with stage.house.db.writer(stage.people.rosewood) as session:
        session.get_one(Channel, stage.people.channel).platform = "whatsapp"
        for name, key in (("Nina", "5511900000001"), ("Otto", "5511900000002")):
            made = person(session, stage, name, None, 20)
            made.key = key
            stage.opt_in(session, made.id or 0)
        session.commit()
    broadcast = stage.broadcast()
    stage.start()
    asked: list[str] = []

    def answer(request: Request) -> Reply:
        to = str(json.loads(request.body or b"{}").get("to"))
        asked.append(to)
        busy = to == NINA and asked.count(to) <= 3
        return fakes.refuses(131056)(request) if busy else fakes.accepts_on_whatsapp(request)

    stage.transport.answer = answer
    sender, seen = stage.sender(), []
    for _ in range(40):
        stage.run(sender, turns=20)
        rows = stage.rows(broadcast)
        seen.append((rows["Nina"].state, rows["Otto"].state))
        stage.clock.advance(seconds=1)
    assert seen[0] == (DeliveryState.QUEUED, DeliveryState.SENT), "only she waits"
    assert seen[-1] == (DeliveryState.SENT, DeliveryState.SENT)
    assert asked.count(NINA) == 4
    with stage.house.db.reader(stage.people.rosewood) as session:
        assert session.get_one(Channel, stage.people.channel).resume_at is None


def test_what_people_said_during_a_downtime_counts_before_anybody_is_written_to(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "webapp.services.unread")
    broadcast = stage.broadcast()
    stage.start()
    post(stage, wrote(stage.clock.now(), "STOP", person="1"))
    sender = stage.sender()
    stage.run(sender, turns=40)
    assert stage.transport.sent == [], "her STOP is on disk and not read yet"
    assert _said(caplog) == ["nobody is written to before what people said is read: 1 webhooks"]
    assert _is_held(stage), "its page says why nothing goes out"
    house = stage.house
    applying.apply_new(house.db, house.vault, house.platforms, house.book, stage.clock.now())
    stage.run(sender)
    assert stage.rows(broadcast)["Ana"].state == DeliveryState.SKIPPED
    assert stage.transport.sent == []
    assert _said(caplog)[1:] == ["what people said is read: sending goes on"]
    assert not _is_held(stage)


def _said(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [it.getMessage() for it in caplog.records if it.name == "webapp.services.unread"]


def _is_held(stage: Stage) -> bool:
    with stage.house.db.reader(stage.people.rosewood) as session:
        return unread.holds_everybody(session, stage.clock.now())


def test_what_comes_while_it_is_sending_holds_nobody_up(stage: Stage) -> None:
    broadcast = stage.broadcast()
    stage.start()
    sender = stage.sender()
    sender.turn()
    stage.clock.advance(seconds=1)
    post(stage, wrote(stage.clock.now(), "hello", person="1"))
    assert not _is_held(stage)
    stage.run(sender)
    assert stage.rows(broadcast)["Ana"].state == DeliveryState.SENT


@pytest.mark.parametrize("stall_ms", [0, 60])
def test_all_broadcasts_of_a_channel_together_claim_one_wave(stage: Stage, stall_ms: int) -> None:
    """Also on a busy machine, where slots are missed and their claims wait for others."""
    rate = 40
    with stage.house.db.writer(stage.people.rosewood) as session:
        session.get_one(Channel, stage.people.channel).rate_per_second = rate
        for number in range(12):
            person(session, stage, f"P{number}", None, 20)
        session.commit()
    made = [stage.broadcast() for _ in range(5)]
    stage.start()
    sender, most, began = stage.sender(), 0, stage.clock.now()
    while any(stage.totals(it).queued for it in made):
        sender.turn()
        most = max(most, len(sender.hand.ready) + len(sender.hand.overdue))
        stage.clock.advance(milliseconds=5 + (stall_ms if sender.hand.ready else 0))
        assert stage.clock.now() < began + timedelta(seconds=30), "none is starved"
    assert most <= math.ceil(rate * claiming.WAVE_S)
    assert len(stage.transport.sent) <= 5 * 13 < MOST_IN_FLIGHT


def test_slots_begin_after_the_wait_for_another_sender(stage: Stage) -> None:
    """All senders of a channel take its slots from one row. Slots reckoned from before the wait for
    it would be over when their messages are claimed."""
    stage.broadcast()
    stage.start()
    sender, engine, waited = stage.sender(), stage.house.db.engine, []

    def wait(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if statement.startswith("SELECT rate_bucket") and not waited:
            waited.append(stage.clock.advance(milliseconds=300))

    event.listen(engine, "before_cursor_execute", wait)
    sender.turn()
    event.remove(engine, "before_cursor_execute", wait)
    assert waited
    assert not sender.hand.overdue
    assert [claim.slot >= stage.clock.now() for claim in sender.hand.ready] == [True]
