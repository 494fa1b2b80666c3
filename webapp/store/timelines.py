"""What happened with one person: events and deliveries, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from webapp.models.broadcast import Broadcast
from webapp.models.delivery import Delivery
from webapp.models.raw_event import Event


@dataclass(frozen=True)
class Moment:
    """An event, or a delivery with its broadcast, at its time."""

    at: datetime
    event: Event | None = None
    delivery: Delivery | None = None
    broadcast: Broadcast | None = None


def of(
    session: Session, subscriber_id: int, before: datetime | None = None, limit: int = 30
) -> Sequence[Moment]:
    found = [
        *_events(session, subscriber_id, before, limit),
        *_deliveries(session, subscriber_id, before, limit),
    ]
    return sorted(found, key=lambda moment: moment.at, reverse=True)[:limit]


def _events(
    session: Session, subscriber_id: int, before: datetime | None, limit: int
) -> list[Moment]:
    query = select(Event).where(Event.subscriber_id == subscriber_id)
    if before is not None:
        query = query.where(col(Event.at) < before)
    rows = session.exec(query.order_by(col(Event.at).desc()).limit(limit))
    return [Moment(row.at, event=row) for row in rows]


def _deliveries(
    session: Session, subscriber_id: int, before: datetime | None, limit: int
) -> list[Moment]:
    when = func.coalesce(
        Delivery.sent_at, Delivery.finished_at, Delivery.claimed_at, Delivery.decided_at
    )
    query = (
        select(Delivery, Broadcast)
        .join(Broadcast, col(Broadcast.id) == col(Delivery.broadcast_id))
        .where(Delivery.subscriber_id == subscriber_id, when.is_not(None))
    )
    if before is not None:
        query = query.where(when < before)
    return [
        Moment(at, delivery=row, broadcast=broadcast)
        for row, broadcast in session.exec(query.order_by(when.desc()).limit(limit))
        if (at := row.sent_at or row.finished_at or row.claimed_at or row.decided_at)
    ]


def events_after(session: Session, subscriber_id: int, after: int, limit: int) -> Sequence[Event]:
    """A person's events in the order they became known, after an event's id."""
    query = select(Event).where(Event.subscriber_id == subscriber_id, col(Event.id) > after)
    return session.exec(query.order_by(col(Event.id)).limit(limit)).all()


def forget_words(session: Session, subscriber_id: int) -> None:
    """Blank what a person wrote; that something happened, and when, stays for the counts."""
    session.exec(
        update(Event).where(col(Event.subscriber_id) == subscriber_id).values(text=None, detail={})
    )
