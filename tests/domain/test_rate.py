from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, datetime, timedelta
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain import rate
from webapp.domain.rate import Usage

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def most_in_a_second(starts: list[datetime]) -> int:
    ordered = sorted(starts)
    return max(bisect_left(ordered, at + SECOND) - i for i, at in enumerate(ordered))


def starts_of(per_second: float, steps: list[tuple[int, int, float]]) -> list[datetime]:
    """Arrivals from several senders: each step waits, wants some slots, and is late by a share of
    what the sender and the way may take together."""
    pace = rate.pace(per_second)
    tat, now, starts = None, NOW, []
    for wait_us, wanted, share in steps:
        now += timedelta(microseconds=wait_us)
        grant = rate.take(pace, tat, now, wanted)
        tat = grant.tat
        starts += [max(now, grant.slot(i)) + pace.late * 2 * share for i in range(grant.count)]
    return starts


@given(
    st.floats(0.1, 5000) | st.integers(1, 400).map(float),
    st.lists(st.tuples(st.integers(0, 400_000), st.integers(0, 600), st.floats(0, 1)), max_size=60),
)
def test_no_second_ever_holds_more_than_the_rate_and_five_percent(
    per_second: float, steps: list[tuple[int, int, float]]
) -> None:
    starts = starts_of(per_second, steps)
    if starts:
        assert most_in_a_second(starts) <= max(1, floor(per_second * 1.05))


@pytest.mark.parametrize("per_second", [20, 30, 40, 50, 100, 300, 1000])
def test_the_rate_is_used_to_the_full(per_second: int) -> None:
    starts = starts_of(per_second, [(20_000, 100, 0.0)] * 3000)
    seconds = (max(starts) - min(starts)).total_seconds()
    assert len(starts) / seconds >= 0.995 * per_second


def test_idleness_saves_nothing_up() -> None:
    pace = rate.pace(10)
    after_a_day = rate.take(pace, NOW, NOW + timedelta(days=1), 100)
    assert after_a_day.count <= 2
    assert after_a_day.first == NOW + timedelta(days=1)


def test_a_wave_is_a_tenth_of_a_second_of_the_rate() -> None:
    grant = rate.take(rate.pace(300), None, NOW, 1000)
    assert grant.count == 30
    assert grant.slot(29) < NOW + rate.WAVE <= grant.tat + timedelta(milliseconds=4)


def test_while_a_wave_runs_there_is_nothing_and_then_there_is() -> None:
    pace = rate.pace(300)
    wave = rate.take(pace, None, NOW, 1000)
    full = rate.take(pace, wave.tat, NOW, 10)
    assert (full.count, full.tat) == (0, wave.tat)
    assert NOW < full.again_at < NOW + rate.WAVE
    assert rate.take(pace, wave.tat, full.again_at, 10).count >= 1


def test_no_more_is_taken_than_wanted() -> None:
    grant = rate.take(rate.pace(300), None, NOW, 3)
    assert grant.count == 3
    assert grant.tat - NOW == pytest.approx(
        timedelta(milliseconds=10), abs=timedelta(microseconds=3)
    )
    assert rate.take(rate.pace(300), None, NOW, 0).count == 0


def test_a_slot_is_missed_only_after_its_lateness() -> None:
    grant = rate.take(rate.pace(300), None, NOW, 1)
    assert not grant.missed(0, NOW + grant.pace.late)
    assert grant.missed(0, NOW + grant.pace.late + timedelta(microseconds=1))
    assert grant.pace.late >= timedelta(milliseconds=14)


def test_the_next_wave_is_asked_for_when_the_last_is_nearly_over() -> None:
    pace = rate.pace(300)
    wave = rate.take(pace, None, NOW, 1000)
    assert wave.again_at == wave.tat - rate.AHEAD
    assert rate.take(pace, wave.tat, wave.again_at, 1000).count >= 20


@pytest.mark.parametrize("back", [timedelta(seconds=5), timedelta(hours=1), timedelta(days=400)])
def test_a_clock_that_is_set_back_stops_sending_for_a_second_and_no_longer(
    back: timedelta,
) -> None:
    pace = rate.pace(40)
    before = rate.take(pace, None, NOW, 4)
    now = NOW - back
    rest = rate.take(pace, before.tat, now, 4)
    assert (rest.count, rest.again_at) <= (0, now + 2 * SECOND)
    assert SECOND < rest.first - now <= 2 * SECOND
    assert rate.take(pace, rest.tat, now + 2 * SECOND, 4).count == 4


def test_a_clock_that_is_set_back_a_little_waits_for_it() -> None:
    pace = rate.pace(40)
    before = rate.take(pace, None, NOW, 4)
    assert rate.take(pace, before.tat, NOW - SECOND, 4).tat == before.tat


@pytest.mark.parametrize("per_second", [0, -1, float("nan")])
def test_a_rate_of_nothing_is_refused(per_second: float) -> None:
    with pytest.raises(ValueError, match="above zero"):
        rate.pace(per_second)


@pytest.mark.parametrize(
    ("percent", "expected"), [(0, 40), (74.9, 40), (85, 22), (95, 0), (100, 0), (250, 0)]
)
def test_sending_slows_at_three_quarters_and_stops_at_95_percent(
    percent: float, expected: float
) -> None:
    assert rate.eased(40, Usage(percent)) == pytest.approx(expected)


def test_no_word_about_usage_changes_nothing() -> None:
    assert rate.eased(40, None) == 40
    assert rate.pause_until(None, NOW) is None


def test_a_full_limit_pauses_until_the_platform_says() -> None:
    assert rate.pause_until(Usage(94.9, 30), NOW) is None
    assert rate.pause_until(Usage(95, 30), NOW) == NOW + timedelta(minutes=30)
    assert rate.pause_until(Usage(100), NOW) == NOW + rate.DEFAULT_REGAIN
    assert rate.pause_until(Usage(100, 10**9), NOW) == NOW + timedelta(days=1)


@given(st.lists(st.integers(0, 400), max_size=60), st.integers(1, 8))
def test_a_door_lets_in_a_burst_and_then_one_each_interval(waits: list[int], burst: int) -> None:
    """In any stretch of time at most the burst and one more for each interval of it."""
    interval, tat, now = timedelta(milliseconds=100), None, NOW
    let_in: list[datetime] = []
    for wait in waits:
        now += timedelta(milliseconds=wait)
        after = rate.admit(tat, now, interval, burst)
        if after is not None:
            tat = after
            let_in.append(now)
    for first, begins in enumerate(let_in):
        for last, ends in enumerate(let_in[first:], first):
            assert last - first + 1 <= burst + (ends - begins) / interval


def test_a_door_opens_again_when_the_clock_was_set_back() -> None:
    ahead = NOW + timedelta(days=1)
    assert rate.admit(ahead, NOW, SECOND, 5) is None
    assert rate.admit(ahead, NOW + SECOND, SECOND, 5) is None


def test_of_two_words_about_usage_the_graver_counts() -> None:
    assert rate.fuller(None, None) is None
    assert rate.fuller(Usage(10), None) == rate.fuller(None, Usage(10)) == Usage(10)
    assert rate.fuller(Usage(10, 5), Usage(90)) == Usage(90, 5)
    assert rate.fuller(Usage(10, 5), Usage(9, 7)) == Usage(10, 7)


def test_whoever_may_ask_late_loses_no_slot_by_coming_a_little_late() -> None:
    pace, tat = rate.pace(100), NOW
    late = NOW + rate.BEHIND
    assert rate.take(pace, tat, late, 10).first == late
    grant = rate.take(pace, tat, late, 10, rate.BEHIND)
    assert (grant.first, grant.count) == (tat, 10)
    assert grant.tat == tat + 10 * timedelta(milliseconds=10), "no more than there were slots"
    too_late = late + rate.TICK
    assert rate.take(pace, tat, too_late, 10, rate.BEHIND).first == too_late
    assert rate.take(pace, None, late, 10, rate.BEHIND).first == late
    early = rate.take(pace, tat + rate.WAVE, tat, 10, rate.BEHIND)
    assert early.count == 0, "a wave is running"


@pytest.mark.parametrize(
    ("passed", "held"),
    [
        (-rate.FAR - rate.TICK, False),
        (-rate.FAR, True),
        (timedelta(), True),
        (rate.APART - rate.TICK, True),
        (rate.APART, False),
    ],
)
def test_a_channel_is_with_a_sender_for_a_second_after_its_last_request(
    passed: timedelta, *, held: bool
) -> None:
    assert rate.is_held(NOW, NOW + passed) is held
