"""Whether this installation works: for the health page, the probes and the metrics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from webapp.db import NO_BRAND, Database
from webapp.store import depths, schema, workers

CLOCK: Final = "clock"  # the heartbeat's name
FRESH: Final = timedelta(seconds=60)  # a clock silent for longer is taken for dead
LATELY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Ready:
    """`clock_age` in seconds; None: it has never run here."""

    database: bool
    schema: bool = False
    clock_age: float | None = None

    @property
    def clock(self) -> bool:
        return self.clock_age is not None and self.clock_age <= FRESH.total_seconds()

    @property
    def all(self) -> bool:
        return self.database and self.schema and self.clock


@dataclass(frozen=True)
class Health:
    """The installation in numbers, as far as the session sees."""

    clock_at: datetime | None
    workers: int
    queued: int
    inbox: Mapping[str, int] = field(default_factory=dict)
    set_aside: int = 0
    broadcasts: Mapping[str, int] = field(default_factory=dict)
    channels: Mapping[str, int] = field(default_factory=dict)


def ready(db: Database, now: datetime) -> Ready:
    """Never raises: a database that does not answer is an answer."""
    try:
        with db.reader(NO_BRAND) as session:
            beat = depths.beat(session, CLOCK)
            age = None if beat is None else (now - beat.at).total_seconds()
        return Ready(database=True, schema=schema.is_current(db.engine), clock_age=age)
    except SQLAlchemyError:
        return Ready(database=False)


def measure(session: Session, now: datetime) -> Health:
    beat = depths.beat(session, CLOCK)
    return Health(
        clock_at=beat.at if beat else None,
        workers=depths.workers_alive(session, now - workers.LEASE),
        queued=depths.queued(session),
        inbox=depths.inbox(session),
        set_aside=depths.set_aside(session, now - LATELY),
        broadcasts=depths.broadcasts(session),
        channels=depths.channels(session),
    )
