"""Turns by people's own clocks that came while nothing was running here.

A run by each person's own clock starts once, and then waits zone by zone. Whose time came during a
downtime gets it late within the grace of the schedule; after it they are skipped, for their clock
shows another hour by then. Whose turn had come before is a matter of the rate, and goes on.

Nothing runs here in this sense while no process does, while a machine is asleep or its clock leaps,
and while the database is away: what counts is when a sender last said, in the database, that it is
there. A run that is being planned is sent by nobody either, so a plan looks once more when it is
made (`planning`); that finds what was planned before a sleep, a restart or an outage.
"""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from webapp.db import EVERY_BRAND, Database
from webapp.domain import remark
from webapp.domain.departure import MISSED
from webapp.domain.permission import job
from webapp.domain.schedule import grace
from webapp.domain.wording import Sentence, say_n
from webapp.models.broadcast import Broadcast, Occurrence
from webapp.services import departing
from webapp.store import audits, deliveries, occurrences, rollups, workers

CLOCK = job("clock")
WRITE = 2_000  # rows a transaction
UNDER_WAY = ("planning", "sending", "paused")


def skip(db: Database, now: datetime) -> int:
    """Before the first message after a start of a sender; returns how many are skipped."""
    with db.reader(EVERY_BRAND) as session:
        since = workers.last_alive(session, now)
    return 0 if since is None else _skip_all(db, since, now)


def skip_after_leap(db: Database, worker_id: int, since: datetime, now: datetime) -> int:
    """Before the next message of a sender whose clock leapt, as that of a machine does that was
    asleep, or whose database was away: nothing ran in between unless another sender did."""
    with db.reader(EVERY_BRAND) as session:
        others = workers.others_last_alive(session, worker_id, now)
    return _skip_all(db, max(since, others or since), now)


def skip_some(
    session: Session, run: Occurrence, broadcast: Broadcast, since: datetime, now: datetime
) -> int:
    """Some whose turn came after `since` and whose grace is over by now, in the caller's
    transaction; 0: there is nobody left."""
    if not run.holds or not _by_own_clocks(broadcast):
        return 0
    before = now - grace(run.grace_minutes)
    ids = deliveries.due_between(session, run, since, before, WRITE)
    if ids:
        deliveries.skip_rows(session, ids, MISSED, now)
        rollups.add(
            session, run.brand_id, broadcast.channel_id, now, broadcast.kind, skipped=len(ids)
        )
    return len(ids)


def _by_own_clocks(broadcast: Broadcast) -> bool:
    chosen = departing.chosen_schedule(broadcast)
    return chosen is not None and chosen.wall is not None


def tell(session: Session, run: Occurrence, people: int, now: datetime) -> None:
    """On the run's page, and in the log; in the caller's transaction."""
    run.note = remark.to_json(_words(people))
    audits.add(
        session, CLOCK, run.brand_id, "broadcast.miss_turns", run.broadcast_id, now,
        run=run.number, people=people,
    )  # fmt: skip


def _skip_all(db: Database, since: datetime, now: datetime) -> int:
    with db.reader(EVERY_BRAND) as session:
        runs = [
            (run.brand_id, run.id or 0)
            for state in UNDER_WAY
            for run in occurrences.in_state(session, state)
        ]
    return sum(_skip(db, *key, since, now) for key in runs)


def _skip(db: Database, brand_id: int, run_id: int, since: datetime, now: datetime) -> int:
    skipped = 0
    while n := _skip_next(db, brand_id, run_id, since, now):
        skipped += n
    if skipped:
        _tell(db, brand_id, run_id, skipped, now)
    return skipped


def _skip_next(db: Database, brand_id: int, run_id: int, since: datetime, now: datetime) -> int:
    with db.writer(brand_id) as session:
        run = session.get_one(Occurrence, run_id)
        broadcast = session.get_one(Broadcast, run.broadcast_id)
        n = skip_some(session, run, broadcast, since, now)
        session.commit()
        return n


def _tell(db: Database, brand_id: int, run_id: int, people: int, now: datetime) -> None:
    """Of a run that is being planned the plan tells, when it is made."""
    with db.writer(brand_id) as session:
        run = session.get_one(Occurrence, run_id)
        if run.state != "planning":
            tell(session, run, people, now)
            session.commit()


def _words(people: int) -> Sentence:
    return say_n(
        "The time of %(n)s person came while nothing was running here, and its grace was over: "
        "they are skipped.",
        "The time of %(n)s people came while nothing was running here, and its grace was over: "
        "they are skipped.",
        people,
    )
