"""The contract of sending: nothing twice, nothing vanishes, nothing outside the rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from tests import fakes
from tests.stage import Stage
from webapp.domain import delivery, rate, remark
from webapp.domain.delivery import DeliveryState
from webapp.models.broadcast import Broadcast
from webapp.models.channel import Channel
from webapp.models.subscriber import Subscriber
from webapp.platforms.wire import Reply, Request, TransportError
from webapp.services import claiming, recording, recovering, starting, steering, wave_sizes

SENT, SKIPPED = DeliveryState.SENT, DeliveryState.SKIPPED


def test_everyone_is_accounted_for_with_a_reason(stage: Stage) -> None:
    broadcast = stage.broadcast()
    stage.start()
    stage.run(stage.sender())
    rows = stage.rows(broadcast)
    assert {name: (row.state, row.reason) for name, row in rows.items()} == {
        "Ana": (SENT, None),
        "Ben": (SKIPPED, "messenger.window.24h"),
        "Cara": (SKIPPED, "consent.stop"),
        "Dao": (SKIPPED, "messenger.window.24h"),
    }
    assert stage.totals(broadcast).adds_up
    assert stage.state(broadcast) == "done"


def test_the_message_goes_out_rendered_with_our_mark(stage: Stage) -> None:
    broadcast = stage.broadcast()
    stage.start()
    stage.run(stage.sender())
    (body,) = stage.transport.bodies()
    row = stage.rows(broadcast)["Ana"]
    assert body["recipient"] == {"id": "1"}
    key = delivery.key_of(row.id or 0, row.epoch)
    assert row.epoch is not None
    assert body["message"] == {"text": "Hello Ana", "metadata": key}
    assert row.platform_message_id == f"m_{key}"


def test_a_sent_row_explains_itself(stage: Stage) -> None:
    broadcast = stage.broadcast()
    stage.start()
    stage.run(stage.sender())
    row = stage.rows(broadcast)["Ana"]
    assert row.route == "window"
    assert "messenger.window.24h" in row.rule_ids.split()
    assert row.rulebook_version == stage.house.book.version
    assert row.window_ends_at is not None
    assert row.decided_at is not None
    assert row.window_ends_at > row.decided_at


def test_a_second_clock_does_not_start_a_run_again(stage: Stage) -> None:
    broadcast = stage.broadcast()
    stage.start()
    stage.start()
    stage.run(stage.sender())
    stage.start()
    stage.run(stage.sender())
    assert len(stage.transport.sent) == 1
    assert stage.totals(broadcast).audience == 4


def test_an_opt_out_after_the_plan_is_respected_at_the_claim(stage: Stage) -> None:
    broadcast = stage.broadcast()
    stage.start()
    with stage.house.db.writer(stage.people.rosewood) as session:
        session.get_one(Subscriber, stage.people.ana).opted_out_at = stage.clock.now()
        session.commit()
    stage.run(stage.sender())
    assert stage.transport.sent == []
    assert stage.rows(broadcast)["Ana"].reason == "consent.stop"


def test_a_window_that_closed_after_the_plan_is_respected_at_the_claim(stage: Stage) -> None:
    broadcast = stage.broadcast()
    stage.start()
    stage.clock.advance(hours=23)
    stage.run(stage.sender())
    assert stage.transport.sent == []
    assert stage.rows(broadcast)["Ana"].reason == "messenger.window.24h"


@pytest.mark.parametrize(
    ("answer", "state", "reason"),
    [
        (fakes.refuses(551, 1545041), DeliveryState.FAILED, "551/1545041"),
        (fakes.refuses(10, 2018278), DeliveryState.FAILED, "10/2018278"),
        (fakes.refuses(1200), DeliveryState.UNKNOWN, "1200"),
        (lambda _r: fakes.Reply(500, {}, b"oops"), DeliveryState.UNKNOWN, "no answer"),
        (lambda _r: fakes.Reply(200, {}, b"{}"), DeliveryState.UNKNOWN, "no answer"),
        (
            fakes.breaks(TransportError.TIMEOUT, written=True),
            DeliveryState.UNKNOWN,
            "no answer",
        ),
        (fakes.refuses(613), DeliveryState.QUEUED, None),
        (fakes.breaks(TransportError.REFUSED, written=False), DeliveryState.QUEUED, None),
        (fakes.refuses(190, 463), DeliveryState.QUEUED, None),
    ],
)
def test_each_class_of_answer_ends_where_it_should(
    stage: Stage, answer: fakes.Answering, state: DeliveryState, reason: str | None
) -> None:
    broadcast = stage.broadcast()
    stage.start()
    stage.transport.answer = answer
    stage.run(stage.sender())
    row = stage.rows(broadcast)["Ana"]
    assert (row.state, row.reason) == (state, reason)
    assert len(stage.transport.sent) == 1
    assert stage.totals(broadcast).adds_up


def test_the_platforms_word_about_a_window_beats_ours(stage: Stage) -> None:
    stage.broadcast()
    stage.start()
    stage.transport.answer = fakes.refuses(10, 2018278)
    stage.run(stage.sender())
    with stage.house.db.reader(stage.people.rosewood) as session:
        ana = session.get_one(Subscriber, stage.people.ana)
    assert ana.window_ends_at is not None
    assert ana.window_ends_at <= stage.clock.now()


def test_a_dead_token_stops_its_channel_alone_and_says_what_to_do(stage: Stage) -> None:
    broadcast = stage.broadcast()
    stage.start()
    stage.transport.answer = fakes.refuses(190, 463)
    stage.run(stage.sender())
    with stage.house.db.reader(stage.people.rosewood) as session:
        channel = session.get_one(Channel, stage.people.channel)
    assert channel.state == "stopped"
    assert channel.stopped_reason is not None
    assert channel.stopped_reason["code"] == "190/463"
    assert stage.state(broadcast) == "sending"
    assert stage.totals(broadcast).queued == 1


def test_a_secret_that_cannot_be_opened_stops_its_channel_alone(stage: Stage) -> None:
    broadcast = stage.broadcast()
    with stage.house.db.writer(stage.people.rosewood) as session:
        session.get_one(Channel, stage.people.channel).access_token = "sealed with another key"
        session.commit()
    stage.start()
    stage.run(stage.sender())
    with stage.house.db.reader(stage.people.rosewood) as session:
        assert session.get_one(Channel, stage.people.channel).state == "stopped"
    assert stage.totals(broadcast).queued == 1


def test_sending_goes_on_after_the_wait_the_platform_asked_for(stage: Stage) -> None:
    broadcast = stage.broadcast()
    stage.start()
    sender = stage.sender()
    stage.transport.answer = fakes.refuses(613)
    stage.run(sender, turns=5)
    stage.transport.answer = fakes.accepts
    stage.clock.advance(minutes=20)
    stage.run(sender)
    assert stage.rows(broadcast)["Ana"].state == SENT


def test_a_channel_rests_where_the_platform_says_that_its_limit_is_nearly_used_up(
    stage: Stage,
) -> None:
    """Though it takes every message: further calls would only make the block longer."""
    with_more_people(stage, 60)
    broadcast = stage.broadcast()
    stage.start()
    told = '{"1": [{"type": "messenger", "call_count": 97, "estimated_time_to_regain_access": 3}]}'
    stage.transport.answer = lambda request: replace(
        fakes.accepts(request), headers={"x-business-use-case-usage": told}
    )
    stage.run(sender := stage.sender())
    with stage.house.db.reader(stage.people.rosewood) as session:
        until = session.get_one(Channel, stage.people.channel).resume_at
    assert until is not None
    assert timedelta(minutes=2) < until - stage.clock.now() <= timedelta(minutes=3)
    asked = len(stage.transport.bodies())
    stage.clock.advance(minutes=2)
    stage.run(sender)
    assert len(stage.transport.bodies()) == asked
    stage.transport.answer = fakes.accepts
    stage.clock.advance(minutes=1)
    stage.run(sender)
    assert len(stage.transport.bodies()) > asked
    assert stage.totals(broadcast).adds_up


def test_wrong_content_stops_the_broadcast_before_its_next_row(stage: Stage) -> None:
    broadcast = stage.broadcast()
    stage.start()
    stage.transport.answer = fakes.refuses(100, 2018014)
    stage.run(stage.sender())
    with stage.house.db.reader(stage.people.rosewood) as session:
        row = session.get_one(Broadcast, broadcast)
    assert row.state == "paused"
    assert row.state_reason


def test_claims_of_a_dead_process_become_unknown_and_are_never_sent_again(stage: Stage) -> None:
    broadcast = stage.broadcast()
    stage.start()
    stage.transport.silent = True
    stage.run(stage.sender(), turns=3)
    assert stage.totals(broadcast).claimed == 1
    stage.clock.advance(seconds=60)
    recovering.bury_dead(stage.house.db, stage.clock.now())
    assert stage.rows(broadcast)["Ana"].state == DeliveryState.UNKNOWN
    stage.transport.silent = False
    stage.transport.waiting.clear()
    stage.run(stage.sender())
    assert len(stage.transport.sent) == 1
    assert stage.totals(broadcast).adds_up
    assert stage.state(broadcast) == "done"


def test_a_woken_stale_worker_writes_nothing(stage: Stage) -> None:
    broadcast = stage.broadcast()
    stage.start()
    sleeper = stage.sender()
    stage.transport.silent = True
    stage.run(sender=sleeper, turns=3)
    stage.clock.advance(minutes=5)
    recovering.bury_dead(stage.house.db, stage.clock.now())
    stage.transport.silent = False
    stage.run(sleeper, turns=3)
    assert stage.rows(broadcast)["Ana"].state == DeliveryState.UNKNOWN


def test_a_pause_holds_from_the_next_claim_on(stage: Stage) -> None:
    broadcast = stage.broadcast()
    stage.start()
    with stage.house.db.writer(stage.people.rosewood) as session:
        steering.pause(session, stage.actor(), broadcast, stage.clock.now())
    sender = stage.sender()
    stage.run(sender)
    assert stage.transport.sent == []
    with stage.house.db.writer(stage.people.rosewood) as session:
        steering.resume(session, stage.actor(), broadcast, stage.clock.now())
    stage.run(sender)
    assert stage.rows(broadcast)["Ana"].state == SENT


def test_a_cancelled_broadcast_leaves_its_queue_cancelled(stage: Stage) -> None:
    broadcast = stage.broadcast()
    stage.start()
    with stage.house.db.writer(stage.people.rosewood) as session:
        steering.cancel(session, stage.actor(), broadcast, stage.clock.now())
    stage.run(stage.sender())
    assert stage.transport.sent == []
    assert stage.totals(broadcast).cancelled == 1
    assert stage.totals(broadcast).adds_up


@pytest.mark.parametrize("code", [613, 190])
def test_what_comes_back_after_a_cancel_is_cancelled_with_it(stage: Stage, code: int) -> None:
    broadcast = stage.broadcast()
    stage.start()
    sender = stage.sender()
    stage.transport.silent, stage.transport.answer = True, fakes.refuses(code)
    stage.run(sender, turns=4)
    assert len(stage.transport.sent) == 1, "in flight when it is cancelled"
    with stage.house.db.writer(stage.people.rosewood) as session:
        steering.cancel(session, stage.actor(), broadcast, stage.clock.now())
    stage.transport.silent = False
    stage.run(sender)
    row = stage.rows(broadcast)["Ana"]
    assert (row.state, row.reason) == (DeliveryState.CANCELLED, "broadcast.cancelled")
    assert row.finished_at is not None
    assert stage.totals(broadcast).queued == 0
    assert stage.totals(broadcast).adds_up


def test_a_start_missed_by_downtime_runs_late_inside_its_grace(stage: Stage) -> None:
    broadcast = stage.broadcast()
    stage.clock.advance(minutes=29)
    stage.start()
    assert stage.state(broadcast) == "sending"


def test_beyond_its_grace_it_is_missed_and_says_so(stage: Stage) -> None:
    broadcast = stage.broadcast()
    stage.clock.advance(minutes=31)
    stage.start()
    assert stage.state(broadcast) == "missed"
    assert stage.totals(broadcast).audience == 0


def test_an_approval_of_something_else_starts_nothing(stage: Stage) -> None:
    broadcast = stage.broadcast(approval_hash="another")
    with stage.house.db.writer(stage.people.rosewood) as session:
        session.get_one(Broadcast, broadcast).approval_hash = "another"
        session.commit()
    starting.start_due(stage.house.db, stage.house.book, stage.clock.now())
    assert stage.state(broadcast) == "missed"


def test_a_person_whose_message_cannot_be_made_does_not_stop_the_others(stage: Stage) -> None:
    with stage.house.db.writer(stage.people.rosewood) as session:
        ben = session.get_one(Subscriber, stage.people.ben)
        ben.window_ends_at = stage.clock.now() + timedelta(hours=5)
        ben.first_name = "B" * 200
        session.commit()
    broadcast = stage.broadcast(text="x" * 1900 + "{{first_name|you}}")
    stage.start()
    stage.run(stage.sender())
    rows = {row.subscriber_id: row for row in stage.rows(broadcast).values()}
    assert rows[stage.people.ana].state == SENT
    assert (rows[stage.people.ben].state, rows[stage.people.ben].reason) == (
        SKIPPED,
        "content.too_long",
    )


def test_two_brands_never_meet_in_a_ledger(stage: Stage) -> None:
    broadcast = stage.broadcast()
    stage.start()
    stage.run(stage.sender())
    with stage.house.db.reader(stage.people.other) as session:
        assert session.exec(select(Broadcast.id)).all() == []
    assert "Eva" not in stage.rows(broadcast)


def with_more_people(stage: Stage, people: int, rate: int = 300) -> None:
    """So many more with an open window, on a fast channel."""
    now = stage.clock.now()
    with stage.house.db.writer(stage.people.rosewood) as session:
        session.get_one(Channel, stage.people.channel).rate_per_second = rate
        session.add_all(
            Subscriber(
                brand_id=stage.people.rosewood, channel_id=stage.people.channel, key=f"m{n}",
                window_ends_at=now + timedelta(hours=20), created_at=now, updated_at=now,
            )
            for n in range(people)
        )  # fmt: skip
        session.commit()


def test_a_broadcast_of_which_half_is_refused_pauses_and_says_why(stage: Stage) -> None:
    with_more_people(stage, 150)
    broadcast = stage.broadcast()
    stage.start()
    stage.transport.answer = fakes.refuses(551, 1545041)
    stage.run(stage.sender(), turns=80)
    totals = stage.totals(broadcast)
    assert stage.state(broadcast) == "paused"
    assert totals.adds_up
    assert totals.failed >= 100
    assert totals.waiting > 0, "it paused before everybody was asked"
    with stage.house.db.reader(stage.people.rosewood) as session:
        reason = session.get_one(Broadcast, broadcast).state_reason
    assert reason is not None
    assert "of the last 100 messages were refused" in str(reason).replace("%(last)s", "100")
    with stage.house.db.writer(stage.people.rosewood) as session:
        steering.resume(session, stage.actor(), broadcast, stage.clock.now())
    stage.transport.answer = fakes.accepts
    stage.run(stage.sender(), turns=80)
    assert stage.totals(broadcast).waiting == 0
    assert stage.state(broadcast) == "done"


def test_a_broadcast_that_gets_no_clear_answers_pauses_before_all_of_it_is_unknown(
    stage: Stage,
) -> None:
    with_more_people(stage, 150)
    broadcast = stage.broadcast()
    stage.start()
    stage.transport.answer = lambda _: Reply(502, {"content-type": "text/html"}, b"<h1>Bad</h1>")
    stage.run(stage.sender(), turns=80)
    totals = stage.totals(broadcast)
    assert (stage.state(broadcast), totals.adds_up) == ("paused", True)
    assert totals.unknown >= 100
    assert totals.waiting > 0, "it paused before everybody was asked"
    with stage.house.db.reader(stage.people.rosewood) as session:
        reason = remark.from_json(session.get_one(Broadcast, broadcast).state_reason)
    assert "had no clear answer" in str(reason)


def test_a_wave_that_is_refused_counts_as_one_refusal(stage: Stage) -> None:
    with_more_people(stage, 60)
    broadcast = stage.broadcast()
    stage.start()
    stage.transport.silent = True
    sender = stage.sender()
    stage.run(sender, turns=6)
    assert stage.transport.in_flight > 8
    stage.transport.silent, stage.transport.answer = False, fakes.refuses(613)
    stage.run(sender, turns=2)
    with stage.house.db.reader(stage.people.rosewood) as session:
        resume_at = session.get_one(Channel, stage.people.channel).resume_at
    assert resume_at is not None
    assert resume_at - stage.clock.now() < timedelta(seconds=6)
    assert stage.totals(broadcast).adds_up


def test_waves_become_small_enough_to_be_asked_in_their_time(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_more_people(stage, 400, rate=1_000_000)
    broadcast = stage.broadcast()
    stage.start()
    sender, submit = stage.sender(), stage.transport.submit

    good_for = timedelta(milliseconds=25) + rate.GRACE  # a slot

    def slowly(request: Request, token: object) -> None:
        stage.clock.advance(microseconds=good_for // timedelta(microseconds=1) // 62)  # 62 fit
        submit(request, token)

    monkeypatch.setattr(stage.transport, "submit", slowly)
    stage.run(sender, turns=120)
    assert wave_sizes.LEAST_ROOM <= sender.sizes.most <= 120
    assert stage.totals(broadcast).sent == 401
    assert len(stage.transport.sent) == 401, "nobody is asked twice"


def test_whose_slot_passes_while_answers_are_written_down_does_not_wait_for_a_claim_as_well(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_more_people(stage, 100)
    stage.broadcast()
    stage.start()
    sender = stage.sender()
    record, claim = recording.record, claiming.claim
    waiting: list[timedelta] = []

    def slowly(*about: Any) -> None:
        stage.clock.advance(milliseconds=10)
        record(*about)

    def watched(*about: Any, **more: Any) -> claiming.Wave:
        waiting.extend(stage.clock.now() - it.slot for it in sender.hand.ready)
        return claim(*about, **more)

    monkeypatch.setattr(recording, "record", slowly)
    monkeypatch.setattr(claiming, "claim", watched)
    for _ in range(60):
        sender.turn()
        stage.clock.advance(milliseconds=5)
    assert waiting
    assert max(waiting) < timedelta(), "nobody whose slot has come waits for the next claim"


def test_a_clock_that_is_set_back_an_hour_holds_nobody_up_for_it(stage: Stage) -> None:
    with_more_people(stage, 60)
    broadcast = stage.broadcast()
    stage.start()
    sender = stage.sender()
    stage.run(sender, turns=2)
    assert stage.totals(broadcast).waiting > 0
    stage.clock.advance(hours=-1)
    stage.run(sender, turns=100)  # two and a half seconds
    assert stage.totals(broadcast).sent == 61
    assert len(stage.transport.sent) == 61, "nobody is asked twice"


def test_answers_are_written_down_within_one_wave(stage: Stage) -> None:
    with_more_people(stage, 60)
    broadcast = stage.broadcast()
    stage.start()
    sender = stage.sender()
    for _ in range(24):
        sender.turn()
        stage.clock.advance(milliseconds=10)
        totals = stage.totals(broadcast)
        assert totals.claimed <= stage.transport.in_flight + 30
    stage.run(sender)
    assert stage.totals(broadcast).sent == 61
