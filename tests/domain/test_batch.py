"""How many messages may travel together, and that no second ever holds more of them for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.test_rate import most_in_a_second
from webapp.domain import batch, rate

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def starts_of(way: batch.Together, steps: list[tuple[int, int, float]]) -> list[datetime]:
    """Arrivals from several senders: each step waits, wants some slots, and its batches, which go
    at the slot of their last, are late by a share of what the sender and the way may take."""
    pace = rate.pace(way.per_second)
    tat, now, starts = None, NOW, []
    for wait_us, wanted, share in steps:
        now += timedelta(microseconds=wait_us)
        grant = rate.take(pace, tat, now, wanted)
        tat = grant.tat
        slots = [grant.slot(i) for i in range(grant.count)]
        for first in range(0, len(slots), way.most):
            some = slots[first : first + way.most]
            assert some[-1] - some[0] <= way.within + timedelta(microseconds=1)
            starts += [max(now, some[-1]) + pace.late * 2 * share] * len(some)
    return starts


@given(
    st.integers(1, 400).map(float) | st.floats(0.1, 5000),
    st.integers(2, 50),
    st.lists(st.tuples(st.integers(0, 400_000), st.integers(0, 600), st.floats(0, 1)), max_size=60),
)
def test_no_second_ever_holds_more_for_batches(
    per_second: float, size: int, steps: list[tuple[int, int, float]]
) -> None:
    starts = starts_of(batch.together(size, per_second), steps)
    if starts:
        assert most_in_a_second(starts) <= max(1, floor(per_second * 1.05))


@pytest.mark.parametrize("per_second", range(1, 301))
def test_batches_cost_less_than_five_percent_of_the_speed(per_second: int) -> None:
    assert batch.together(50, per_second).per_second > 0.95 * per_second


@pytest.mark.parametrize(
    ("size", "per_second", "most"),
    [
        (None, 300, 1), (2, 300, 2), (50, 300, 15), (50, 40, 2), (50, 20, 1), (50, 21, 2),
        (10, 100, 5), (50, 5000, 50), (50, 0.1, 1),
    ],
)  # fmt: skip
def test_a_batch_is_half_a_wave_at_most(size: int | None, per_second: float, most: int) -> None:
    way = batch.together(size, per_second)
    assert way.most == batch.most_of(size, per_second) == most
    assert way.within <= rate.WAVE / 2
    if most == 1:
        assert way == batch.Together(per_second), "one by one nothing is slower"
