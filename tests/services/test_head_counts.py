"""People counted by many digits are those that one look at each would count."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from random import Random

import pytest
from pyroaring import BitMap64

from webapp.services import head_counts
from webapp.services.head_counts import HeadCount, Values


@pytest.mark.parametrize("largest", [40, 2**40])
@pytest.mark.parametrize("highest", [90, 50_000])
@pytest.mark.parametrize("seed", range(8))
def test_each_is_counted_with_all_their_digits(
    seed: int, highest: int, largest: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where people are few among many ids, and where the numbers have to be made anew."""
    monkeypatch.setattr(head_counts, "LARGEST", largest)
    chance = Random(seed)
    people = chance.sample(range(10, highest), 60)
    counting, expected = HeadCount(BitMap64(people)), {it: list[Values]() for it in people}
    for column in range(chance.randint(0, 7)):
        classes: dict[Values, BitMap64] = {
            (digit, column): BitMap64() for digit in range(1, chance.randint(1, 6))
        }
        for person in (*people, 1, highest + 7):
            values = chance.choice([*classes, (0, 0)])
            if values in classes:
                classes[values].add(person)
            expected.setdefault(person, []).append(values)
        assert counting.split(classes, (0, 0)) == column
    counted = Counter(tuple(expected[it]) for it in people)
    assert {tuple(values): n for values, n in counting.groups()} == counted


def test_of_nobody_there_is_no_group() -> None:
    counting = HeadCount(BitMap64())
    counting.split({(1,): BitMap64([7])}, (0,))
    assert list(counting.groups()) == []


def test_a_process_that_sends_does_without_numpy() -> None:
    """It takes 15 MB."""
    asks = "import sys, jobs.__main__; print('numpy' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", asks], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"
