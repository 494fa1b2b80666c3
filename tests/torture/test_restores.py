"""A little of `make torture`: a backup taken while messages go out, and brought back."""

from __future__ import annotations

from pathlib import Path

from tests.torture import ground, restores
from webapp import db as database


def test_a_restored_backup_sends_nothing_unconfirmed_and_nothing_again(
    db: database.Database, tmp_path: Path
) -> None:
    people = 300
    with ground.standing(db, tmp_path, people=people) as made:
        found = restores.run(made, people=people, times=1)
    assert found.holds, found
    assert found.facts["sent after a copy"]
    assert found.facts["sent"]
