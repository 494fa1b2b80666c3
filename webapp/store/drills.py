"""Crash drills: which are ordered, and the one move that only one process may make."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import update
from sqlmodel import Session, col, func, select

from webapp.models.broadcast import Broadcast
from webapp.models.channel import Channel
from webapp.models.delivery import Delivery, Worker
from webapp.models.drill import Drill
from webapp.store.deliveries import UNKNOWN

ORDERED, STRUCK, OVER, REFUSED = "ordered", "struck", "over", "refused"
GOING_OUT = ("planning", "sending")


def in_state(session: Session, state: str) -> Sequence[Drill]:
    return session.exec(select(Drill).where(Drill.state == state).order_by(col(Drill.id))).all()


def latest(session: Session, broadcast_id: int) -> Drill | None:
    query = select(Drill).where(Drill.broadcast_id == broadcast_id)
    return session.exec(query.order_by(col(Drill.id).desc()).limit(1)).first()


def move(session: Session, drill: Drill, before: str, after: str) -> bool:
    """One process wins: True for the caller whose update changed the row."""
    mine = update(Drill).where(col(Drill.id) == drill.id, col(Drill.state) == before)
    return session.exec(mine.values(state=after)).rowcount == 1


def real_ones(session: Session) -> int:
    """Broadcasts that go out on channels that are no practice."""
    query = (
        select(func.count())
        .select_from(Broadcast)
        .join(Channel, col(Channel.id) == Broadcast.channel_id)
        .where(col(Broadcast.state).in_(GOING_OUT), col(Channel.practice).is_(False))
    )
    return session.exec(query).one()


def has_sent(session: Session, broadcast_id: int, worker_id: int) -> bool:
    """Whether this worker has claimed anybody of the broadcast."""
    query = select(Delivery.id).where(
        Delivery.broadcast_id == broadcast_id, Delivery.worker_id == worker_id
    )
    return session.exec(query.limit(1)).first() is not None


def is_buried(session: Session, worker_id: int) -> bool:
    worker = session.get(Worker, worker_id)
    return worker is None or worker.ended_at is not None


def left_unknown(session: Session, drill: Drill) -> int:
    """Rows of the broadcast that the killed process took with it."""
    query = select(func.count()).where(
        Delivery.broadcast_id == drill.broadcast_id,
        Delivery.worker_id == drill.worker_id,
        Delivery.state == UNKNOWN,
        Delivery.reason == "process.died",
    )
    return session.exec(query).one()
