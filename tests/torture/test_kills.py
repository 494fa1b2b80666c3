"""A little of `make torture` in every run of the tests: kills at any moment and at points."""

from __future__ import annotations

from pathlib import Path

from tests.torture import forking, ground, kills, proof
from webapp import db as database


def test_a_killed_sender_sends_nothing_twice_and_loses_nothing(
    db: database.Database, tmp_path: Path
) -> None:
    people, rate = 400, 100
    with ground.standing(db, tmp_path, people=people, rate=rate, seed=3) as made:
        found = kills.run(made, 4, people=people, rate=rate)
        died = {key for key, row in proof.ledger(made).items() if row.reason == proof.DIED}
        seen = {call["key"] for call in proof.journal(made)}
    assert found.holds, found
    assert found.facts["rows"] == (people + kills.CAST) * len(made.broadcasts)
    noted = set((tmp_path / forking.ASKED).read_text().split())
    assert died & seen <= noted, "in flight when its sender was killed, and not noted as asked"
