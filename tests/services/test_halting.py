"""Stop everything, a restored backup, an older copy: nothing is sent until a person says so."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import Session, func, select

from tests.stage import Stage
from webapp.db import EVERY_BRAND
from webapp.domain import remark
from webapp.domain.errors import Forbidden, Refused
from webapp.domain.halt import Cause, Halt
from webapp.domain.permission import Actor, Role
from webapp.models.audit import Audit
from webapp.models.brand import Installation
from webapp.models.broadcast import Broadcast, Occurrence
from webapp.models.channel import RateBucket
from webapp.models.rollup import RollupDay
from webapp.services import halting, starting, steering
from webapp.store import occurrences, rates, send_mark


def operator(stage: Stage) -> Actor:
    return Actor(stage.people.admin, "Ana Operator", Role.ADMIN, operator=True)


def halt(stage: Stage) -> Halt | None:
    with stage.house.db.reader(EVERY_BRAND) as session:
        return halting.current(session)


def stop(stage: Stage) -> None:
    with stage.house.db.writer(EVERY_BRAND) as session:
        halting.stop(session, operator(stage), stage.clock.now())


def go_on(stage: Stage) -> None:
    with stage.house.db.writer(EVERY_BRAND) as session:
        halting.go_on(session, operator(stage), stage.clock.now())


def test_nothing_is_claimed_while_everything_is_stopped_and_all_of_it_after(stage: Stage) -> None:
    broadcast = stage.broadcast()
    stage.start()
    stop(stage)
    sender = stage.sender()
    stage.run(sender)
    assert stage.transport.bodies() == []
    assert stage.totals(broadcast).waiting == 1
    with stage.house.db.reader(EVERY_BRAND) as session:
        (found,) = halting.under_way(session)
    assert (found.broadcast_id, found.sent, found.waiting) == (broadcast, 0, 1)
    go_on(stage)
    stage.run(sender)
    assert len(stage.transport.bodies()) == 1
    assert stage.totals(broadcast).adds_up


def test_only_an_operator_stops_everything_and_both_acts_are_in_the_log(stage: Stage) -> None:
    with stage.house.db.writer(EVERY_BRAND) as session:
        with pytest.raises(Forbidden):
            halting.stop(session, stage.actor(Role.ADMIN), stage.clock.now())
        with pytest.raises(Forbidden):
            halting.go_on(session, stage.actor(Role.ADMIN), stage.clock.now())
    assert halt(stage) is None
    stop(stage)
    go_on(stage)
    with stage.house.db.reader(EVERY_BRAND) as session:
        done = session.exec(select(Audit.action).where(Audit.brand_id == None)).all()  # noqa: E711
    assert list(done) == ["installation.stop", "installation.go_on"]


def test_a_halt_that_holds_is_not_replaced_by_another(stage: Stage) -> None:
    with stage.house.db.writer(EVERY_BRAND) as session:
        halting.hold(session, Cause.RESTORED, stage.clock.now())
        session.commit()
    stop(stage)
    found = halt(stage)
    assert found is not None
    assert found.cause is Cause.RESTORED


def restored(stage: Stage) -> None:
    with stage.house.db.writer(EVERY_BRAND) as session:
        halting.hold(session, Cause.RESTORED, stage.clock.now())
        session.commit()


def leave_out(stage: Stage) -> int:
    with stage.house.db.writer(EVERY_BRAND) as session:
        return halting.go_on(session, operator(stage), stage.clock.now(), leaving_out=True)


def test_after_a_restore_it_goes_on_without_those_who_waited(stage: Stage) -> None:
    """Under way, paused, or due and not started: nobody of them may get it twice."""
    sending, paused, due = (stage.broadcast() for _ in range(3))
    with stage.house.db.writer(stage.people.rosewood) as session:
        run = session.exec(select(Occurrence).where(Occurrence.broadcast_id == due)).one()
        run.due_at += timedelta(hours=1)
        session.commit()
    stage.start()
    with stage.house.db.writer(stage.people.rosewood) as session:
        steering.pause(session, stage.actor(), paused, stage.clock.now())
    restored(stage)
    stage.clock.advance(hours=1)
    with stage.house.db.reader(EVERY_BRAND) as session:
        assert halting.waiting_of(halting.under_way(session)) == 1
    assert leave_out(stage) == 2
    assert halt(stage) is None
    stage.start()
    stage.run(sender := stage.sender())
    assert stage.transport.bodies() == []
    assert [stage.state(it) for it in (sending, paused, due)] == ["done", "done", "missed"]
    for it in (sending, paused):
        assert (stage.totals(it).cancelled, stage.totals(it).adds_up) == (1, True)
    later = stage.broadcast()
    stage.start()
    stage.run(sender)
    assert stage.totals(later).sent == 1
    with stage.house.db.reader(EVERY_BRAND) as session:
        done = session.exec(select(Audit.action).where(Audit.action == "broadcast.leave_out")).all()
        counted = session.exec(select(func.sum(RollupDay.cancelled))).one()
        note = session.exec(select(Occurrence.note).where(Occurrence.broadcast_id == sending)).one()
    assert (len(done), counted) == (2, 2)
    assert "Ana Operator left them out" in str(remark.from_json(note))


def test_a_series_goes_on_with_its_next_run(stage: Stage) -> None:
    broadcast = stage.broadcast(schedule={"mode": "recurring"})
    with stage.house.db.writer(stage.people.rosewood) as session:
        row = session.get_one(Broadcast, broadcast)
        occurrences.create(session, row, stage.clock.now() + timedelta(hours=2))
        session.commit()
    stage.start()
    restored(stage)
    assert leave_out(stage) == 1
    stage.run(sender := stage.sender())
    assert stage.state(broadcast) == "scheduled"
    stage.clock.advance(hours=2)
    stage.start()
    stage.run(sender)
    assert len(stage.transport.bodies()) == 1


def test_nobody_is_left_out_of_a_list_that_is_still_made(stage: Stage) -> None:
    broadcast = stage.broadcast()
    starting.start_due(stage.house.db, stage.house.book, stage.clock.now())
    restored(stage)
    with pytest.raises(Refused, match="still being planned"):
        leave_out(stage)
    assert halt(stage) is not None
    assert stage.state(broadcast) == "planning"


def test_a_database_older_than_the_last_send_from_here_sends_nothing(stage: Stage) -> None:
    first = stage.broadcast()
    stage.start()
    stage.run(stage.sender())
    assert stage.totals(first).sent == 1
    with stage.house.db.writer(EVERY_BRAND) as session:  # as a backup made before would have it
        for bucket in session.exec(select(RateBucket)):
            bucket.tat_us -= 10_000_000
        session.commit()
    stage.clock.advance(seconds=60)
    second = stage.broadcast()
    stage.start()
    stage.run(stage.sender())
    found = halt(stage)
    assert found is not None
    assert found.cause is Cause.BEHIND
    assert stage.totals(second).sent == 0
    go_on(stage)
    stage.run(stage.sender())
    assert stage.totals(second).sent == 1
    assert halt(stage) is None


def test_a_restart_is_no_older_database_nor_is_one_begun_anew(stage: Stage) -> None:
    stage.broadcast()
    stage.start()
    stage.run(stage.sender())
    stage.clock.advance(seconds=60)
    stage.sender()
    assert halt(stage) is None
    folder = stage.house.settings.instance
    with stage.house.db.writer(EVERY_BRAND) as session:
        own = session.get_one(Installation, "identity")
        assert send_mark.read(folder, own.value) > 0
        own.value = "another database in the same folder"
        session.add(own)
        for bucket in session.exec(select(RateBucket)):
            session.delete(bucket)
        session.commit()
    stage.sender()
    assert halt(stage) is None


def test_another_sender_that_commits_and_marks_while_this_one_begins_is_no_older_copy(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two of them on one machine, with one folder."""
    stage.sender()
    folder, newest = stage.house.settings.instance, rates.newest_us

    def overtaken(session: Session) -> int:
        found = newest(session)
        owner = session.get_one(Installation, "identity").value
        send_mark.write(folder, owner, rates.microseconds(stage.clock.now()))
        return found

    monkeypatch.setattr(rates, "newest_us", overtaken)
    stage.sender()
    assert halt(stage) is None


@pytest.mark.parametrize("content", ["", "rubbish", "one two three", "x 12ab"])
def test_a_mark_that_cannot_be_read_raises_no_alarm(stage: Stage, content: str) -> None:
    (stage.house.settings.instance / send_mark.NAME).write_text(content)
    stage.clock.advance(seconds=int(timedelta(hours=1).total_seconds()))
    stage.sender()
    assert halt(stage) is None
