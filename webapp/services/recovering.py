"""After a crash: what a dead process had claimed is unknown, and what is over is closed."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import Session

from webapp.db import EVERY_BRAND, Database
from webapp.domain.broadcast import BroadcastState
from webapp.domain.permission import job
from webapp.models.broadcast import Broadcast, Occurrence
from webapp.models.delivery import Worker
from webapp.services import facts, series
from webapp.store import audits, claims, deliveries, occurrences, rollups, workers

CLOCK = job("clock")
BURIED_LATELY = timedelta(days=1)  # nobody is frozen for longer and still has a connection


@dataclass
class Watch:
    """Workers as one process sees them: whether they still say that they are alive, by its own
    watch. So it does not matter what time it is on their machine or here: a clock that was set back
    makes no dead worker look alive, and one that goes wrong makes no living one look dead."""

    seconds: Callable[[], float] = time.monotonic
    seen: dict[int, tuple[datetime, float]] = field(default_factory=dict)  # by worker: and since

    def silent(self, known: Sequence[Worker]) -> list[Worker]:
        now, before = self.seconds(), self.seen
        self.seen = {it.id or 0: (it.alive_at, now) for it in known}
        self.seen |= {key: it for key, it in before.items()
                      if key in self.seen and it[0] == self.seen[key][0]}  # fmt: skip
        lease = workers.LEASE.total_seconds()
        return [it for it in known if now - self.seen[it.id or 0][1] >= lease]


def bury_dead(
    db: Database, now: datetime, watch: Watch | None = None, spared: int | None = None
) -> int:
    """Settle the claims of workers that were silent for a lease; returns how many rows became
    unknown. Without a watch their last word is held against `now`.

    Also those that a process frozen in the middle of claiming committed after it was buried.
    `spared`: a process whose sender is silent only while it waits for its turn to write.
    """
    with db.writer(EVERY_BRAND) as session:
        known = [it for it in workers.not_ended(session) if it.pid != spared]
        dead = watch.silent(known) if watch else [
            it for it in known if it.alive_at <= now - workers.LEASE
        ]  # fmt: skip
        found = [*dead, *workers.woken(session, now - BURIED_LATELY)]
        buried = sum(bury(session, worker, now) for worker in found)
        session.commit()
    return buried


def bury(session: Session, worker: Worker, now: datetime) -> int:
    return bury_id(session, worker.id or 0, now)


def bury_id(session: Session, worker_id: int, now: datetime) -> int:
    """A claim without an answer may have been accepted: unknown, never queued again."""
    rows = claims.bury(session, worker_id, now)
    keys = ((row.brand_id, row.channel_id, row.broadcast_id) for row in rows)
    for (brand_id, channel_id, broadcast_id), n in Counter(keys).items():
        kind = session.get_one(Broadcast, broadcast_id).kind
        rollups.add(session, brand_id, channel_id, now, kind, unknown=n)
    facts.settle_unknown(session, [row.id or 0 for row in rows])
    workers.end(session, worker_id, now)
    return len(rows)


def finish_runs(db: Database, now: datetime) -> int:
    """Close every run with nothing queued and nothing in flight; returns how many."""
    with db.reader(EVERY_BRAND) as session:
        runs = [(r.brand_id, r.id or 0) for r in occurrences.in_state(session, "sending")
                if not deliveries.has_waiting(session, r)]  # fmt: skip
    return sum(_finish(db, brand_id, run_id, now) for brand_id, run_id in runs)


def _finish(db: Database, brand_id: int, run_id: int, now: datetime) -> bool:
    with db.writer(brand_id) as session:
        run = session.get_one(Occurrence, run_id)
        if deliveries.has_waiting(session, run) or run.state != "sending":
            return False
        run.state, run.finished_at = "done", now
        broadcast = session.get_one(Broadcast, run.broadcast_id)
        if broadcast.state == BroadcastState.SENDING:
            series.close(session, broadcast)
        audits.add(session, CLOCK, brand_id, "broadcast.finish", broadcast.id, now, run=run.number)
        session.commit()
        return True
