"""How fast a broadcast went out, read from its ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, func

from webapp.models.delivery import Delivery

STEPS_S = (5, 15, 60, 300, 900, 3_600, 21_600)  # seconds
MOST = 120  # steps of a send; the shortest step that needs no more is taken


@dataclass(frozen=True)
class Pace:
    """`counts[i]` were accepted in the step from `start + i * step`; empty when none was."""

    start: datetime
    step: timedelta
    counts: tuple[int, ...]

    def at(self, index: int) -> datetime:
        return self.start + index * self.step


def of(session: Session, broadcast_id: int) -> Pace | None:
    """None while nothing was sent. Reads the broadcast's rows."""
    at = col(Delivery.sent_at)
    mine = (col(Delivery.broadcast_id) == broadcast_id, at.is_not(None))
    first, last = session.execute(sa.select(func.min(at), func.max(at)).where(*mine)).one()
    if first is None:
        return None
    step = _step(first, last)
    whole = _second(session, at) // step
    found = dict(session.execute(sa.select(whole, func.count()).where(*mine).group_by(whole)).all())
    begin = int(first.timestamp()) // step
    end = max(found)
    counts = tuple(int(found.get(n, 0)) for n in range(begin, end + 1))
    return Pace(datetime.fromtimestamp(begin * step, UTC), timedelta(seconds=step), counts)


def _step(first: datetime, last: datetime) -> int:
    span = (last - first).total_seconds()
    return next((step for step in STEPS_S if span <= step * MOST), STEPS_S[-1])


def _second(session: Session, at: Any) -> Any:
    """Seconds since 1970, as a whole number."""
    if session.get_bind().dialect.name == "sqlite":
        return sa.cast(func.strftime("%s", at), sa.Integer)
    return sa.cast(func.floor(func.extract("epoch", at)), sa.Integer)
