"""A better hour for what is planned: found when it is worth it, told, and let go."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select

from tests.services.test_house_rules import person, put_rules
from tests.stage import Stage
from webapp.domain import suggestion
from webapp.domain.errors import Forbidden
from webapp.domain.permission import Role
from webapp.models.audit import Audit
from webapp.models.brand import Brand
from webapp.models.broadcast import Broadcast, Occurrence
from webapp.models.suggestion import Suggestion
from webapp.services import broadcasts, suggesting
from webapp.services.suggesting import Suggested

MORNING = datetime(2026, 11, 23, 7, tzinfo=UTC)  # eight o'clock in Paris
EVENING = MORNING + timedelta(hours=12)


def enter_crowd(stage: Stage, closing: int, staying: int) -> None:
    """In Paris, in the morning: the windows of some end at two, of others the next day."""
    stage.clock.moment = MORNING
    with stage.house.db.writer(stage.people.rosewood) as session:
        session.get_one(Brand, stage.people.rosewood).timezone = "Europe/Paris"
        for number in range(closing + staying):
            person(session, stage, f"P{number}", None, 6 if number < closing else 23.5)
        session.commit()


def planned(stage: Stage, at: datetime = EVENING, **fields: object) -> int:
    chosen = {"mode": "at", "at": at.isoformat(), "zone": "Europe/Paris"}
    given = {"state": "approved", "schedule": chosen, "scheduled_at": at, **fields}
    return stage.broadcast(**given)


def look(stage: Stage) -> int:
    return suggesting.look_at_due(stage.house.db, stage.house.book, stage.clock.now())


def told(stage: Stage, role: Role = Role.ADMIN) -> Sequence[Suggested]:
    with stage.house.db.reader(stage.people.rosewood) as session:
        return suggesting.standing(session, stage.actor(role), stage.clock.now())


def test_windows_that_close_before_it_goes_out_are_a_reason_to_go_earlier(stage: Stage) -> None:
    enter_crowd(stage, closing=30, staying=60)
    broadcast = planned(stage)
    assert look(stage) == 1
    (found,) = told(stage)
    assert found.broadcast.id == broadcast
    assert found.better_at == MORNING + timedelta(hours=1)  # the first in which one can re-plan
    assert "31 windows close before “Doors open” goes out" in str(found.words)  # Ana's too
    assert "it reaches 91 people, 52% more" in str(found.words)


def test_a_time_that_is_nearly_as_good_is_left_alone(stage: Stage) -> None:
    enter_crowd(stage, closing=3, staying=60)
    planned(stage)
    look(stage)
    assert not told(stage)


def test_it_is_looked_at_again_when_it_changed_or_an_hour_has_passed(stage: Stage) -> None:
    enter_crowd(stage, closing=30, staying=60)
    broadcast = planned(stage)
    assert [look(stage), look(stage)] == [1, 0]
    with stage.house.db.writer(stage.people.rosewood) as session:
        session.get_one(Broadcast, broadcast).version += 1
        session.commit()
    assert not told(stage), "what was found is of another version"
    assert [look(stage), look(stage)] == [1, 0]
    assert told(stage)
    stage.clock.advance(seconds=3600)
    assert look(stage) == 1


def test_who_says_no_is_not_asked_again_until_it_is_another_one(stage: Stage) -> None:
    enter_crowd(stage, closing=30, staying=60)
    broadcast = planned(stage)
    look(stage)
    with stage.house.db.writer(stage.people.rosewood) as session:
        suggesting.dismiss(session, stage.actor(), broadcast, stage.clock.now())
    assert not told(stage)
    stage.clock.advance(seconds=3600)
    look(stage)
    assert not told(stage)
    with stage.house.db.writer(stage.people.rosewood) as session:
        assert session.exec(select(Audit).where(Audit.action == "broadcast.suggestion")).one()
        session.get_one(Broadcast, broadcast).version += 1
        session.commit()
    look(stage)
    assert told(stage)


def test_only_those_who_may_edit_are_told_and_may_say_no(stage: Stage) -> None:
    enter_crowd(stage, closing=30, staying=60)
    broadcast = planned(stage)
    look(stage)
    assert told(stage, Role.EDITOR)
    assert not told(stage, Role.VIEWER)
    with (
        stage.house.db.writer(stage.people.rosewood) as session,
        pytest.raises(Forbidden),
    ):
        suggesting.dismiss(session, stage.actor(Role.VIEWER), broadcast, stage.clock.now())


@pytest.mark.parametrize(
    "fields",
    [
        {"state": "sending"},
        {"state": "cancelled"},
        {"scheduled_at": EVENING + timedelta(days=8)},
        {"scheduled_at": None, "schedule": {"mode": "now"}},
    ],
)
def test_what_has_no_hour_to_better_is_not_looked_at(
    stage: Stage, fields: dict[str, object]
) -> None:
    enter_crowd(stage, closing=30, staying=60)
    planned(stage, **fields)
    assert look(stage) == 0


def test_one_by_everyones_own_clock_is_looked_at_once_and_told_nothing(stage: Stage) -> None:
    enter_crowd(stage, closing=30, staying=60)
    local = {"mode": "local", "day": "2026-11-23", "time": "20:00", "zone": "Europe/Paris"}
    planned(stage, schedule=local)
    assert [look(stage), look(stage)] == [1, 0]
    assert not told(stage)


def test_no_hour_of_the_night_or_of_the_brands_quiet_hours_is_suggested(stage: Stage) -> None:
    enter_crowd(stage, closing=30, staying=60)
    put_rules(stage, {"start": "07:00", "end": "12:00"})
    planned(stage)
    look(stage)
    (found,) = told(stage)
    assert found.better_at == MORNING + timedelta(hours=4)  # noon in Paris
    night = datetime(2026, 11, 23, 2, tzinfo=UTC)
    assert not suggestion.may_be(night, MORNING - timedelta(days=1), ZoneInfo("Europe/Paris"))


def test_a_draft_that_is_deleted_takes_it_along(stage: Stage) -> None:
    enter_crowd(stage, closing=30, staying=60)
    broadcast = planned(stage, state="draft")
    look(stage)
    with stage.house.db.writer(stage.people.rosewood) as session:
        session.delete(session.exec(select(Occurrence)).one())
        session.commit()
        broadcasts.delete(session, stage.actor(), broadcast, stage.clock.now())
    with stage.house.db.reader(stage.people.rosewood) as session:
        assert session.exec(select(Suggestion)).all() == []
