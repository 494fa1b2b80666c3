"""The disk is full for the database, for some seconds, in the middle of a broadcast.

Simulated by the limit of a file's size (RLIMIT_FSIZE) of the running process: every write that
would make the database's log, or any other file, longer fails as on a full disk. SQLite only: the
files of PostgreSQL belong to other processes.
"""

from __future__ import annotations

import resource
import time

from tests.torture import proof
from tests.torture.ground import PEOPLE, Ground, until
from tests.torture.kills import CAST
from tests.torture.proof import Proof

TIMES = 3
FULL_S = 3.0
NO_LIMIT = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


def run(ground: Ground, *, people: int = PEOPLE, times: int = TIMES) -> Proof:
    with ground.jobs() as machine:
        ground.broadcast()
        for _ in range(times):
            before = ground.simulator.count()["accepted"]
            until(lambda b=before: ground.simulator.count()["accepted"] > b + 20,  # type: ignore[misc]
                  "some messages")  # fmt: skip
            resource.prlimit(machine.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
            time.sleep(FULL_S)
            resource.prlimit(machine.pid, resource.RLIMIT_FSIZE, NO_LIMIT)
        ground.until_all_done()
    return proof.prove(ground, people=people + CAST)
