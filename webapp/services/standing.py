"""A run and all that decides whether its next wave may go, in the transaction that claims."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from webapp.store import occurrences
from webapp.store.occurrences import Standing

UNDER_WAY = ("sending", "sending", "connected")


def of(session: Session, run_id: int, now: datetime) -> Standing | None:
    """None for a run of which nothing may be claimed now: paused, stopped, waiting or halted."""
    found = occurrences.standing(session, run_id)
    if found is None or found.halt is not None:
        return None
    run, broadcast, channel = found.run, found.broadcast, found.channel
    if (run.state, broadcast.state, channel.state) != UNDER_WAY:
        return None
    waits = any(it.resume_at is not None and it.resume_at > now for it in (run, channel))
    return None if waits else found
