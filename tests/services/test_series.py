"""A broadcast that repeats: each run once, in its turn; skipped, moved, late, missed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from tests.services.test_house_rules import night, put_rules
from tests.services.test_local_time import lines, scheduled
from tests.stage import Stage
from webapp.domain import remark
from webapp.domain.errors import Invalid, Refused
from webapp.domain.permission import Role
from webapp.models.audit import Audit
from webapp.models.broadcast import Broadcast, Occurrence
from webapp.models.subscriber import Subscriber
from webapp.services import attention, reporting, scheduling, series, steering
from webapp.store import deliveries, occurrences

DAILY = {"mode": "recurring", "day": "2026-11-23", "time": "09:00", "zone": "Europe/Paris",
         "rule": "FREQ=DAILY;COUNT=3"}  # fmt: skip
FIRST = datetime(2026, 11, 23, 8, tzinfo=UTC)
A_DAY = timedelta(days=1)


def runs(stage: Stage, broadcast: int) -> list[tuple[datetime, str]]:
    with stage.house.db.reader(stage.people.rosewood) as session:
        return [(run.due_at, run.state) for run in occurrences.of(session, broadcast)]


def keep_ana_open(stage: Stage) -> None:
    with stage.house.db.writer(stage.people.rosewood) as session:
        session.get_one(Subscriber, stage.people.ana).window_ends_at = FIRST + 9 * A_DAY
        session.commit()


def test_each_time_is_a_run_of_its_own_and_the_sums_add_up(stage: Stage) -> None:
    keep_ana_open(stage)
    broadcast = scheduled(stage, DAILY)
    assert runs(stage, broadcast) == [(FIRST + n * A_DAY, "due") for n in range(3)]
    sender = stage.sender()
    for n in range(3):
        stage.clock.moment = FIRST + n * A_DAY
        stage.start()
        stage.start()  # twice is once
        stage.run(sender)
        assert [state for _, state in runs(stage, broadcast)] == ["done"] * (n + 1) + ["due"] * (
            2 - n
        )
        assert stage.state(broadcast) == ("scheduled" if n < 2 else "done")
        assert stage.totals(broadcast).sent == n + 1
        assert stage.totals(broadcast).adds_up
    with stage.house.db.reader(stage.people.rosewood) as session:
        assert {
            totals.sent for totals in deliveries.totals_by_run(session, broadcast).values()
        } == {1}
        report = reporting.report(session, broadcast)
        assert report.adds_up
        assert (report.run.number if report.run else 0) == 3


def test_a_series_keeps_its_time_of_day_over_a_clock_change(stage: Stage) -> None:
    chosen = {**DAILY, "day": "2027-03-27", "time": "02:30"}
    broadcast = scheduled(stage, chosen)
    assert [at for at, _ in runs(stage, broadcast)] == [
        datetime(2027, 3, 27, 1, 30, tzinfo=UTC),
        datetime(2027, 3, 28, 1, 0, tzinfo=UTC),  # 02:30 is skipped: the first minute after
        datetime(2027, 3, 29, 0, 30, tzinfo=UTC),
    ]
    assert any("Clocks skip its time on 2027-03-28" in it for it in lines(stage, broadcast))


def test_one_is_skipped_and_put_back(stage: Stage) -> None:
    broadcast, now = scheduled(stage, DAILY), stage.clock.now()
    with stage.house.db.writer(stage.people.rosewood) as session:
        series.skip(session, stage.actor(), broadcast, 1, now)
        row = session.get_one(Broadcast, broadcast)
        assert row.scheduled_at == FIRST + A_DAY
    stage.clock.moment = FIRST
    stage.start()
    assert [state for _, state in runs(stage, broadcast)] == ["skipped", "due", "due"]
    with stage.house.db.writer(stage.people.rosewood) as session:
        with pytest.raises(Refused):
            series.restore(session, stage.actor(), broadcast, 1, FIRST)
        series.skip(session, stage.actor(), broadcast, 2, FIRST)
        series.restore(session, stage.actor(), broadcast, 2, FIRST)
        series.skip(session, stage.actor(), broadcast, 2, FIRST)
        with pytest.raises(Refused, match="only one left"):
            series.skip(session, stage.actor(), broadcast, 3, FIRST)


def test_one_is_moved_and_goes_out_then(stage: Stage) -> None:
    keep_ana_open(stage)
    broadcast, later = scheduled(stage, DAILY), FIRST + timedelta(hours=5)
    with stage.house.db.writer(stage.people.rosewood) as session:
        series.move(session, stage.actor(), broadcast, 1, later, stage.clock.now())
        with pytest.raises(Invalid):
            series.move(session, stage.actor(), broadcast, 2, FIRST, FIRST + A_DAY)
        with pytest.raises(Invalid, match="Another of its times"):
            series.move(session, stage.actor(), broadcast, 2, later, stage.clock.now())
        series.move(session, stage.actor(), broadcast, 1, later, stage.clock.now())
    sender = stage.sender()
    stage.clock.moment = FIRST
    stage.start()
    assert stage.state(broadcast) == "scheduled"
    stage.clock.moment = later
    stage.start()
    stage.run(sender)
    assert stage.totals(broadcast).sent == 1


def test_a_run_that_began_cannot_be_changed_and_editors_cannot_either(stage: Stage) -> None:
    broadcast = scheduled(stage, DAILY)
    stage.clock.moment = FIRST
    stage.start()
    with stage.house.db.writer(stage.people.rosewood) as session:
        for act in (series.skip, series.restore):
            with pytest.raises(Refused):
                act(session, stage.actor(), broadcast, 1, FIRST)
        with pytest.raises(Exception, match="role"):
            series.skip(session, stage.actor(Role.EDITOR), broadcast, 2, FIRST)


def test_one_that_was_missed_is_said_and_the_others_go_out(stage: Stage) -> None:
    keep_ana_open(stage)
    broadcast = scheduled(stage, DAILY)
    stage.clock.moment = FIRST + timedelta(hours=2)
    stage.start()
    assert [state for _, state in runs(stage, broadcast)] == ["missed", "due", "due"]
    assert stage.state(broadcast) == "scheduled"
    with stage.house.db.reader(stage.people.rosewood) as session:
        row = session.get_one(Broadcast, broadcast)
        assert row.scheduled_at == FIRST + A_DAY
        words = str(remark.from_json(row.state_reason))
        assert "nothing was running" in words
        assert words.endswith("Give it another time to send it.")  # it is scheduled already
    stage.clock.moment = FIRST + A_DAY + timedelta(minutes=20)  # late, within its grace
    stage.start()
    stage.run(stage.sender())
    assert stage.totals(broadcast).sent == 1


def test_when_all_of_them_were_missed_each_says_to_schedule_the_whole_again(stage: Stage) -> None:
    """None of them can be given another time: the broadcast itself was missed."""
    broadcast = scheduled(stage, DAILY)
    for number in range(3):
        stage.clock.moment = FIRST + number * A_DAY + timedelta(hours=2)
        stage.start()
    assert stage.state(broadcast) == "missed"
    with stage.house.db.reader(stage.people.rosewood) as session:
        notes = [str(remark.from_json(run.note)) for run in occurrences.of(session, broadcast)]
    assert [note.endswith("Schedule it again to send it now.") for note in notes] == [True] * 3


def needs(stage: Stage, role: Role = Role.EDITOR) -> list[int]:
    """The numbers of the runs that this person's home says were missed."""
    with stage.house.db.reader(stage.people.rosewood) as session:
        found = attention.needs(session, stage.actor(role), stage.clock.now())
        assert found.count == len(found.missed_runs)
        return [run.number for _, run in found.missed_runs]


def test_one_that_was_missed_stands_on_home_until_somebody_has_read_it(stage: Stage) -> None:
    broadcast = scheduled(stage, DAILY)
    assert needs(stage) == []
    stage.clock.moment = FIRST + timedelta(hours=2)
    stage.start()
    assert (needs(stage), needs(stage, Role.VIEWER)) == ([1], [])
    with stage.house.db.writer(stage.people.rosewood) as session:
        series.see(session, stage.actor(Role.EDITOR), broadcast, 1, stage.clock.now())
        with pytest.raises(Refused):
            series.see(session, stage.actor(Role.EDITOR), broadcast, 2, stage.clock.now())
    assert needs(stage) == []
    with stage.house.db.reader(stage.people.rosewood) as session:
        assert session.exec(select(Audit).where(Audit.action == "broadcast.see_run")).one()


def test_one_that_was_missed_goes_out_at_another_time_also_after_the_last(stage: Stage) -> None:
    keep_ana_open(stage)
    broadcast, sender = scheduled(stage, DAILY), stage.sender()
    stage.clock.moment = FIRST + timedelta(hours=2)
    stage.start()
    for n in (1, 2):
        stage.clock.moment = FIRST + n * A_DAY
        stage.start()
        stage.run(sender)
    assert (stage.state(broadcast), needs(stage)) == ("done", [1])
    again = FIRST + 3 * A_DAY
    with stage.house.db.writer(stage.people.rosewood) as session:
        series.move(session, stage.actor(), broadcast, 1, again, stage.clock.now())
    assert (stage.state(broadcast), needs(stage)) == ("scheduled", [])
    stage.clock.moment = again
    stage.start()
    stage.run(sender)
    assert stage.totals(broadcast).sent == 3
    assert stage.totals(broadcast).adds_up
    assert stage.state(broadcast) == "done"


def test_a_skipped_one_put_back_after_the_last_goes_out(stage: Stage) -> None:
    keep_ana_open(stage)
    broadcast, sender = scheduled(stage, DAILY), stage.sender()
    with stage.house.db.writer(stage.people.rosewood) as session:
        for number in (2, 3):
            series.skip(session, stage.actor(), broadcast, number, stage.clock.now())
    stage.clock.moment = FIRST
    stage.start()
    stage.run(sender)
    assert stage.state(broadcast) == "done"
    with stage.house.db.writer(stage.people.rosewood) as session:
        series.restore(session, stage.actor(), broadcast, 3, stage.clock.now())
    stage.clock.moment = FIRST + 2 * A_DAY
    stage.start()
    stage.run(sender)
    assert stage.totals(broadcast).sent == 2


def test_whoever_schedules_it_anew_knows_what_was_missed(stage: Stage) -> None:
    broadcast = scheduled(stage, DAILY)
    stage.clock.moment = FIRST + timedelta(hours=2)
    stage.start()
    with stage.house.db.writer(stage.people.rosewood) as session:
        scheduling.unschedule(session, stage.actor(), broadcast, stage.clock.now())
        assert needs(stage) == [1]
        scheduling.schedule(session, stage.actor(), broadcast, stage.house.book, stage.clock.now())
    assert needs(stage) == []


def test_all_missed_is_missed(stage: Stage) -> None:
    broadcast = scheduled(stage, DAILY)
    stage.clock.moment = FIRST + 9 * A_DAY
    stage.start()
    assert stage.state(broadcast) == "missed"
    with stage.house.db.reader(stage.people.rosewood) as session:
        words = str(remark.from_json(session.get_one(Broadcast, broadcast).state_reason))
    assert words.endswith("Schedule it again to send it now.")


def test_a_run_waits_for_the_one_before_it_as_long_as_its_grace_lasts(stage: Stage) -> None:
    keep_ana_open(stage)
    broadcast = scheduled(stage, {**DAILY, "grace_minutes": 60})
    stage.clock.moment = FIRST
    stage.start()  # planned, and never sent
    stage.clock.moment = FIRST + A_DAY
    stage.start()
    assert [state for _, state in runs(stage, broadcast)] == ["sending", "due", "due"]
    stage.run(stage.sender())
    stage.start()
    assert [state for _, state in runs(stage, broadcast)] == ["done", "sending", "due"]
    stage.clock.moment = FIRST + 2 * A_DAY + timedelta(hours=2)
    stage.start()
    assert [state for _, state in runs(stage, broadcast)] == ["done", "sending", "missed"]
    assert stage.state(broadcast) == "sending"


def test_cancelling_and_taking_back_end_all_that_is_to_come(stage: Stage) -> None:
    keep_ana_open(stage)
    one, other = scheduled(stage, DAILY), scheduled(stage, DAILY)
    stage.clock.moment = FIRST
    stage.start()
    now = stage.clock.now()
    with stage.house.db.writer(stage.people.rosewood) as session:
        assert steering.cancel(session, stage.actor(), one, now) == 1
    assert {state for _, state in runs(stage, one)} == {"cancelled"}
    stage.run(stage.sender())
    with stage.house.db.writer(stage.people.rosewood) as session:
        scheduling.unschedule(session, stage.actor(), other, now)
        assert [run.state for run in session.exec(select(Occurrence).where(
            Occurrence.broadcast_id == other))] == ["done", "cancelled", "cancelled"]  # fmt: skip
        scheduling.schedule(session, stage.actor(), other, stage.house.book, now)
    assert [state for _, state in runs(stage, other)].count("due") == 2
    assert stage.totals(other).sent == 1


def test_options_in_each_others_way_are_announced(stage: Stage) -> None:
    put_rules(stage, night(), {"messages": 1, "days": 7})
    broadcast = stage.broadcast(
        state="draft", schedule={**DAILY, "time": "23:00"}, budget_micros=1_000_000
    )
    found = lines(stage, broadcast)
    assert any("3 of its times lie in the brand's quiet hours" in it for it in found)
    assert any("more often than the cap" in it for it in found)
    assert "Its budget is for all of these times together." in found


def test_a_paid_message_on_messenger_does_not_repeat(stage: Stage) -> None:
    broadcast = stage.broadcast(state="draft", schedule=DAILY, kind="sponsored")
    assert any("goes out once" in it for it in lines(stage, broadcast))
