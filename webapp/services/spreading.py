"""A run that is spread over a period: begun with it, and its turns taken where rows are claimed.

The period begins with the run, a late one too. The turns of a run are one row, locked by whoever
claims: so they hold over all processes, and over a crash.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from webapp.domain.spread import Turns
from webapp.models.broadcast import Broadcast, Occurrence
from webapp.models.spread import Spread
from webapp.services import departing
from webapp.store import spreads

LOOK_AGAIN = timedelta(seconds=5)  # at the latest: those who are left may have become fewer


@dataclass(frozen=True)
class Share:
    """What a wave may take of a spread run: so many people, from `at` on."""

    people: int
    at: datetime
    row: Spread
    turns: Turns


def begin(session: Session, run: Occurrence, broadcast: Broadcast, now: datetime) -> None:
    chosen = departing.chosen_schedule(broadcast)
    if chosen is not None and chosen.spread_minutes is not None:
        spreads.begin(session, run, now + timedelta(minutes=chosen.spread_minutes))


def share(session: Session, run: Occurrence, broadcast: Broadcast, at: datetime) -> Share | None:
    """None for a run that goes as fast as it can: not spread, or its period is over."""
    if not broadcast.schedule.get("spread_minutes"):  # costs nothing where there is none
        return None
    found = spreads.held(session, run.id or 0)
    if found is None or found[1].is_over(at):
        return None
    row, turns = found
    if turns.needs_count(at):
        turns = turns.counted(spreads.left(session, run, turns.until), at)
    return Share(turns.people(at), at, row, turns)


def take(session: Session, of: Share, people: int, again_at: datetime | None) -> datetime | None:
    """Write down that so many had their turn; returns when the next wave is worth asking for."""
    turns = of.turns.taken(people, of.at) if people else of.turns
    spreads.move(session, of.row, turns)
    if turns.next_at is None or (not people and of.people):
        return again_at
    return max(again_at or of.at, min(turns.next_at, of.at + LOOK_AGAIN))
