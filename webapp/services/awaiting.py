"""Runs that wait for people's windows: what an opened window sets free, and the end of the period.

A webhook that opens a window frees the row in its own transaction. Whoever's window was opened by
something else (an import, a merge), or in the moment in which their row was written, is found by a
look at all who wait. Freed rows are claimed, and decided about, like all others.
"""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from webapp.db import EVERY_BRAND, Database
from webapp.domain import period
from webapp.models.broadcast import Broadcast, Occurrence
from webapp.models.subscriber import Subscriber
from webapp.store import awaited, deliveries, rollups

LOOK = 20_000  # rows a statement: about 20 ms
WRITE = 2_000  # rows a transaction, so that other writers stay quick


def release(session: Session, person: Subscriber, now: datetime) -> None:
    """In the caller's transaction, after a window of theirs may have opened."""
    if person.id is not None and person.window_ends_at and person.window_ends_at > now:
        awaited.release(session, person.id, now)


def look_again(db: Database, now: datetime) -> int:
    """Free whoever's window is open, and whoever is not to be waited for; returns how many."""
    with db.reader(EVERY_BRAND) as session:
        runs = [(run.brand_id, run.id or 0) for run in awaited.runs(session, now, over=False)]
    return sum(_look(db, brand_id, run_id, now) for brand_id, run_id in runs)


def close_due(db: Database, now: datetime) -> int:
    """After a period nobody is written to any more; returns how many were skipped."""
    with db.reader(EVERY_BRAND) as session:
        runs = [(run.brand_id, run.id or 0) for run in awaited.runs(session, now, over=True)]
    return sum(_close(db, brand_id, run_id, now) for brand_id, run_id in runs)


def _look(db: Database, brand_id: int, run_id: int, now: datetime) -> int:
    after = freed = 0
    while True:
        with db.reader(brand_id) as session:
            run = session.get_one(Occurrence, run_id)
            looked = awaited.look(session, run, after, LOOK, now)
        if not looked.last:
            return freed
        after = looked.last
        for first in range(0, len(looked.ready), WRITE):
            with db.writer(brand_id) as session:
                freed += awaited.release_rows(session, looked.ready[first : first + WRITE], now)
                session.commit()


def _close(db: Database, brand_id: int, run_id: int, now: datetime) -> int:
    skipped = 0
    for awaiting, reason in ((True, period.NEVER_OPENED), (False, period.OVER)):
        while n := _skip(db, brand_id, run_id, reason, now, awaiting=awaiting):
            skipped += n
    return skipped


def _skip(
    db: Database, brand_id: int, run_id: int, reason: str, now: datetime, *, awaiting: bool
) -> int:
    with db.writer(brand_id) as session:
        run = session.get_one(Occurrence, run_id)
        ids = awaited.next_queued(session, run, WRITE, awaiting=awaiting)
        if ids:
            deliveries.skip_rows(session, ids, reason, now)
            broadcast = session.get_one(Broadcast, run.broadcast_id)
            rollups.add(
                session, brand_id, broadcast.channel_id, now, broadcast.kind, skipped=len(ids)
            )
        session.commit()
        return len(ids)
