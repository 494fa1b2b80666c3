"""Turns by zone: whose clock shows the time when, and what quiet hours make of it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.departure import Departure, Timetable, first_turn
from webapp.domain.errors import Invalid
from webapp.domain.house_rules import HouseRules
from webapp.domain.quiet_hours import QuietHours, Then
from webapp.domain.schedule import Schedule, problems
from webapp.domain.wall_clock import Past, WallClock
from webapp.domain.zone import Shift, local

TEN = WallClock(date(2026, 12, 3), time(10))
NIGHT = QuietHours(time(22), time(8))
PLAIN = HouseRules(zone="Europe/Paris")
ZONES = ("Asia/Tokyo", "Europe/Paris", "America/Recife", "Pacific/Apia", "Asia/Kolkata")


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 12, day, hour, minute, tzinfo=UTC)


def test_everyone_has_their_turn_when_their_own_clock_shows_the_time() -> None:
    table = Timetable(at(3, 1), PLAIN, TEN, "Europe/Paris")
    assert table.of("Asia/Tokyo") == Departure(at(3, 1), at(3, 1))
    assert table.of("Asia/Kolkata").at == at(3, 4, 30)
    assert table.of("Europe/Paris") == Departure(at(3, 9), at(3, 9), waits=True)
    assert table.of("America/Recife").at == at(3, 13)
    assert table.of(None) == table.of("Mars/Base") == table.of("Europe/Paris")


def test_a_run_is_due_when_the_first_clock_shows_the_time() -> None:
    assert first_turn(TEN, ["Europe/Paris", "Asia/Tokyo"], at(1, 0)) == at(3, 1)
    assert first_turn(TEN, ["Europe/Paris", "Asia/Tokyo"], at(3, 2)) == at(3, 9)
    assert first_turn(TEN, ["Asia/Tokyo"], at(3, 2)) is None


@pytest.mark.parametrize(
    ("past", "expected"),
    [
        (Past.SKIP, Departure(at(3, 9), at(3, 9), passed=True)),
        (Past.NOW, Departure(at(3, 9), at(3, 9))),
        (Past.NEXT_DAY, Departure(at(4, 1), at(4, 1), waits=True)),
    ],
)
def test_where_the_time_has_passed_the_schedule_says_what_then(
    past: Past, expected: Departure
) -> None:
    table = Timetable(at(3, 9), PLAIN, WallClock(TEN.day, TEN.time, past), "Europe/Paris")
    assert table.of("Asia/Tokyo") == expected


def test_a_turn_that_is_late_by_more_than_the_grace_is_missed() -> None:
    half_an_hour = timedelta(minutes=30)
    table = Timetable(at(3, 9, 30), PLAIN, TEN, "Europe/Paris", due_at=at(3, 1), grace=half_an_hour)
    assert table.of("Asia/Tokyo").missed
    assert table.of("Europe/Paris") == Departure(at(3, 9, 30), at(3, 9, 30))
    assert table.of("America/Recife") == Departure(at(3, 13), at(3, 13), waits=True)


def test_a_late_clock_makes_nobodys_time_pass() -> None:
    table = Timetable(at(3, 9, 20), PLAIN, TEN, "Europe/Paris", due_at=at(3, 9))
    assert table.of("Europe/Paris") == Departure(at(3, 9, 20), at(3, 9, 20))


def test_a_time_in_the_quiet_hours_waits_for_their_end_or_is_skipped() -> None:
    late = WallClock(TEN.day, time(23))
    held = Timetable(at(3, 14), HouseRules(NIGHT, zone="UTC"), late, "UTC").of("Asia/Tokyo")
    assert (held.meant, held.at, held.sleeps) == (at(3, 14), at(3, 23), True)
    skips = HouseRules(QuietHours(time(22), time(8), Then.SKIP), zone="UTC")
    assert Timetable(at(3, 14), skips, late, "UTC").of("Asia/Tokyo").quiet


@given(
    st.sampled_from(ZONES),
    st.sampled_from(Past),
    st.times(),
    st.integers(-3_000, 3_000),
    st.sampled_from([None, NIGHT]),
)
def test_no_turn_is_before_the_start_nor_asleep(
    zone: str, past: Past, clock: time, minutes: int, quiet: QuietHours | None
) -> None:
    start = at(3, 9) + timedelta(minutes=minutes)
    wall = WallClock(TEN.day, clock.replace(second=0, microsecond=0), past)
    found = Timetable(start, HouseRules(quiet), wall, "UTC").of(zone)
    assert start <= found.meant <= found.at
    assert found.waits == (found.at > start)
    if not found.passed:
        assert quiet is None or not quiet.is_quiet(found.at, zone)
    if past is not Past.SKIP:
        assert not found.passed


def test_a_schedule_by_own_clocks_keeps_its_json() -> None:
    given = {"mode": "local", "day": "2026-12-03", "time": "10:00", "past": "next_day",
             "zone": "Europe/Paris", "grace_minutes": 30}  # fmt: skip
    parsed = Schedule.parse(given)
    assert parsed.to_json() == given
    assert parsed.at == at(3, 9)
    assert parsed.wall == WallClock(date(2026, 12, 3), time(10), Past.NEXT_DAY)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"day": "tomorrow"}, "day"), ({"day": "9999-12-31"}, "day"), ({"time": "25:00"}, "time"),
        ({"time": None}, "time"), ({"past": "never"}, "past"), ({"zone": "Mars/Base"}, "zone"),
        ({"at": "2026-12-03T10:00:00Z"}, "at"),
    ],
)  # fmt: skip
def test_a_schedule_by_own_clocks_is_refused_by_field(wrong: dict[str, object], field: str) -> None:
    given = {"mode": "local", "day": "2026-12-03", "time": "10:00", "zone": "UTC", **wrong}
    with pytest.raises(Invalid) as refused:
        Schedule.parse(given)
    assert field in refused.value.errors


def test_a_time_has_passed_only_when_it_has_everywhere() -> None:
    chosen = Schedule.parse({"mode": "local", "day": "2026-12-03", "time": "10:00"})
    assert problems(chosen, at(3, 21)) == {}
    assert "day" in problems(chosen, at(3, 22, 1))


def test_a_skipped_and_a_repeated_time_are_known_by_zone() -> None:
    assert local(date(2027, 3, 28), time(2, 30), "Europe/Paris").shift is Shift.GAP
    assert local(date(2026, 10, 25), time(2, 30), "Europe/Paris").shift is Shift.OVERLAP
    assert local(date(2026, 10, 25), time(2, 30), "Asia/Tokyo").shift is Shift.EXACT
