"""A channel's sending slots: one row moved forward in the transaction that claims."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlmodel import Session, func, select

from webapp.domain import rate
from webapp.models.channel import RateBucket

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def take(session: Session, channel_id: int, per_second: float, now: datetime, n: int) -> rate.Grant:
    """Up to `n` slots of the next wave, counted against every process's sends."""
    query = select(RateBucket).where(RateBucket.channel_id == channel_id).with_for_update()
    bucket = session.exec(query).first() or RateBucket(channel_id=channel_id)
    before = EPOCH + bucket.tat_us * MICROSECOND if bucket.tat_us else None
    grant = rate.take(rate.pace(per_second), before, now, n)
    bucket.tat_us = (grant.tat - EPOCH) // MICROSECOND
    session.add(bucket)
    return grant


def newest_us(session: Session) -> int:
    """The latest slot ever granted on any channel, in microseconds since 1970; 0 for none."""
    return session.exec(select(func.max(RateBucket.tat_us))).one() or 0


def microseconds(moment: datetime) -> int:
    return (moment - EPOCH) // MICROSECOND
