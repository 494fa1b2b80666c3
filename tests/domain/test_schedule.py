from __future__ import annotations

import zoneinfo
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain import schedule
from webapp.domain import zone as zones
from webapp.domain.errors import Invalid
from webapp.domain.quiet_hours import QuietHours
from webapp.domain.schedule import Mode, Schedule, StartVerdict
from webapp.domain.zone import Shift

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ZONES = sorted(zoneinfo.available_timezones() - {"localtime"})


def test_a_schedule_keeps_its_zone_and_its_instant() -> None:
    given = {"mode": "at", "at": "2026-12-24T17:00:00Z", "zone": "Europe/Paris"}
    parsed = Schedule.parse(given)
    assert parsed == Schedule(Mode.AT, datetime(2026, 12, 24, 17, tzinfo=UTC), "Europe/Paris", 30)
    assert parsed.to_json()["at"] == "2026-12-24T18:00:00+01:00"
    assert Schedule.parse(parsed.to_json()) == parsed


def test_now_is_due_when_it_is_asked() -> None:
    parsed = Schedule.parse({"mode": "now"})
    assert parsed.due_at(NOW) == NOW
    assert Schedule.parse(parsed.to_json()) == parsed


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (None, "schedule"),
        ({}, "mode"),
        ({"mode": ["now"]}, "mode"),
        ({"mode": "at"}, "at"),
        ({"mode": "at", "at": 1795356000}, "at"),
        ({"mode": "at", "at": "2026-12-24"}, "at"),
        ({"mode": "at", "at": "2026-02-30T10:00:00Z"}, "at"),
        ({"mode": "at", "at": "0001-01-01T00:00:00+23:00"}, "at"),
        ({"mode": "now", "zone": "Mars/Olympus"}, "zone"),
        ({"mode": "now", "zone": "../../etc/passwd"}, "zone"),
        ({"mode": "now", "zone": "Europe"}, "zone"),
        ({"mode": "now", "grace_minutes": -1}, "grace_minutes"),
        ({"mode": "now", "grace_minutes": "30"}, "grace_minutes"),
        ({"mode": "now", "time": "18:00"}, "time"),
    ],
)
def test_what_is_no_schedule_is_refused_by_field(given: object, field: str) -> None:
    with pytest.raises(Invalid) as caught:
        Schedule.parse(given)
    assert list(caught.value.errors) == [field]


def test_a_naive_time_is_refused_by_name() -> None:
    with pytest.raises(Invalid, match="2026-12-24T18:00:00 has no time zone"):
        Schedule.parse({"mode": "at", "at": "2026-12-24T18:00:00"})


def test_a_time_that_has_passed_is_a_problem() -> None:
    assert "at" in schedule.problems(Schedule(Mode.AT, NOW - timedelta(seconds=1)), NOW)
    assert schedule.problems(Schedule(Mode.AT, NOW), NOW) == {}
    assert schedule.problems(Schedule(Mode.NOW), NOW) == {}


@pytest.mark.parametrize(
    ("late", "verdict"),
    [
        (-1, StartVerdict.WAIT),
        (0, StartVerdict.START),
        (60, StartVerdict.START),
        (61, StartVerdict.LATE),
        (1800, StartVerdict.LATE),
        (1801, StartVerdict.MISSED),
    ],
)
def test_a_late_start_runs_inside_its_grace_or_is_missed(late: int, verdict: StartVerdict) -> None:
    now = NOW + timedelta(seconds=late)
    assert schedule.start_verdict(NOW, now, 30) is verdict


def test_without_grace_a_punctual_start_is_still_a_start() -> None:
    assert schedule.start_verdict(NOW, NOW + timedelta(seconds=5), 0) is StartVerdict.START
    assert schedule.start_verdict(NOW, NOW + timedelta(seconds=61), 0) is StartVerdict.MISSED


@pytest.mark.parametrize(
    ("day", "clock", "zone", "expected", "shift"),
    [
        ((2026, 7, 1), (18, 0), "Europe/Paris", "2026-07-01T16:00:00Z", Shift.EXACT),
        ((2026, 3, 29), (2, 30), "Europe/Paris", "2026-03-29T01:00:00Z", Shift.GAP),
        ((2026, 10, 25), (2, 30), "Europe/Paris", "2026-10-25T00:30:00Z", Shift.OVERLAP),
        ((2026, 10, 4), (2, 10), "Australia/Lord_Howe", "2026-10-03T15:30:00Z", Shift.GAP),
        ((2011, 12, 30), (12, 0), "Pacific/Apia", "2011-12-30T10:00:00Z", Shift.GAP),
    ],
)
def test_a_wall_clock_time_means_one_instant(
    day: tuple[int, int, int], clock: tuple[int, int], zone: str, expected: str, shift: Shift
) -> None:
    local = zones.local(date(*day), time(*clock), zone)
    assert (schedule.rfc3339(local.at), local.shift) == (expected, shift)
    assert (zones.shift_note(local.shift) is None) is (shift is Shift.EXACT)


days = st.dates(date(2015, 1, 1), date(2035, 1, 1))
clocks = st.times().map(lambda clock: clock.replace(microsecond=0))


@given(days, clocks, st.sampled_from(ZONES))
def test_any_wall_clock_time_in_any_zone_is_never_early(day: date, clock: time, zone: str) -> None:
    local = zones.local(day, clock, zone)
    wall = datetime.combine(day, clock)
    shown = local.at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    assert shown >= wall
    assert (shown == wall) is (local.shift is not Shift.GAP)


def changes(zone: str, year: int) -> list[datetime]:
    """Instants after which the clock was put forward."""
    tz, found = ZoneInfo(zone), []
    start = datetime(year, 1, 1, tzinfo=UTC)
    for hour in range(366 * 24 // 6):
        at = start + timedelta(hours=6 * hour)
        before, after = at.astimezone(tz), (at + timedelta(hours=6)).astimezone(tz)
        if (after.utcoffset() or timedelta()) > (before.utcoffset() or timedelta()):
            found.append(at)
    return found


@pytest.mark.parametrize("year", [2026, 2030])
def test_every_gap_of_every_zone_gives_its_first_valid_instant(year: int) -> None:
    seen = 0
    for zone in ZONES:
        tz = ZoneInfo(zone)
        for at in changes(zone, year):
            wall = at.astimezone(tz).replace(tzinfo=None)
            gaps = (wall + timedelta(minutes=minute) for minute in range(0, 7 * 60, 15))
            for each in gaps:
                local = zones.local(each.date(), each.time(), zone)
                if local.shift is Shift.GAP:
                    seen += 1
                    just_before = (local.at - timedelta(seconds=1)).astimezone(tz)
                    assert just_before.replace(tzinfo=None) < each
                    assert local.at.astimezone(tz).replace(tzinfo=None) > each
    assert seen > 100


NIGHT = QuietHours(time(22), time(8))
NOON = QuietHours(time(12), time(14))


@pytest.mark.parametrize(
    ("hours", "at", "quiet"),
    [
        (NIGHT, "2026-11-22T20:59:59Z", False),
        (NIGHT, "2026-11-22T21:00:00Z", True),
        (NIGHT, "2026-11-23T06:59:59Z", True),
        (NIGHT, "2026-11-23T07:00:00Z", False),
        (NOON, "2026-11-22T11:00:00Z", True),
        (NOON, "2026-11-22T13:00:00Z", False),
    ],
)
def test_quiet_hours_follow_the_local_clock(hours: QuietHours, at: str, quiet: bool) -> None:  # noqa: FBT001
    assert hours.is_quiet(datetime.fromisoformat(at), "Europe/Paris") is quiet


def test_quiet_hours_end_on_the_right_morning() -> None:
    evening = datetime(2026, 11, 22, 21, 30, tzinfo=UTC)
    morning = datetime(2026, 11, 23, 7, tzinfo=UTC)
    assert NIGHT.quiet_end(evening, "Europe/Paris") == morning
    assert NIGHT.quiet_end(evening + timedelta(hours=4), "Europe/Paris") == morning
    assert NIGHT.quiet_end(morning, "Europe/Paris") == morning


def test_quiet_hours_keep_their_json_and_refuse_what_is_none() -> None:
    assert QuietHours.parse({"start": "22:00", "end": "08:00"}) == NIGHT
    assert QuietHours.parse(NIGHT.to_json()) == NIGHT
    assert QuietHours.parse({"start": "00:00", "end": "08:00"}).start == time(0)
    for wrong in (None, {}, {"start": "22:00", "end": "late"}, {"start": "8:00", "end": "08:00"}):
        with pytest.raises(Invalid):
            QuietHours.parse(wrong)
    with pytest.raises(Invalid, match="another time"):
        QuietHours.parse({"start": "08:00", "end": "08:00"})


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.sampled_from(ZONES),
    st.times(),
    st.times(),
)
def test_after_quiet_hours_it_is_not_quiet(at: datetime, zone: str, start: time, end: time) -> None:
    if start == end:
        return
    hours = QuietHours(start.replace(second=0, microsecond=0), end.replace(second=0, microsecond=0))
    if hours.start == hours.end:
        return
    free = hours.quiet_end(at, zone)
    assert free >= at
    assert free - at < timedelta(hours=52)
    clock = free.astimezone(ZoneInfo(zone)).time()
    assert not hours.is_quiet(free, zone) or clock > hours.end
