"""A little of `make torture` in every run of the tests: kills at any moment and at points."""

from __future__ import annotations

from pathlib import Path

from tests.torture import forking, ground, kills, proof
from webapp import db as database
from webapp.domain.delivery import DeliveryState

UNKNOWN = DeliveryState.UNKNOWN


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


def test_a_sender_killed_in_the_middle_of_a_batch_sends_nothing_twice_and_loses_nothing(
    db: database.Database, tmp_path: Path
) -> None:
    people, rate = 300, 100
    with ground.standing(db, tmp_path, people=people, rate=rate, seed=5) as made:
        made.in_batches(50)
        lost = made.simulator.fault("reset_after", whole=True, count=2)
        with forking.mother(made.environ) as mother:
            kills.kill(made, mother, 2)
        left = [it for it in made.simulator.practice("GET", "faults") if it["id"] == lost]
        made.simulator.no_faults()
        with made.jobs():
            made.until_all_done()
        found = proof.prove(made, people=people + kills.CAST, kills=2, rate=rate)
        unknown = [row for row in proof.ledger(made).values() if row.state == UNKNOWN]
    assert found.holds, found
    assert not left, "no batch was ever on its way"
    assert any(row.reason == "no answer" for row in unknown), "the lost batches"
