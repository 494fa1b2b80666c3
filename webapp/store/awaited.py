"""Rows that wait for their person's window. One is queued like any other, but its moment is the end
of the run's period, and its reason says what it waits for; when the window opens its moment is now.

A webhook asks here for every person whose window opens: `ix_delivery_awaits` holds these rows and
no others, so that it finds nothing at no cost while no broadcast waits.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import bindparam, or_, text
from sqlmodel import Session, col, select

from webapp.domain import period
from webapp.domain.delivery import DeliveryState
from webapp.models.base import UtcDateTime
from webapp.models.broadcast import Occurrence
from webapp.models.delivery import AWAITS, Delivery
from webapp.models.subscriber import Subscriber

TABLE: Any = Delivery.__table__  # type: ignore[attr-defined]
STILL = text(AWAITS)  # written out, so that its index is used
RELEASE = (
    sa.update(TABLE)
    .where(TABLE.c.subscriber_id == bindparam("person"), STILL)
    .where(TABLE.c.due_at > bindparam("now", type_=UtcDateTime()))
    .values(due_at=bindparam("now", type_=UtcDateTime()), reason=None)
)


class Looked(NamedTuple):
    """The last row looked at (0: there was none), and those whose person need not wait longer."""

    last: int
    ready: Sequence[int]


def release(session: Session, subscriber_id: int, now: datetime) -> None:
    """Whatever waits for this person's window is due. Past the ORM: a webhook does this."""
    session.connection().execute(RELEASE, {"person": subscriber_id, "now": now})


def release_rows(session: Session, ids: Sequence[int], now: datetime) -> int:
    changed = (
        sa.update(TABLE)
        .where(TABLE.c.id.in_(ids), STILL, TABLE.c.due_at > now)
        .values(due_at=now, reason=None)
    )
    return int(session.connection().execute(changed).rowcount)


def look(session: Session, run: Occurrence, after: int, limit: int, now: datetime) -> Looked:
    """The next rows of a run that wait, in the order of ids, and who of them may be asked again:
    their window is open, or they are to be skipped, having said STOP or been erased."""
    place = (  # all of it in the queue's index, so that the last one costs nothing to find
        col(Delivery.broadcast_id) == run.broadcast_id,
        col(Delivery.occurrence) == run.number,
        col(Delivery.state) == int(DeliveryState.QUEUED),
        col(Delivery.due_at) == run.awaits_until,
        col(Delivery.id) > after,
    )
    ids: Any = sa.select(col(Delivery.id).label("id")).where(*place).order_by(col(Delivery.id))
    last = session.execute(sa.select(sa.func.max(ids.limit(limit).subquery().c.id))).scalar() or 0
    query = (
        sa.select(col(Delivery.id))
        .join(Subscriber, col(Subscriber.id) == col(Delivery.subscriber_id))
        .where(
            *place,
            col(Delivery.id) <= last,
            col(Delivery.reason) == period.AWAITS,
            or_(
                col(Subscriber.window_ends_at) > now,
                col(Subscriber.opted_out_at).is_not(None),
                col(Subscriber.erased_at).is_not(None),
            ),
        )
    )
    return Looked(last, session.execute(query).scalars().all())


def runs(session: Session, now: datetime, *, over: bool) -> Sequence[Occurrence]:
    """Runs that wait for windows still, or whose period is over and that are not closed yet."""
    until = col(Occurrence.awaits_until)
    query = select(Occurrence).where(
        col(Occurrence.state).in_(("sending", "paused")),
        until <= now if over else until > now,
    )
    return session.exec(query).all()


def next_queued(session: Session, run: Occurrence, limit: int, *, awaiting: bool) -> Sequence[int]:
    """Queued rows of a run, locked: those that wait for a window, or any."""
    query = (
        select(Delivery.id)
        .where(
            col(Delivery.broadcast_id) == run.broadcast_id,
            col(Delivery.occurrence) == run.number,
            STILL if awaiting else col(Delivery.state) == int(DeliveryState.QUEUED),
        )
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [number or 0 for number in session.exec(query)]
