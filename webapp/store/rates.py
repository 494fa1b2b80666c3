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
    _held(session, channel_id)


def take(session: Session, channel_id: int, per_second: float, now: datetime, n: int) -> rate.Grant:
    """Up to `n` slots of the next wave, counted against every process's sends."""
    tat_us = _held(session, channel_id)
    before = EPOCH + tat_us * MICROSECOND if tat_us else None
    grant = rate.take(rate.pace(per_second), before, now, n)
    written = {"channel": channel_id, "tat_us": microseconds(grant.tat)}
    session.connection().execute(WRITE, written)
    return grant


def _held(session: Session, channel_id: int) -> int:
    """0 before the first slot ever. The row is made then, so that it is what every sender locks
    first; another process may begin in the same moment."""
    connection, key = session.connection(), {"channel": channel_id}
    tat_us: int | None = connection.execute(READ, key).scalar()
    if tat_us is None:
        connection.execute(_beginning(connection.dialect.name), key)
        tat_us = connection.execute(READ, key).scalar()
    return tat_us or 0


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
