"""Rows that wait for a moment of their person's: their own time, or the end of quiet hours."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import func, or_
from sqlmodel import Session, col, select

from webapp.domain.delivery import DeliveryState
from webapp.domain.period import AWAITS
from webapp.models.brand import Brand
from webapp.models.broadcast import Occurrence
from webapp.models.delivery import Delivery
from webapp.models.subscriber import Subscriber


class Wait(NamedTuple):
    id: int
    zone: str | None
    due_at: datetime


def outdated(session: Session) -> Sequence[Occurrence]:
    """Runs under way in which somebody waits by rules of the brand that have changed since."""
    query = (
        select(Occurrence)
        .join(Brand, col(Brand.id) == col(Occurrence.brand_id))
        .where(
            col(Occurrence.state).in_(("sending", "paused")),
            col(Occurrence.holds).is_(True),
            col(Brand.house_rules_at)
            > func.coalesce(col(Occurrence.timed_at), col(Occurrence.started_at)),
        )
    )
    return session.exec(query).all()


def page(
    session: Session, run: Occurrence, after: int, limit: int, now: datetime
) -> Sequence[Wait]:
    """The next of them in the order of ids, locked; whoever waits for their window is not one."""
    query = (
        sa.select(col(Delivery.id), col(Subscriber.timezone), col(Delivery.due_at))
        .join(Subscriber, col(Subscriber.id) == col(Delivery.subscriber_id))
        .where(
            col(Delivery.broadcast_id) == run.broadcast_id,
            col(Delivery.occurrence) == run.number,
            col(Delivery.state) == int(DeliveryState.QUEUED),
            col(Delivery.due_at) > now,
            or_(col(Delivery.reason).is_(None), col(Delivery.reason) != AWAITS),
            col(Delivery.id) > after,
        )
        .order_by(col(Delivery.id))
        .limit(limit)
        .with_for_update(of=Delivery)
    )
    return [Wait(*row) for row in session.execute(query)]
