"""After a crash: what a dead process had claimed is unknown, and what is over is closed."""

from __future__ import annotations

from collections import Counter
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


def bury_dead(db: Database, now: datetime) -> int:
    """Settle the claims of workers whose lease ran out; returns how many rows became unknown.

    Also those that a process frozen in the middle of claiming committed after it was buried.
    """
    with db.writer(EVERY_BRAND) as session:
        found = [*workers.dead(session, now), *workers.woken(session, now - BURIED_LATELY)]
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
