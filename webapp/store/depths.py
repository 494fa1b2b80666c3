"""How much work waits, over the whole installation or in the session's brand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session, col, func, select

from webapp.domain.broadcast import BroadcastState
from webapp.models.broadcast import Broadcast
from webapp.models.channel import Channel
from webapp.models.delivery import DeliverySum, Heartbeat, Worker
from webapp.models.raw_event import RawEvent, SetAside

QUEUED = 0  # DeliveryState


def inbox(session: Session) -> Mapping[str, int]:
    """Webhooks kept and not applied yet, by state: new, failed."""
    query = (
        select(RawEvent.state, func.count())
        .where(col(RawEvent.state).in_(["new", "failed"]))
        .group_by(col(RawEvent.state))
    )
    return dict(session.exec(query).all())


def set_aside(session: Session, since: datetime) -> int:
    query = select(func.count()).select_from(SetAside).where(col(SetAside.at) >= since)
    return session.exec(query).one()


def queued(session: Session) -> int:
    """Messages waiting to be sent, of the broadcasts this session sees."""
    query = select(func.coalesce(func.sum(DeliverySum.people), 0))
    return int(session.exec(query.where(DeliverySum.state == QUEUED)).one())


def broadcasts(session: Session) -> Mapping[str, int]:
    """How many broadcasts are under way, by state."""
    states = [BroadcastState.PLANNING, BroadcastState.SENDING, BroadcastState.PAUSED]
    query = (
        select(Broadcast.state, func.count())
        .where(col(Broadcast.state).in_([*states, BroadcastState.SCHEDULED]))
        .group_by(col(Broadcast.state))
    )
    return dict(session.exec(query).all())


def channels(session: Session) -> Mapping[str, int]:
    query = select(Channel.state, func.count()).group_by(col(Channel.state))
    return dict(session.exec(query).all())


def workers_alive(session: Session, since: datetime) -> int:
    query = select(func.count()).select_from(Worker)
    query = query.where(col(Worker.ended_at).is_(None), col(Worker.alive_at) >= since)
    return session.exec(query).one()


def beat(session: Session, name: str) -> Heartbeat | None:
    return session.get(Heartbeat, name)


def beat_locked(session: Session, name: str) -> Heartbeat | None:
    """As it is now, and nobody else's until the caller commits."""
    return session.get(Heartbeat, name, with_for_update=True, populate_existing=True)
