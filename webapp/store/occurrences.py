"""Runs of broadcasts: when they are due, and the moves that only one process may make."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import bindparam, func, or_, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from webapp.models.base import UtcDateTime
from webapp.models.brand import Brand, Installation
from webapp.models.broadcast import Broadcast, Message, Occurrence
from webapp.models.channel import Channel, RateBucket
from webapp.store import rates
from webapp.store.installation import EPOCH, HALT


class Standing(NamedTuple):
    """A run with all that its sending depends on; `halt` is the order that nothing be sent, `epoch`
    is held for `installation.epoch`."""

    run: Occurrence
    broadcast: Broadcast
    channel: Channel
    brand: Brand
    message: Message | None
    halt: Installation | None
    epoch: Installation | None


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


class Sending(NamedTuple):
    """A run under way, and the sender that its channel is with."""

    run_id: int
    channel_id: int
    worker_id: int | None


def sending(session: Session, now: datetime) -> Sequence[Sending]:
    """Runs whose rows may be claimed now, the longest under way first: not paused, on a channel
    that works and need not wait, and whose period, if they have one, is not over."""
    since, until = rates.held_from_to(now)
    given = {"now": now, "since": since, "until": until}
    return [Sending(*row) for row in session.connection().execute(_sending(), given)]


@lru_cache(maxsize=1)
def _sending() -> Any:
    """Built once: the sender asks many times a second."""
    now = bindparam("now", type_=UtcDateTime())
    run, sent, way = (sa.inspect(it).local_table for it in (Occurrence, Broadcast, Channel))
    slots = sa.inspect(RateBucket).local_table
    held = slots.c.tat_us.between(bindparam("since"), bindparam("until"))
    return (
        sa.select(run.c.id, way.c.id, slots.c.worker_id)
        .select_from(run)
        .join(sent, sent.c.id == run.c.broadcast_id)
        .join(way, way.c.id == sent.c.channel_id)
        .outerjoin(slots, sa.and_(slots.c.channel_id == way.c.id, held))
        .where(
            run.c.state == "sending",
            sent.c.state == "sending",
            way.c.state == "connected",
            or_(
                sent.c.kind != "sponsored",
                run.c.campaign_key.is_not(None),
                way.c.platform == "whatsapp",  # no campaign: a paid message is a template
            ),
            or_(way.c.resume_at.is_(None), way.c.resume_at <= now),
            or_(run.c.resume_at.is_(None), run.c.resume_at <= now),
            or_(run.c.awaits_until.is_(None), run.c.awaits_until > now),
        )
        .order_by(run.c.started_at, run.c.id)
    )


def standing(session: Session, run_id: int) -> Standing | None:
    """By one statement. Whoever holds it finds its rows in the session without asking again."""
    row = session.execute(_standing(), {"run": run_id}).first()
    return None if row is None else Standing(*row)


@lru_cache(maxsize=1)
def _standing() -> Any:
    epoch = aliased(Installation)
    return (
        sa.select(Occurrence, Broadcast, Channel, Brand, Message, Installation, epoch)
        .join(Broadcast, col(Broadcast.id) == Occurrence.broadcast_id)
        .join(Channel, col(Channel.id) == Broadcast.channel_id)
        .join(Brand, col(Brand.id) == Occurrence.brand_id)
        .outerjoin(Message, col(Message.id) == Occurrence.message_id)
        .outerjoin(Installation, col(Installation.name) == HALT)
        .outerjoin(epoch, col(epoch.name) == EPOCH)
        .where(col(Occurrence.id) == bindparam("run"))
    )


def cancelled(session: Session, ids: Collection[int]) -> set[int]:
    """Those of these runs that are, as the database has it now."""
    query = select(Occurrence.id).where(
        col(Occurrence.id).in_(ids), Occurrence.state == "cancelled"
    )
    return {number or 0 for number in session.exec(query)}


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
