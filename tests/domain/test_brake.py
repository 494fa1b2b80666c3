from __future__ import annotations

import pytest

from webapp.domain.brake import LAST, Brake


@pytest.mark.parametrize(
    ("outcomes", "pauses"),
    [
        ([True] * (LAST - 1), False),  # too few to tell
        ([True] * LAST, True),
        ([True, False] * (LAST // 2), True),  # one in two
        ([True, False] * (LAST // 2 - 1) + [False, False], False),
        ([True] * 50 + [False] * 100, False),  # what is long ago counts no more
    ],
)
def test_a_run_pauses_when_half_of_the_last_hundred_were_refused(
    outcomes: list[bool], *, pauses: bool
) -> None:
    assert Brake().feel(outcomes) is pauses
