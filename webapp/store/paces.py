"""How fast a broadcast went out, read from its ledger."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlmodel import Session, col, func

from webapp.models.delivery import Delivery


def sent_by_minute(session: Session, broadcast_id: int) -> Sequence[tuple[datetime, int]]:
    """Minutes (UTC) with messages the platform accepted, in order; reads the broadcast's rows."""
    at = col(Delivery.sent_at)
    sqlite = session.get_bind().dialect.name == "sqlite"
    minute = func.strftime("%Y-%m-%dT%H:%M", at) if sqlite else func.date_trunc("minute", at)
    query = (
        sa.select(minute, func.count())
        .where(col(Delivery.broadcast_id) == broadcast_id, at.is_not(None))
        .group_by(minute)
        .order_by(minute)
    )
    return [(_moment(found), n) for found, n in session.execute(query)]


def _moment(found: str | datetime) -> datetime:
    if isinstance(found, str):
        return datetime.fromisoformat(found).replace(tzinfo=UTC)
    return found.astimezone(UTC)
