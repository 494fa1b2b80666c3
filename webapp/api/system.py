"""Whether it works."""

from __future__ import annotations

from webapp.api.calls import Call
from webapp.api.routes import Table
from webapp.api.schemas.system import Health
from webapp.services import halting, health

table = Table("health")


@table.get("/health", "view", answers=Health)
def show(call: Call) -> Health:
    """The installation's health, and what waits in this brand."""
    ready = health.ready(call.house.db, call.now)
    found, halted = health.measure(call.session, call.now), halting.current(call.session)
    return Health(
        ready=ready.all,
        database=ready.database,
        schema_current=ready.schema,
        clock=ready.clock,
        clock_at=found.clock_at,
        workers=found.workers,
        queued=found.queued,
        broadcasts=dict(found.broadcasts),
        channels=dict(found.channels),
        rulebook=call.house.book.version,
        halted=str(halted.sentence) if halted else None,
    )
