"""A broadcast spread over a period: evenly, over all senders, after a pause and after a crash."""

from __future__ import annotations

from datetime import timedelta

from sqlmodel import Session

from tests.stage import Stage
from webapp.models.broadcast import Occurrence
from webapp.models.subscriber import Subscriber
from webapp.services import recovering, steering
from webapp.services.sending import Sender
from webapp.store import occurrences, spreads

PEOPLE = 30
OVER = {"schedule": {"mode": "now", "spread_minutes": 5}}


def crowd(stage: Stage, people: int = PEOPLE) -> None:
    """With Ana so many whose window is open."""
    now = stage.clock.now()
    with stage.house.db.writer(stage.people.rosewood) as session:
        ana = session.get_one(Subscriber, stage.people.ana)
        session.add_all(
            Subscriber(
                brand_id=ana.brand_id, channel_id=ana.channel_id, key=f"1{number:05}",
                first_name=f"P{number}", window_ends_at=now + timedelta(hours=20),
                window_opened_at=now - timedelta(hours=4), window_opener="message",
                created_at=now, updated_at=now,
            )
            for number in range(people - 1)
        )  # fmt: skip
        session.commit()


def go_on(stage: Stage, senders: list[Sender], seconds: float) -> int:
    """How many were asked in that time. Who has claimed is not kept from the slots."""
    before, until = len(stage.transport.sent), stage.clock.now() + timedelta(seconds=seconds)
    while stage.clock.now() < until:
        for sender in senders:
            sender.turn()
        busy = any(sender.hand.ready or sender.hand.overdue for sender in senders)
        stage.clock.advance(milliseconds=25 if busy else 200)
    recovering.finish_runs(stage.house.db, stage.clock.now())
    return len(stage.transport.sent) - before


def run_of(session: Session, broadcast_id: int) -> Occurrence:
    run = occurrences.latest(session, broadcast_id)
    assert run is not None
    return run


def test_it_goes_out_evenly_until_the_period_is_over(stage: Stage) -> None:
    crowd(stage)
    broadcast = stage.broadcast(**OVER)
    stage.start()
    senders = [stage.sender()]
    sent = [go_on(stage, senders, 60) for _ in range(5)]
    assert sum(sent) == PEOPLE
    assert all(5 <= n <= 7 for n in sent)
    assert stage.state(broadcast) == "done"
    assert stage.totals(broadcast).adds_up


def test_two_senders_share_the_turns(stage: Stage) -> None:
    crowd(stage)
    stage.broadcast(**OVER)
    stage.start()
    senders = [stage.sender()]
    if not stage.house.db.is_sqlite:
        senders.append(stage.sender())
    assert 10 <= go_on(stage, senders, 110) <= 12


def test_what_is_left_after_a_pause_goes_in_what_is_left_of_the_period(stage: Stage) -> None:
    crowd(stage)
    broadcast = stage.broadcast(**OVER)
    stage.start()
    senders = [stage.sender()]
    assert 5 <= go_on(stage, senders, 60) <= 7
    with stage.house.db.writer(stage.people.rosewood) as session:
        steering.pause(session, stage.actor(), broadcast, stage.clock.now())
    assert go_on(stage, senders, 120) == 0
    with stage.house.db.writer(stage.people.rosewood) as session:
        steering.resume(session, stage.actor(), broadcast, stage.clock.now())
    assert go_on(stage, senders, 1) <= 1
    assert 10 <= go_on(stage, senders, 60) <= 14
    go_on(stage, senders, 60)
    assert len(stage.transport.sent) == PEOPLE


def test_a_sender_that_died_leaves_its_turns_to_the_next(stage: Stage) -> None:
    crowd(stage)
    stage.broadcast(**OVER)
    stage.start()
    assert 5 <= go_on(stage, [stage.sender()], 60) <= 7
    stage.clock.advance(seconds=60)
    recovering.bury_dead(stage.house.db, stage.clock.now())
    others = [stage.sender()]
    assert go_on(stage, others, 1) <= 1
    assert 6 <= go_on(stage, others, 60) <= 10
    go_on(stage, others, 125)
    assert len(stage.transport.sent) == PEOPLE


def test_after_the_period_the_rest_goes_at_the_rate_of_the_channel(stage: Stage) -> None:
    crowd(stage)
    stage.broadcast(**OVER)
    stage.start()
    stage.clock.advance(minutes=6)
    assert go_on(stage, [stage.sender()], 5) == PEOPLE


def test_another_broadcast_of_the_channel_is_not_slowed_down(stage: Stage) -> None:
    crowd(stage)
    stage.broadcast(**OVER)
    stage.broadcast(text="Quick")
    stage.start()
    go_on(stage, [stage.sender()], 10)
    texts = [str(body["message"]) for body in stage.transport.bodies()]
    assert sum("Quick" in text for text in texts) == PEOPLE
    assert sum("Quick" not in text for text in texts) <= 2


def test_people_whose_moment_comes_after_the_period_have_no_turn_in_it(stage: Stage) -> None:
    crowd(stage)
    broadcast = stage.broadcast(**OVER)
    stage.start()
    with stage.house.db.writer(stage.people.rosewood) as session:
        run = run_of(session, broadcast)
        turns = spreads.turns(session, run.id or 0)
        assert turns is not None
        rows = list(stage.rows(broadcast).values())[:10]
        for row in rows:
            if row.state == 0:
                row.due_at = turns.until + timedelta(hours=1)
                session.add(session.merge(row))
        run.holds = True
        waiting = sum(row.state == 0 for row in rows)
        assert waiting
        assert spreads.left(session, run, turns.until) == PEOPLE - waiting
