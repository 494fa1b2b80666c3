"""Runs of broadcasts: when they are due, and the moves that only one process may make."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, update
from sqlmodel import Session, col, select

from webapp.models.broadcast import Broadcast, Occurrence
from webapp.models.channel import Channel


def create(
    session: Session,
    broadcast: Broadcast,
    due_at: datetime,
    grace_minutes: int = 30,
    awaits_until: datetime | None = None,
) -> Occurrence:
    """The next run of a broadcast, due at an instant. Flushed, so it has its number and id."""
    numbers = select(func.max(Occurrence.number))
    last = session.exec(numbers.where(Occurrence.broadcast_id == broadcast.id)).one()
    run = Occurrence(
        brand_id=broadcast.brand_id,
        broadcast_id=broadcast.id or 0,
        number=(last or 0) + 1,
        due_at=due_at,
        grace_minutes=grace_minutes,
        awaits_until=awaits_until,
    )
    session.add(run)
    session.flush()
    return run


def latest(session: Session, broadcast_id: int) -> Occurrence | None:
    """The run that started last; before any has, the next that is due, else the last of all."""
    found = of(session, broadcast_id)
    started = [run for run in found if run.started_at is not None]
    waiting = [run for run in found if run.state == "due"]
    ranked = started[-1:] or waiting[:1] or found[-1:]
    return ranked[0] if ranked else None


def of(session: Session, broadcast_id: int) -> list[Occurrence]:
    """Every run of a broadcast, by its time; of the same time in the order they were made."""
    query = select(Occurrence).where(Occurrence.broadcast_id == broadcast_id)
    ordered = query.order_by(col(Occurrence.due_at), col(Occurrence.number))
    return list(session.exec(ordered).all())


def waiting(session: Session, broadcast_id: int) -> list[Occurrence]:
    """Runs that have not started yet, the next one first."""
    return [run for run in of(session, broadcast_id) if run.state == "due"]


def numbered(session: Session, broadcast_id: int, number: int) -> Occurrence | None:
    query = select(Occurrence).where(
        Occurrence.broadcast_id == broadcast_id, Occurrence.number == number
    )
    return session.exec(query).first()


def withdraw_due(session: Session, broadcast_id: int) -> int:
    """Take back runs that have not started; returns how many."""
    return _move(session, "due", "cancelled", Occurrence.broadcast_id == broadcast_id)


def see_missed(session: Session, broadcast_id: int, now: datetime) -> None:
    """Whoever schedules a broadcast anew knows of its runs that were missed."""
    session.exec(
        update(Occurrence)
        .where(col(Occurrence.broadcast_id) == broadcast_id, col(Occurrence.state) == "missed")
        .where(col(Occurrence.seen_at).is_(None))
        .values(seen_at=now)
        .execution_options(synchronize_session="fetch")
    )


def due(session: Session, now: datetime) -> Sequence[Occurrence]:
    query = select(Occurrence).where(Occurrence.state == "due", col(Occurrence.due_at) <= now)
    return session.exec(query.order_by(col(Occurrence.due_at)).limit(100)).all()


def in_state(session: Session, state: str) -> Sequence[Occurrence]:
    return session.exec(select(Occurrence).where(Occurrence.state == state)).all()


def sending(session: Session, now: datetime) -> Sequence[int]:
    """Runs whose rows may be claimed now, the longest under way first: not paused, on a channel
    that works and need not wait, and whose period, if they have one, is not over."""
    query = (
        select(col(Occurrence.id))
        .join(Broadcast, col(Broadcast.id) == Occurrence.broadcast_id)
        .join(Channel, col(Channel.id) == Broadcast.channel_id)
        .where(
            Occurrence.state == "sending",
            Broadcast.state == "sending",
            Channel.state == "connected",
            or_(
                col(Broadcast.kind) != "sponsored",
                col(Occurrence.campaign_key).is_not(None),
                col(Channel.platform) == "whatsapp",  # no campaign: a paid message is a template
            ),
            or_(col(Channel.resume_at).is_(None), col(Channel.resume_at) <= now),
            or_(col(Occurrence.resume_at).is_(None), col(Occurrence.resume_at) <= now),
            or_(col(Occurrence.awaits_until).is_(None), col(Occurrence.awaits_until) > now),
        )
        .order_by(col(Occurrence.started_at), col(Occurrence.id))
    )
    return [number or 0 for number in session.exec(query)]


def move(session: Session, occurrence_id: int, before: str, after: str) -> bool:
    """One process wins: True for the caller whose update changed the row."""
    return _move(session, before, after, Occurrence.id == occurrence_id) == 1


def _move(session: Session, before: str, after: str, *where: Any) -> int:
    changed = (
        update(Occurrence)
        .where(col(Occurrence.state) == before, *where)
        .values(state=after)
        .execution_options(synchronize_session="fetch")
    )
    return int(session.exec(changed).rowcount)
