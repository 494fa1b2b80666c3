"""A channel's sending slots: one row moved forward in the transaction that claims."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Table, bindparam, insert, update
from sqlmodel import Session, func, select

from webapp.domain import rate
from webapp.models.channel import RateBucket

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
BUCKETS: Table = RateBucket.__table__  # type: ignore[attr-defined]
OF_CHANNEL = BUCKETS.c.channel_id == bindparam("channel")
# Built once, and by the table: the sender asks and writes ten times a second for every run.
READ = select(BUCKETS.c.tat_us).where(OF_CHANNEL).with_for_update()
WRITE = update(BUCKETS).where(OF_CHANNEL).values(tat_us=bindparam("tat_us"))
BEGIN = insert(BUCKETS).values(channel_id=bindparam("channel"), tat_us=bindparam("tat_us"))


def take(session: Session, channel_id: int, per_second: float, now: datetime, n: int) -> rate.Grant:
    """Up to `n` slots of the next wave, counted against every process's sends."""
    connection, key = session.connection(), {"channel": channel_id}
    tat_us = connection.execute(READ, key).scalar()
    before = EPOCH + tat_us * MICROSECOND if tat_us else None
    grant = rate.take(rate.pace(per_second), before, now, n)
    connection.execute(
        BEGIN if tat_us is None else WRITE, {**key, "tat_us": microseconds(grant.tat)}
    )
    return grant


def newest_us(session: Session) -> int:
    """The latest slot ever granted on any channel, in microseconds since 1970; 0 for none."""
    return session.exec(select(func.max(RateBucket.tat_us))).one() or 0


def microseconds(moment: datetime) -> int:
    return (moment - EPOCH) // MICROSECOND
