"""The audience index looked after: how it stands, and all of it read anew.

To rebuild it, every set kept is declared void at once, in every process, by moving the horizon of
the log; then each is read anew from the people, one transaction after another. Whoever edits a
segment meanwhile is counted exactly as ever: a set that is void is read for them on the spot.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from webapp.db import EVERY_BRAND, Database
from webapp.domain.permission import Actor
from webapp.models.audience import AudiencePart
from webapp.services.audiences import Audience
from webapp.store import attributes, audience_watch, audits
from webapp.store import audience_changes as changes
from webapp.store import audience_parts as parts

PERMISSION = "installation.audiences"
BUDGET_S = 20.0  # of a tick
Told = Callable[[int, int], None]  # how many are done, of how many


@dataclass(frozen=True)
class State:
    """`void` sets wait to be read anew; `watched`: changes of people are written down."""

    sets: int
    void: int
    stored: int  # bytes
    changes: int  # lines of the log
    watched: bool

    @property
    def fresh(self) -> int:
        return self.sets - self.void


def state(session: Session) -> State:
    """Of every brand: for operators."""
    found = parts.measure(session)
    return State(
        sets=found.sets,
        void=len(_void(session)),
        stored=found.stored,
        changes=changes.lines(session),
        watched=audience_watch.is_installed(session.connection()),
    )


def order(session: Session, actor: Actor, now: datetime) -> int:
    """Declare every set void; the clock reads them anew. Commits; returns how many there are."""
    actor.require(PERMISSION)
    changes.void(session)
    sets = parts.measure(session).sets
    audits.add(session, actor, None, PERMISSION, None, now, sets=sets)
    session.commit()
    return sets


def rebuild(
    database: Database, now: datetime, budget_s: float = BUDGET_S, told: Told | None = None
) -> int:
    """Read void sets anew for about so many seconds; returns how many were."""
    end, done = time.monotonic() + budget_s, 0
    with database.reader(EVERY_BRAND) as session:
        waiting = [(row.brand_id, row.id or 0) for row in _void(session)]
    for brand_id, part_id in waiting:
        _read_anew(database, brand_id, part_id, now)
        done += 1
        if told is not None:
            told(done, len(waiting))
        if time.monotonic() > end:
            break
    return done


def _read_anew(database: Database, brand_id: int, part_id: int, now: datetime) -> None:
    with database.reader(brand_id) as session:
        row = session.get(AudiencePart, part_id)
        about = row and parts.subject_of(row, attributes.types(session))
        if about:
            audience = Audience(session, now, few=0)
            audience.settle([about])
            audience.keep()
            return
    with database.writer(brand_id) as session:  # a condition that can no longer be read
        if (row := session.get(AudiencePart, part_id)) is not None:
            parts.drop(session, row)
            session.commit()


def _void(session: Session) -> Sequence[AudiencePart]:
    return [
        row
        for log in changes.LOGS
        for row in parts.void(
            session, changes.horizon(session, log), changes.now(session, log).epoch, log
        )
    ]
