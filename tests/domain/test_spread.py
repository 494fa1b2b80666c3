"""People of a spread run go evenly in what is left of its period, and never at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain import spread
from webapp.domain.errors import Invalid
from webapp.domain.rate import WAVE
from webapp.domain.schedule import Schedule, problems
from webapp.domain.spread import Turns
from webapp.domain.wording import Sentence

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def waves(turns: Turns, left: int, at: datetime, *, every: timedelta = WAVE) -> list[datetime]:
    """When each of `left` people goes, claimed wave by wave."""
    gone: list[datetime] = []
    while len(gone) < left and not turns.is_over(at):
        if turns.needs_count(at):
            turns = turns.counted(left - len(gone), at)
        n = min(turns.people(at), left - len(gone))
        if n:
            turns = turns.taken(n, at)
        gone += [at] * n
        at += every
    return gone


@given(st.integers(1, 4000), st.integers(5, 60))
def test_everyone_goes_within_the_period_and_evenly(people: int, minutes: int) -> None:
    over = timedelta(minutes=minutes)
    gone = waves(Turns(NOW + over), people, NOW)
    assert len(gone) == people
    half = sum(at < NOW + over / 2 for at in gone)
    assert abs(half - people / 2) <= 2
    most_in_a_wave = max(gone.count(at) for at in set(gone))
    assert most_in_a_wave <= people * (WAVE / over) + 1


@given(st.integers(100, 2000), st.integers(5, 55))
def test_after_a_pause_they_go_closer_together_and_not_at_once(people: int, pause: int) -> None:
    over = HOUR
    turns = Turns(NOW + over, NOW, over / people, NOW)
    back = NOW + timedelta(minutes=pause)
    gone = waves(turns, people, back)
    assert len(gone) == people
    most_in_a_wave = max(gone.count(at) for at in set(gone))
    assert most_in_a_wave <= people * (WAVE / (over - timedelta(minutes=pause))) + 1


def test_a_clock_that_was_set_back_does_not_hold_the_turns_up() -> None:
    turns = Turns(NOW + HOUR, NOW + HOUR, timedelta(seconds=36), NOW + timedelta(minutes=50))
    assert turns.needs_count(NOW)
    assert turns.counted(100, NOW).next_at == NOW + timedelta(seconds=36)


def test_whose_window_closes_late_in_the_period_is_likely_in_time() -> None:
    assert spread.likely_lost(8, 8 * HOUR, 4 * HOUR) == 6
    assert spread.likely_lost(10, 10 * HOUR, 2 * HOUR) == 5


@pytest.mark.parametrize("minutes", [0, 4, 1441, True, "60", 7.5])
def test_other_lengths_are_refused(minutes: object) -> None:
    assert isinstance(spread.read(minutes), Sentence)


def test_a_schedule_carries_it_and_is_as_it_was_without_it() -> None:
    plain = {"mode": "now", "at": None, "zone": "UTC", "grace_minutes": 30}
    assert Schedule.parse(plain).to_json() == plain
    spread_out = {**plain, "spread_minutes": 180}
    assert Schedule.parse(spread_out).spread_minutes == 180
    assert Schedule.parse(spread_out).to_json() == spread_out


@pytest.mark.parametrize(
    "given_",
    [
        {"mode": "local", "day": "2026-12-03", "time": "10:00"},
        {"mode": "window", "until": "2026-12-03T10:00:00Z"},
    ],
)
def test_turns_that_something_else_sets_are_not_spread_as_well(given_: dict[str, object]) -> None:
    Schedule.parse(given_)
    with pytest.raises(Invalid) as refused:
        Schedule.parse({**given_, "spread_minutes": 60})
    assert list(refused.value.errors) == ["spread_minutes"]


def test_a_series_is_spread_where_no_time_comes_before_the_period_is_over() -> None:
    daily = {"mode": "recurring", "day": "2026-12-03", "time": "10:00", "zone": "Europe/Paris"}
    rule = {"rule": "FREQ=DAILY;COUNT=3"}
    assert problems(Schedule.parse({**daily, **rule, "spread_minutes": 720}), NOW) == {}
    refused = problems(Schedule.parse({**daily, **rule, "spread_minutes": 1440}), NOW)
    assert list(refused) == ["spread_minutes"]
