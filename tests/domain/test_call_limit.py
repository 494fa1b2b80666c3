"""A day of calls is counted by slices, and never fewer than there were."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.call_limit import DAY, SLICE, Calls

NOW = datetime(2026, 11, 22, 12, 3, tzinfo=UTC)


@given(st.lists(st.tuples(st.integers(0, 2 * 24 * 60), st.integers(1, 50)), max_size=60))
def test_no_call_of_the_last_day_is_forgotten(made: list[tuple[int, int]]) -> None:
    calls = Calls()
    for minutes, n in sorted(made, reverse=True):
        calls = calls.added(n, NOW - timedelta(minutes=minutes))
    truly = sum(n for minutes, n in made if timedelta(minutes=minutes) < DAY)
    later = sum(n for minutes, n in made if timedelta(minutes=minutes) < DAY + SLICE)
    assert truly <= calls.used(NOW) <= later
    assert Calls.parse(calls.to_json()) == calls


def test_it_is_known_when_there_are_fewer_again() -> None:
    calls = Calls().added(6, NOW).added(4, NOW + timedelta(hours=2))
    later = NOW + timedelta(hours=3)
    assert calls.frees_at(11, later) is None
    at = calls.frees_at(10, later)
    assert at == datetime(2026, 11, 23, 12, 10, tzinfo=UTC)
    assert (calls.used(at - timedelta(seconds=1)), calls.used(at)) == (10, 4)
    assert calls.frees_at(0, later) is None
