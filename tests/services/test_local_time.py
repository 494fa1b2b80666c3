"""A broadcast by each person's own clock: one run, each zone at its time, sums that add up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from tests.services.test_house_rules import night, person, put_rules, told
from tests.stage import Stage
from webapp.db import EVERY_BRAND
from webapp.domain import departure, remark
from webapp.domain.errors import Invalid
from webapp.domain.schedule import Schedule
from webapp.models.audit import Audit
from webapp.models.brand import Brand
from webapp.models.broadcast import Broadcast, Occurrence
from webapp.services import (
    approving,
    missed_turns,
    planning,
    preflight,
    rehearsing,
    scheduling,
    starting,
)
from webapp.store import workers

DAY = "2026-11-23"
TEN = {"mode": "local", "day": DAY, "time": "10:00", "zone": "Europe/Paris"}
TOKYO, PARIS, RECIFE = (datetime(2026, 11, 23, hour, tzinfo=UTC) for hour in (1, 9, 13))


def enter_world(stage: Stage) -> None:
    """The cast lives in Paris and wrote by noon of the day before; these wrote just now."""
    with stage.house.db.writer(stage.people.rosewood) as session:
        session.get_one(Brand, stage.people.rosewood).timezone = "Europe/Paris"
        person(session, stage, "Aiko", "Asia/Tokyo", 40)
        person(session, stage, "Bia", "America/Recife", 40)
        person(session, stage, "Mars", "Mars/Base", 40)
        person(session, stage, "Brief", "America/Recife", 13)
        session.commit()


def scheduled(stage: Stage, chosen: dict[str, object]) -> int:
    """Approved, and scheduled by the real service."""
    broadcast, now = stage.broadcast(state="approved", schedule=chosen), stage.clock.now()
    with stage.house.db.writer(stage.people.rosewood) as session:
        for run in session.exec(select(Occurrence).where(Occurrence.broadcast_id == broadcast)):
            session.delete(run)
        row = session.get_one(Broadcast, broadcast)
        row.approval_hash = approving.hash_of(session, row, stage.house.book, now)
        session.commit()
        scheduling.schedule(session, stage.actor(), broadcast, stage.house.book, now)
    return broadcast


def test_each_zone_goes_at_its_own_time_in_one_run(stage: Stage) -> None:
    enter_world(stage)
    broadcast = scheduled(stage, TEN)
    with stage.house.db.reader(stage.people.rosewood) as session:
        run = session.exec(select(Occurrence)).one()
        assert run.due_at == TOKYO
    sender, seen = stage.sender(), []
    for moment in (TOKYO, PARIS - timedelta(minutes=1), PARIS, RECIFE):
        stage.clock.moment = moment
        stage.start()
        stage.run(sender)
        assert stage.totals(broadcast).adds_up
        seen.append(
            {name for name, (state, _) in told(stage, broadcast).items() if state == "SENT"}
        )
    assert seen == [{"Aiko"}, {"Aiko"}, {"Aiko", "Ana", "Mars"}, {"Aiko", "Ana", "Mars", "Bia"}]
    assert told(stage, broadcast)["Brief"] == ("SKIPPED", "messenger.window.24h")
    assert stage.state(broadcast) == "done"


@pytest.mark.parametrize(
    ("past", "aiko"),
    [
        ("skip", ("SKIPPED", departure.PASSED)),
        ("now", ("SENT", None)),
        ("next_day", ("QUEUED", None)),
    ],
)
def test_where_the_time_has_passed_it_is_as_chosen(
    stage: Stage, past: str, aiko: tuple[str, str | None]
) -> None:
    enter_world(stage)
    stage.clock.moment = PARIS - timedelta(hours=3)
    broadcast = scheduled(stage, {**TEN, "past": past})
    stage.clock.advance(seconds=20)  # in which it may be undone
    stage.start()
    stage.clock.moment = PARIS
    sender = stage.sender()
    stage.start()
    stage.run(sender)
    assert told(stage, broadcast)["Aiko"] == aiko
    assert stage.totals(broadcast).adds_up


def lines(stage: Stage, broadcast: int) -> list[str]:
    with stage.house.db.reader(stage.people.rosewood) as session:
        row = session.get_one(Broadcast, broadcast)
        return [
            str(line.words)
            for line in preflight.check(session, row, stage.house.book, stage.clock.now()).lines
            if line.step == "schedule"
        ]


def test_the_check_announces_what_does_not_go_as_the_time_says(stage: Stage) -> None:
    enter_world(stage)
    stage.clock.moment = PARIS - timedelta(hours=3)
    broadcast = stage.broadcast(state="draft", schedule={**TEN, "past": "next_day"})
    first, last = "Mon 23 Nov 2026, 09:00 UTC", "Tue 24 Nov 2026, 01:00 UTC"
    assert lines(stage, broadcast) == [
        f"It goes out at 10:00 by each person's own clock: first on {first}, last on {last}.",
        "The time has passed for 1 person: they get it when their clock shows it next.",
        "Of 1 person no zone is known: they live by the clocks of Europe/Paris.",
    ]


def test_a_time_that_passed_for_everyone_cannot_be_scheduled(stage: Stage) -> None:
    stage.clock.moment = PARIS + timedelta(minutes=1)  # all of the cast live in Paris
    with pytest.raises(Invalid, match="has passed for everyone"):
        scheduled(stage, TEN)


def test_a_time_that_clocks_skip_is_rehearsed_by_zone(stage: Stage) -> None:
    enter_world(stage)
    chosen = Schedule.parse({**TEN, "day": "2027-03-28", "time": "02:30"})
    broadcast = stage.broadcast(state="draft", schedule=chosen.to_json())
    with stage.house.db.reader(stage.people.rosewood) as session:
        row = session.get_one(Broadcast, broadcast)
        turns = rehearsing.rehearse(session, row, chosen, stage.clock.now())
    assert [(it.zone, it.people, it.shift.value) for it in turns] == [
        ("Asia/Tokyo", 1, "exact"),
        ("Europe/Paris", 4, "gap"),
        ("Europe/Paris", 1, "gap"),
        ("America/Recife", 2, "exact"),
    ]
    assert any(
        "Clocks skip this time that day in Europe/Paris: " in it for it in lines(stage, broadcast)
    )


def test_a_local_time_in_the_quiet_hours_is_announced_and_waits(stage: Stage) -> None:
    enter_world(stage)
    put_rules(stage, night())
    stage.clock.moment = datetime(2026, 11, 22, 13, tzinfo=UTC)
    broadcast = scheduled(stage, {**TEN, "day": "2026-11-22", "time": "23:30"})
    assert any(
        "sleep at that time" in it or "sleeps at that time" in it for it in lines(stage, broadcast)
    )
    stage.clock.moment = datetime(2026, 11, 22, 14, 30, tzinfo=UTC)
    stage.start()
    assert stage.rows(broadcast)["Aiko"].due_at == datetime(2026, 11, 22, 23, tzinfo=UTC)


def test_the_forecast_by_own_clocks_says_what_the_plan_does(stage: Stage) -> None:
    enter_world(stage)
    broadcast = scheduled(stage, TEN)
    with stage.house.db.reader(stage.people.rosewood) as session:
        row = session.get_one(Broadcast, broadcast)
        found = planning.forecast(session, row, TOKYO, stage.house.book)
    stage.clock.moment = TOKYO
    stage.start()
    totals = stage.totals(broadcast)
    assert (found.audience, found.reached, found.waiting) == (totals.audience, totals.queued, 0)


def starts_at(stage: Stage, moment: datetime) -> int:
    """Nothing ran from before the first turn until this moment."""
    enter_world(stage)
    broadcast = scheduled(stage, TEN)
    stage.clock.moment = moment
    stage.start()
    stage.run(stage.sender())
    return broadcast


def test_after_a_downtime_each_zone_is_late_within_its_grace_or_missed(stage: Stage) -> None:
    broadcast = starts_at(stage, PARIS + timedelta(minutes=30))
    found = told(stage, broadcast)
    assert (found["Aiko"], found["Ana"]) == (("SKIPPED", departure.MISSED), ("SENT", None))
    assert found["Bia"] == ("QUEUED", None)
    assert stage.rows(broadcast)["Bia"].due_at == RECIFE
    assert found["Cara"] == ("SKIPPED", "consent.stop")
    assert stage.totals(broadcast).adds_up
    with stage.house.db.reader(stage.people.rosewood) as session:
        run = session.exec(select(Occurrence)).one()
        assert "The time of 1 person came while nothing was running" in str(
            remark.from_json(run.note)
        )
        log = session.exec(select(Audit).where(Audit.action == "broadcast.miss_turns")).one()
    assert log.detail["people"] == 1


def test_it_is_missed_when_it_is_for_the_last_zone(stage: Stage) -> None:
    broadcast = starts_at(stage, RECIFE + timedelta(minutes=31))
    assert stage.state(broadcast) == "missed"
    assert stage.totals(broadcast).audience == 0


def sleeps(stage: Stage, *, until: datetime) -> int:
    """It begins in Tokyo, then nothing runs until this moment."""
    enter_world(stage)
    broadcast = scheduled(stage, TEN)
    stage.clock.moment = TOKYO
    stage.start()
    stage.run(stage.sender())
    stage.clock.moment = until - timedelta(seconds=1)
    with stage.house.db.writer(EVERY_BRAND) as session:  # writes to nobody, however alive it is
        workers.note_heartbeat(session, "clock", stage.clock.now())
        session.commit()
    stage.clock.moment = until
    missed_turns.skip(stage.house.db, until)
    stage.run(stage.sender())
    return broadcast


def test_a_turn_that_comes_during_a_downtime_is_missed_after_its_grace(stage: Stage) -> None:
    broadcast = sleeps(stage, until=PARIS + timedelta(minutes=31))
    found = told(stage, broadcast)
    assert (found["Aiko"], found["Ana"]) == (("SENT", None), ("SKIPPED", departure.MISSED))
    assert found["Bia"] == ("QUEUED", None)
    assert stage.totals(broadcast).adds_up


def test_a_turn_that_comes_during_a_downtime_is_late_within_its_grace(stage: Stage) -> None:
    broadcast = sleeps(stage, until=PARIS + timedelta(minutes=29))
    assert told(stage, broadcast)["Ana"] == ("SENT", None)


@pytest.mark.parametrize(
    ("other_sends", "ana"), [(False, ("SKIPPED", departure.MISSED)), (True, ("SENT", None))]
)
def test_a_clock_that_leaps_misses_turns_unless_another_sender_was_there(
    stage: Stage, *, other_sends: bool, ana: tuple[str, str | None]
) -> None:
    """A machine that was asleep, process and all."""
    enter_world(stage)
    broadcast = scheduled(stage, TEN)
    stage.clock.moment = TOKYO
    stage.start()
    sender = stage.sender()
    stage.run(sender)
    stage.clock.moment = PARIS + timedelta(minutes=31)
    if other_sends:
        with stage.house.db.writer(EVERY_BRAND) as session:
            workers.enter(session, "another", 1, stage.clock.now())
            session.commit()
    stage.run(sender)
    assert told(stage, broadcast)["Ana"] == ana
    assert told(stage, broadcast)["Bia"] == ("QUEUED", None)
    assert stage.totals(broadcast).adds_up


def test_whose_turn_came_before_the_downtime_is_sent_after_it(stage: Stage) -> None:
    """Their message was waiting for the rate, or for a pause to end."""
    enter_world(stage)
    broadcast = scheduled(stage, TEN)
    stage.clock.moment = TOKYO
    stage.start()
    stage.clock.moment = PARIS + timedelta(minutes=1)
    with stage.house.db.writer(EVERY_BRAND) as session:
        workers.enter(session, "another", 1, stage.clock.now())
        session.commit()
    stage.clock.advance(hours=1)
    assert missed_turns.skip(stage.house.db, stage.clock.now()) == 0
    stage.run(stage.sender())
    assert told(stage, broadcast)["Ana"] == ("SENT", None)


def test_a_sign_of_life_from_the_future_is_none(stage: Stage) -> None:
    """A clock that was set back: it says nothing about until when somebody was there."""
    now = stage.clock.now()
    with stage.house.db.writer(EVERY_BRAND) as session:
        one = workers.enter(session, "one", 1, now + timedelta(hours=1))
        assert workers.last_alive(session, now) is None
        workers.enter(session, "two", 2, now - timedelta(minutes=3))
        assert workers.last_alive(session, now) == now - timedelta(minutes=3)
        assert workers.others_last_alive(session, one, now) == now - timedelta(minutes=3)


def test_nor_is_it_one_when_that_moment_comes_once_more(stage: Stage) -> None:
    now = stage.clock.now()
    with stage.house.db.writer(EVERY_BRAND) as session:
        workers.end(session, workers.enter(session, "one", 1, now + timedelta(hours=1)), now)
        two = workers.enter(session, "two", 2, now)
        three = workers.enter(session, "three", 3, now + timedelta(hours=2))
        workers.end(session, three, now)
        workers.beat(session, two, now + timedelta(minutes=1))
        later = now + timedelta(hours=5)
        assert workers.last_alive(session, later) == now + timedelta(minutes=1)


class Away(Exception):
    """The process is killed, or the database gone."""


def begun(stage: Stage) -> int:
    """A run that has started in Tokyo and is not planned yet."""
    enter_world(stage)
    broadcast = scheduled(stage, TEN)
    stage.clock.moment = TOKYO
    starting.start_due(stage.house.db, stage.house.book, TOKYO)
    return broadcast


def is_told(stage: Stage) -> bool:
    with stage.house.db.reader(stage.people.rosewood) as session:
        note = session.exec(select(Occurrence)).one().note
    return "people came while nothing was running" in str(note and remark.from_json(note))


@pytest.mark.parametrize(
    ("late", "ana"), [(31, ("SKIPPED", departure.MISSED)), (29, ("SENT", None))]
)
def test_a_machine_that_sleeps_while_it_plans_misses_turns_past_their_grace(
    stage: Stage, late: int, ana: tuple[str, str | None]
) -> None:
    broadcast = begun(stage)
    stage.clock.moment = PARIS + timedelta(minutes=late)  # it wakes, and goes on with what it had
    planning.plan_due(stage.house.db, stage.house.book, TOKYO, stage.clock)
    stage.run(stage.sender())
    assert told(stage, broadcast)["Ana"] == ana
    assert told(stage, broadcast)["Bia"] == ("QUEUED", None)
    assert stage.totals(broadcast).adds_up
    assert is_told(stage) == (ana[0] == "SKIPPED")


def test_turns_planned_before_a_kill_are_missed_when_the_rest_is_planned_hours_later(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    broadcast, finished = begun(stage), planning._finished
    monkeypatch.setattr(planning, "_finished", lambda *_: fail())
    with pytest.raises(Away):
        planning.plan_due(stage.house.db, stage.house.book, TOKYO, stage.clock)
    assert stage.rows(broadcast)["Ana"].due_at == PARIS
    monkeypatch.setattr(planning, "_finished", finished)
    stage.clock.moment = PARIS + timedelta(minutes=31)
    missed_turns.skip(stage.house.db, stage.clock.now())
    planning.plan_due(stage.house.db, stage.house.book, stage.clock.now())
    stage.run(stage.sender())
    assert told(stage, broadcast)["Ana"] == ("SKIPPED", departure.MISSED)
    assert stage.totals(broadcast).adds_up
    assert is_told(stage)


def fail() -> bool:
    raise Away


@pytest.mark.parametrize(
    ("late", "ana"), [(31, ("SKIPPED", departure.MISSED)), (29, ("SENT", None))]
)
def test_a_database_that_is_away_for_longer_than_the_grace_misses_turns(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, late: int, ana: tuple[str, str | None]
) -> None:
    """The sender asks for it again and again meanwhile: its clock never leaps."""
    broadcast = begun(stage)
    stage.start()
    sender, back = stage.sender(), PARIS + timedelta(minutes=late)
    stage.run(sender)
    with monkeypatch.context() as away:
        away.setattr(workers, "beat", lambda *_: fail())
        while stage.clock.moment < back:
            stage.clock.advance(seconds=30)
            with pytest.raises(Away):
                sender.turn()
    stage.run(sender)
    assert told(stage, broadcast)["Ana"] == ana
    assert told(stage, broadcast)["Bia"] == ("QUEUED", None)
