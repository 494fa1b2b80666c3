from __future__ import annotations

import pytest

from webapp.domain.brake import LAST, Brake, Felt

TAKEN, REFUSED, UNCLEAR = Felt.TAKEN, Felt.REFUSED, Felt.UNCLEAR


@pytest.mark.parametrize("bad", [REFUSED, UNCLEAR])
@pytest.mark.parametrize(
    ("outcomes", "pauses"),
    [
        ("x" * (LAST - 1), False),  # too few to tell
        ("x" * LAST, True),
        ("x." * (LAST // 2), True),  # one in two
        ("x." * (LAST // 2 - 1) + "..", False),
        ("x" * 50 + "." * 100, False),  # what is long ago counts no more
    ],
)
def test_a_run_pauses_when_half_of_the_last_hundred_came_to_nothing(
    outcomes: str, bad: Felt, *, pauses: bool
) -> None:
    assert Brake().feel(bad if it == "x" else TAKEN for it in outcomes) is pauses


def test_what_was_refused_and_what_nobody_knows_of_count_together() -> None:
    assert Brake().feel([REFUSED, UNCLEAR, TAKEN, TAKEN] * (LAST // 4))
