"""Channels on which something may have been missed: being read, waiting, or to be told of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from webapp.models.catch_up import CatchUp
from webapp.models.channel import Channel

READING = "reading"  # the state of a channel on which nothing is sent until it is done


def of(session: Session, channel_id: int) -> CatchUp | None:
    return session.get(CatchUp, channel_id)


def locked(session: Session, channel_id: int) -> CatchUp | None:
    return session.get(CatchUp, channel_id, with_for_update=True, populate_existing=True)


def due(session: Session, now: datetime) -> Sequence[CatchUp]:
    query = (
        select(CatchUp)
        .join(Channel, col(Channel.id) == col(CatchUp.channel_id))
        .where(
            Channel.state == READING, col(CatchUp.ended_at).is_(None), col(CatchUp.due_at) <= now
        )
    )
    return session.exec(query.order_by(col(CatchUp.due_at))).all()


def by_channel(session: Session) -> dict[int, CatchUp]:
    """Those under way."""
    query = select(CatchUp).where(col(CatchUp.ended_at).is_(None))
    return {row.channel_id: row for row in session.exec(query)}


def noted(session: Session) -> Sequence[tuple[Channel, CatchUp]]:
    """What could not be read, and nobody has seen yet."""
    query = select(Channel, CatchUp).join(CatchUp, col(CatchUp.channel_id) == col(Channel.id))
    found = session.exec(query.order_by(col(Channel.name), col(Channel.id)))
    return [(channel, row) for channel, row in found if row.note is not None]
