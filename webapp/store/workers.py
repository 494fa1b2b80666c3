"""Sending processes and their leases. A process that missed its lease may write nothing more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col, func, select

from webapp.domain.delivery import DeliveryState
from webapp.models.delivery import Delivery, Heartbeat, Worker

LEASE = timedelta(seconds=15)  # without a beat for that long a worker counts as dead


def enter(session: Session, host: str, pid: int, now: datetime) -> int:
    """Register a process; its id is the fence its claims carry."""
    _forget_the_future(session, now)
    worker = Worker(host=host, pid=pid, started_at=now, alive_at=now)
    session.add(worker)
    session.flush()
    return worker.id or 0


def beat(session: Session, worker_id: int, now: datetime) -> bool:
    """Renew the lease; False when somebody buried the worker, and with it everything claimed.
    However late it comes: as long as nobody did, its claims are its own."""
    _forget_the_future(session, now)
    own = col(Worker.id) == worker_id, col(Worker.ended_at).is_(None)
    return session.exec(update(Worker).where(*own).values(alive_at=now)).rowcount == 1


def _forget_the_future(session: Session, now: datetime) -> None:
    """Who has ended cannot have spoken later than now: a clock was ahead, and was set back. When
    that moment comes once more, nobody was there who spoke at it."""
    ended = col(Worker.ended_at).is_not(None), col(Worker.alive_at) > now
    session.exec(update(Worker).where(*ended).values(alive_at=now))


def end(session: Session, worker_id: int, now: datetime) -> None:
    session.exec(update(Worker).where(col(Worker.id) == worker_id).values(ended_at=now))


def not_ended(session: Session) -> Sequence[Worker]:
    """Workers that did not say that they end, dead or alive."""
    return session.exec(select(Worker).where(col(Worker.ended_at).is_(None))).all()


def first_began_at(session: Session, now: datetime) -> datetime | None:
    """When the oldest of those who are alive began; None: nobody is."""
    return min(
        (it.started_at for it in not_ended(session) if it.alive_at > now - LEASE), default=None
    )


def others_last_alive(session: Session, worker_id: int, now: datetime) -> datetime | None:
    """When another sender that did not end said that it is alive; None: never. Words from the
    future were said before a clock was set back."""
    alive = [it.alive_at for it in others_alive(session, worker_id) if it.alive_at <= now]
    return max(alive, default=None)


def woken(session: Session, since: datetime) -> Sequence[Worker]:
    """Workers that ended since then, and have claims all the same."""
    claimed = select(Delivery.id).where(
        Delivery.worker_id == Worker.id, Delivery.state == DeliveryState.CLAIMED
    )
    query = select(Worker).where(col(Worker.ended_at) >= since, claimed.exists())
    return session.exec(query).all()


def others_alive(session: Session, worker_id: int) -> Sequence[Worker]:
    return [it for it in not_ended(session) if it.id != worker_id]


def note_heartbeat(session: Session, name: str, now: datetime, detail: str = "") -> None:
    """Say that a tick is alive; the web shows it."""
    row = session.get(Heartbeat, name) or Heartbeat(name=name, at=now)
    row.at, row.detail = now, detail
    session.add(row)


def last_alive(session: Session, now: datetime) -> datetime | None:
    """When a sender of this installation said that it is alive; None: never. Words from the future
    were said before a clock was set back; and a clock that ticks writes to nobody."""
    return session.exec(select(func.max(Worker.alive_at)).where(Worker.alive_at <= now)).one()


def heartbeats(session: Session) -> Sequence[Heartbeat]:
    return session.exec(select(Heartbeat).order_by(Heartbeat.name)).all()
