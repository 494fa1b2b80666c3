"""The database goes away in the middle of a broadcast and comes back; the processes stay.

PostgreSQL: the server is stopped at once, as a power cut would, and replays its log. SQLite:
somebody else holds the write lock for some seconds.
"""

from __future__ import annotations

import time

from tests.torture import proof, servers
from tests.torture.ground import PEOPLE, Ground, until
from tests.torture.kills import CAST
from tests.torture.proof import Proof
from webapp.db import EVERY_BRAND

TIMES = 3
LOCKED_S = 4.0


def run(ground: Ground, *, people: int = PEOPLE, times: int = TIMES) -> Proof:
    with ground.jobs():
        ground.broadcast()
        for _ in range(times):
            _some_messages(ground)
            if ground.db.is_sqlite:
                _hold_the_lock(ground)
            else:
                servers.restart(ground.db.url)
                ground.db.dispose()
        ground.until_all_done()
    return proof.prove(ground, people=people + CAST)


def _some_messages(ground: Ground) -> None:
    before = ground.simulator.count()["accepted"]
    until(lambda: ground.simulator.count()["accepted"] > before + 20, "some messages")


def _hold_the_lock(ground: Ground) -> None:
    with ground.db.writer(EVERY_BRAND) as session:
        session.connection()
        time.sleep(LOCKED_S)
