"""Changed quiet hours reach people who wait already: each is given the moment the new ones make.

Whoever waits in a run under way, for the end of quiet hours or for their own clock, is looked at
once after a change, some thousands a transaction. A person the new hours would skip keeps their
moment: they are judged when it comes.
"""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from webapp.db import EVERY_BRAND, Database
from webapp.domain.departure import Timetable
from webapp.models.brand import Brand
from webapp.models.broadcast import Broadcast, Occurrence
from webapp.services import departing, house_rules
from webapp.store import claims, waits

CHUNK = 2_000  # people a transaction


def retime_due(db: Database, now: datetime) -> int:
    """Every run whose people wait by hours that have changed; returns how many were moved."""
    with db.reader(EVERY_BRAND) as session:
        runs = [(run.brand_id, run.id or 0) for run in waits.outdated(session)]
    return sum(_retime(db, brand_id, run_id, now) for brand_id, run_id in runs)


def _retime(db: Database, brand_id: int, run_id: int, now: datetime) -> int:
    after: int | None = 0
    moved = 0
    while after is not None:
        with db.writer(brand_id) as session:
            after, n = _retime_some(session, run_id, after, now)
            session.commit()
        moved += n
    return moved


def _retime_some(
    session: Session, run_id: int, after: int, now: datetime
) -> tuple[int | None, int]:
    """The last row looked at, None at the end; and how many of them have another moment now."""
    run = session.get_one(Occurrence, run_id)
    table, rows = _timetable(session, run, now), waits.page(session, run, after, CHUNK, now)
    changed = []
    for row in rows:
        turn = table.of(row.zone)
        if not turn.quiet and not turn.passed and turn.at != row.due_at:
            changed.append({"id": row.id, "due_at": turn.at})
    claims.write(session, changed)
    if len(rows) == CHUNK:
        return rows[-1].id, len(changed)
    run.timed_at = session.get_one(Brand, run.brand_id).house_rules_at
    session.add(run)
    return None, len(changed)


def _timetable(session: Session, run: Occurrence, now: datetime) -> Timetable:
    """From now on: whose turn has come goes now, or when their quiet hours end."""
    broadcast = session.get_one(Broadcast, run.broadcast_id)
    kept = house_rules.of_broadcast(session, broadcast)
    chosen = departing.chosen_schedule(broadcast) if run.retry_of is None else None
    if chosen is None or chosen.wall is None:
        return Timetable(now, kept)
    return Timetable(now, kept, chosen.wall, chosen.zone, run.due_at)
