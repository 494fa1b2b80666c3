"""A night of `make torture` on which clocks skip an hour, in every run of the tests."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from tests.torture import ground, nights
from webapp import db as database


def test_a_night_on_which_clocks_change_writes_to_everyone_once_at_their_time_or_names_them(
    db: database.Database, tmp_path: Path
) -> None:
    night = next(nights.coming(datetime.now(UTC)))
    with ground.standing(db, tmp_path, people=30, rate=nights.RATE) as made:
        found = nights.run(made, [night], people=30)
    assert found.holds, found
    assert found.facts["missed turns"]
    assert found.facts["sent"]
    assert found.facts["runs done"]
