"""What waits for a person: asked on every page, so each question is an index's."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, literal_column
from sqlmodel import Session, and_, col, func, select

from webapp.db import brand_of
from webapp.domain.broadcast import BroadcastState
from webapp.models.broadcast import Broadcast, Occurrence
from webapp.models.channel import Channel
from webapp.models.delivery import Delivery
from webapp.models.subscriber import Subscriber
from webapp.store import id_lists

UNKNOWN: ColumnElement[int] = literal_column(
    "6"
)  # DeliveryState.UNKNOWN, written out so that its index is used


def in_state(session: Session, state: BroadcastState) -> Sequence[Broadcast]:
    query = select(Broadcast).where(Broadcast.state == state.value)
    return session.exec(query.order_by(col(Broadcast.scheduled_at), col(Broadcast.id))).all()


def unknown(session: Session) -> Sequence[tuple[int, str, int]]:
    """Broadcasts with deliveries nobody can know yet: id, name, people."""
    query = (
        select(Broadcast.id, Broadcast.name, func.count())
        .join(Delivery, col(Delivery.broadcast_id) == col(Broadcast.id))
        .where(col(Delivery.state) == UNKNOWN)
        .group_by(col(Broadcast.id), col(Broadcast.name))
        .order_by(col(Broadcast.id).desc())
    )
    return session.exec(query).all()  # type: ignore[return-value]


def late(session: Session, before: datetime) -> Sequence[tuple[Broadcast, Occurrence]]:
    """Runs that should have started `before` and have not: the clock stands still."""
    query = (
        select(Broadcast, Occurrence)
        .join(Occurrence, col(Occurrence.broadcast_id) == col(Broadcast.id))
        .where(Occurrence.state == "due", col(Occurrence.due_at) <= before)
        .order_by(col(Occurrence.due_at))
    )
    return session.exec(query).all()


def missed_runs(session: Session) -> Sequence[tuple[Broadcast, Occurrence]]:
    """Runs that were missed while their broadcast goes on, or went out at other times, and of which
    nobody has read yet."""
    query = (
        select(Broadcast, Occurrence)
        .join(Occurrence, col(Occurrence.broadcast_id) == col(Broadcast.id))
        .where(
            Occurrence.state == "missed",
            col(Occurrence.seen_at).is_(None),
            col(Broadcast.state).not_in([BroadcastState.MISSED, BroadcastState.CANCELLED]),
        )
        .order_by(col(Occurrence.due_at), col(Occurrence.id))
    )
    return session.exec(query).all()


def scheduled_between(
    session: Session, since: datetime, until: datetime
) -> Sequence[tuple[Broadcast, Channel, datetime]]:
    """Broadcasts on the calendar, in order of their times: one that repeats at each of them."""
    run = and_(col(Occurrence.broadcast_id) == col(Broadcast.id), Occurrence.state == "due")
    at = func.coalesce(col(Occurrence.due_at), col(Broadcast.scheduled_at))
    query = (
        select(Broadcast, Channel, at)
        .join(Channel, col(Channel.id) == col(Broadcast.channel_id))
        .outerjoin(Occurrence, run)
        .where(
            col(Broadcast.state).in_(
                [BroadcastState.DRAFT, BroadcastState.IN_REVIEW, BroadcastState.APPROVED,
                 BroadcastState.SCHEDULED]
            ),
            at >= since,
            at < until,
        )
        .order_by(at, col(Broadcast.id))
    )  # fmt: skip
    return session.exec(query).all()


def under_way(session: Session) -> Sequence[Broadcast]:
    states = [BroadcastState.PLANNING, BroadcastState.SENDING, BroadcastState.PAUSED]
    query = select(Broadcast).where(col(Broadcast.state).in_(states))
    return session.exec(query.order_by(col(Broadcast.id).desc())).all()


def windows_closing(
    session: Session, channel_ids: Collection[int], since: datetime, until: datetime
) -> int:
    """People whose open window ends by `until`, and who did not say STOP."""
    query = select(func.count()).where(
        col(Subscriber.channel_id).in_(channel_ids), *_closing(since, until)
    )
    return session.exec(query).one()


def windows_closing_among(
    session: Session, people: Collection[int], since: datetime, until: datetime
) -> int:
    """Those of these people. Led by their ids: see `audience_parts.among`."""
    given = id_lists.table(session, list(people))
    query = select(func.count()).where(
        col(Subscriber.id).in_(select(given.c.value)),
        col(Subscriber.brand_id) + 0 == brand_of(session),
        *_closing(since, until),
    )
    return session.connection().execute(query).scalar_one()


def _closing(since: datetime, until: datetime) -> tuple[ColumnElement[bool], ...]:
    ends = col(Subscriber.window_ends_at)
    return (
        ends > since,
        ends <= until,
        col(Subscriber.opted_out_at).is_(None),
        col(Subscriber.erased_at).is_(None),
    )
