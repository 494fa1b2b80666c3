"""Two clocks and four workers, and fifty broadcasts that are due in the same second.

The leader is killed while they go out. PostgreSQL only: SQLite has one process.
"""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

from sqlmodel import col, func, select

from tests import fakes
from tests.torture import proof
from tests.torture.ground import Ground, until
from tests.torture.kills import CAST
from tests.torture.proof import Proof
from webapp.db import EVERY_BRAND
from webapp.models.audit import Audit
from webapp.models.broadcast import Occurrence

BROADCASTS, PEOPLE, WORKERS = 50, 36, 4
SOON = timedelta(seconds=15)


def run(ground: Ground, *, broadcasts: int = BROADCASTS, people: int = PEOPLE) -> Proof:
    with ExitStack() as machines:
        leader = machines.enter_context(ground.jobs("clock1"))
        leader.until_says("this process leads")
        machines.enter_context(ground.jobs("clock2"))
        for n in range(WORKERS):
            machines.enter_context(ground.worker(f"worker{n}"))
        _all_due(ground, datetime.now(UTC) + SOON, broadcasts)
        until(lambda: ground.simulator.count()["accepted"] > people, "some messages")
        leader.kill()
        ground.until_all_done()
    found = proof.prove(ground, people=people + CAST, kills=1)
    found.facts |= {"started twice": _twice(ground), "latest start (s)": _latest(ground)}
    found.crooked += _twice(ground)
    return found


def _all_due(ground: Ground, moment: datetime, broadcasts: int) -> None:
    clock, ground.stage.clock = ground.stage.clock, fakes.HandClock(moment)
    for _ in range(broadcasts):
        ground.broadcast()
    ground.stage.clock = clock


def _twice(ground: Ground) -> int:
    """Broadcasts that were begun more than once."""
    begun = select(Audit.noun_id).where(col(Audit.action) == "broadcast.start")
    with ground.db.reader(EVERY_BRAND) as session:
        query = begun.group_by(col(Audit.noun_id)).having(func.count() > 1)
        return len(session.exec(query).all())


def _latest(ground: Ground) -> float:
    with ground.db.reader(ground.brand) as session:
        runs = session.exec(select(Occurrence)).all()
    return round(
        max((it.started_at - it.due_at).total_seconds() for it in runs if it.started_at), 1
    )
