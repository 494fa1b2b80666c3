"""A channel's sending slots: one row moved forward in the transaction that claims."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Table, bindparam, update
from sqlmodel import Session, func, select

from webapp.domain import rate
from webapp.models.channel import RateBucket
from webapp.store import inserts

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
BUCKETS: Table = RateBucket.__table__  # type: ignore[attr-defined]
OF_CHANNEL = BUCKETS.c.channel_id == bindparam("channel")
# Built once, and by the table: the sender asks and writes ten times a second for every run.
READ = select(BUCKETS.c.tat_us).where(OF_CHANNEL).with_for_update()
WRITE = update(BUCKETS).where(OF_CHANNEL).values(tat_us=bindparam("tat_us"))


def hold(session: Session, channel_id: int) -> None:
    """Wait until no other sender of the channel is in the middle of a claim, and keep them waiting
    until the commit: whoever looks at the clock only now asks for slots that are still to come."""
    session.connection().execute(READ, {"channel": channel_id})


def take(session: Session, channel_id: int, per_second: float, now: datetime, n: int) -> rate.Grant:
    """Up to `n` slots of the next wave, counted against every process's sends."""
    connection, key = session.connection(), {"channel": channel_id}
    tat_us = connection.execute(READ, key).scalar()
    if tat_us is None:  # the first ever; another process may begin in the same moment
        connection.execute(_beginning(connection.dialect.name), key)
        tat_us = connection.execute(READ, key).scalar()
    before = EPOCH + tat_us * MICROSECOND if tat_us else None
    grant = rate.take(rate.pace(per_second), before, now, n)
    connection.execute(WRITE, {**key, "tat_us": microseconds(grant.tat)})
    return grant


@lru_cache(maxsize=2)
def _beginning(dialect: str) -> Any:
    """A row that grants nothing yet; whoever comes second waits for the first to commit it."""
    row = inserts.into(BUCKETS, dialect).values(channel_id=bindparam("channel"), tat_us=0)
    return row.on_conflict_do_nothing()


def newest_us(session: Session) -> int:
    """The latest slot ever granted on any channel, in microseconds since 1970; 0 for none."""
    return session.exec(select(func.max(RateBucket.tat_us))).one() or 0


def microseconds(moment: datetime) -> int:
    return (moment - EPOCH) // MICROSECOND
