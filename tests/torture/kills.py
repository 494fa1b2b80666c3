"""The sender killed again and again, while broadcasts go out and the platform fails.

Half of the kills come at any moment, half at a point of one request: when the platform received it,
had it on disk, had answered, or some milliseconds later.
"""

from __future__ import annotations

import time

from tests.torture import forking, proof
from tests.torture.forking import Mother
from tests.torture.ground import PEOPLE, RATE, Ground, until
from tests.torture.machines import Machine
from tests.torture.proof import Proof
from webapp.simulator.killing import POINTS

CAST = 4  # people who are on the channel beside ours
LONGEST_S = 0.8  # before a kill
LATER_MS = (0, 1, 5, 20)


def run(ground: Ground, kills: int, *, people: int = PEOPLE, rate: int = RATE) -> Proof:
    ground.trouble()
    with forking.mother(ground.environ) as mother:
        kill(ground, mother, kills)
    ground.simulator.no_faults()
    with ground.jobs():
        ground.until_all_done()
    return proof.prove(ground, people=people + CAST, kills=kills, rate=rate)


def kill(ground: Ground, mother: Mother, kills: int) -> None:
    """As many senders as that, one after the other, each while it writes to people."""
    done = 0
    while done < kills:
        with Machine.born("jobs", ground.folder, mother) as machine:
            if _is_sending(ground):
                done += _strike(ground, machine, at_a_point=done % 2 == 1)
        for broadcast in ground.broadcasts[-2:]:
            assert ground.totals(broadcast).adds_up, "a sum that is not true after a kill"


def _is_sending(ground: Ground) -> bool:
    """Whether somebody is being written to when this returns. What the dead had claimed waits as
    well, but for nobody's message; and the last messages may be gone before we look."""
    if not ground.broadcasts or _left(ground, ground.broadcasts[-1]) < RATE:
        ground.broadcast()
    latest = ground.broadcasts[-1]
    until(lambda: ground.state(latest) != "scheduled", "a start")
    before = ground.simulator.count()["accepted"]
    until(lambda: ground.simulator.count()["accepted"] > before or not _left(ground, latest),
          "a message")  # fmt: skip
    return _left(ground, latest) > 0


def _left(ground: Ground, broadcast: int) -> int:
    """Who is not claimed yet; before its plan everybody, or a process that is killed before it has
    planned would leave one broadcast more each time."""
    found = ground.totals(broadcast)
    return found.queued if found.audience else PEOPLE


def _strike(ground: Ground, machine: Machine, *, at_a_point: bool) -> bool:
    """False when it was over before the blow fell."""
    time.sleep(ground.chance.uniform(0, LONGEST_S))
    if not at_a_point:
        machine.kill()
        return True
    point, later = ground.chance.choice(POINTS), ground.chance.choice(LATER_MS)
    fault = ground.simulator.fault("kill", pid=machine.pid, at=point, delay_ms=later, count=1)
    end = time.monotonic() + LONGEST_S
    while machine.lives and time.monotonic() < end:
        time.sleep(0.01)
    if machine.lives:
        ground.simulator.practice("DELETE", f"faults/{fault}")
        return False
    return True
