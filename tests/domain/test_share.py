from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain import share


@given(st.text(max_size=80), st.integers(1, 2**63 - 1))
def test_a_place_is_one_of_a_hundred_and_stays(name: str, person: int) -> None:
    assert 0 <= share.place(name, person) < share.PLACES
    assert share.place(name, person) == share.place(name, person)


@pytest.mark.parametrize("step", [1, 2, 100, 4096])
@pytest.mark.parametrize("name", ["spring", "a", "hold-out 2027"])
def test_every_place_holds_its_share_however_ids_are_dealt_out(name: str, step: int) -> None:
    places = Counter(share.place(name, number * step) for number in range(1, 50_001))
    assert set(places) == set(range(100))
    assert all(400 < people < 600 for people in places.values())  # 4.5 standard deviations


def test_two_splits_have_nothing_to_do_with_one_another() -> None:
    both = sum(share.place("a", n) < 50 and share.place("b", n) < 50 for n in range(1, 20_001))
    assert 4_700 < both < 5_300


def test_a_place_never_changes_between_versions() -> None:
    assert [share.place("spring", n) for n in (1, 2, 3, 4, 10**6, 2**40)] == [
        50, 98, 14, 88, 13, 59
    ]  # fmt: skip
