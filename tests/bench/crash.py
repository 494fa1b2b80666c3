"""What a kill leaves unknown: the sender killed at any moment and at points of one request, while
it writes to people and the platform fails. The target says a tenth of a second of the rate; what
was in flight is unknown besides, whoever sends.

How many kills: FANLIGHT_BENCH_KILLS, twenty unless told.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from tests.bench import ground, report
from tests.torture import ground as grounds
from tests.torture import kills, proof, servers

KILLS = int(os.environ.get("FANLIGHT_BENCH_KILLS", "20"))


def run() -> list[report.Row]:
    with tempfile.TemporaryDirectory(prefix="fanlight-bench-") as name:
        folder = Path(name)
        with servers.fresh(ground.KIND, folder) as db, grounds.standing(db, folder) as made:
            found = kills.run(made, KILLS)
    assert found.holds, str(found)
    note = f"{KILLS} kills at {grounds.RATE}/s on {ground.KIND}, target {proof.wave()}"
    asked, left = found.facts["of these never asked"], found.facts["most by one"]
    return [
        report.row("crash: claimed and never asked", "most by a kill", [_number(asked)], note),
        report.row("crash: unknown, with what was in flight", "most by a kill", [_number(left)]),
    ]


def _number(fact: object) -> float:
    assert isinstance(fact, int)
    return float(fact)
