from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain import retry

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def wait(failures: int, asked: float | None = None) -> float:
    return (retry.next_attempt(NOW, failures, asked) - NOW).total_seconds()


@pytest.mark.parametrize(
    ("failures", "seconds"), [(0, 2), (1, 2), (2, 4), (3, 8), (9, 512), (10, 900), (10**6, 900)]
)
def test_waits_double_up_to_a_quarter_of_an_hour(failures: int, seconds: float) -> None:
    assert wait(failures) == seconds


@pytest.mark.parametrize(
    ("asked", "seconds"), [(0, 2), (1, 2), (3600, 3600), (10**12, 86400), (float("inf"), 86400)]
)
def test_a_wait_the_platform_asks_for_is_honoured_up_to_a_day(asked: float, seconds: float) -> None:
    assert wait(1, asked) == seconds


@pytest.mark.parametrize("asked", [-5, float("nan")])
def test_a_wait_that_makes_no_sense_is_ignored(asked: float) -> None:
    assert wait(1, asked) == 2


@given(st.integers(0, 100), st.none() | st.floats())
def test_another_attempt_is_always_later_and_within_a_day(
    failures: int, asked: float | None
) -> None:
    assert 2 <= wait(failures, asked) <= 86400
