"""A little of what `make torture` does to clocks, in every run of the tests."""

from __future__ import annotations

from pathlib import Path

from tests.torture import ground, leaps
from webapp import db as database


def test_a_clock_that_is_set_sends_nothing_twice_late_or_outside_a_window(
    db: database.Database, tmp_path: Path
) -> None:
    steps = (leaps.MORE_THAN_A_DAY, -leaps.MINUTES)
    with ground.standing(db, tmp_path, people=30, rate=leaps.RATE) as made:
        found = leaps.run(made, steps=steps, people=30)
    assert found.holds, found
    assert found.facts["runs missed"]
    assert found.facts["sent"]
