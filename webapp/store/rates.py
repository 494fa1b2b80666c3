"""A channel's sending slots: one row moved forward in the transaction that claims. It says too
which sender the channel is with: the one that had the last slots, until they are long enough over
(`rate.is_held`), also when it died: nobody knows how late it asked for them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, Table, and_, bindparam, case, update
from sqlmodel import Session, col, func, select

from webapp.domain import rate
from webapp.models.channel import RateBucket
from webapp.models.delivery import Worker
from webapp.store import inserts

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
LATELY = timedelta(seconds=5)  # more than two beats of a sender
BUCKETS: Table = RateBucket.__table__  # type: ignore[attr-defined]
OF_CHANNEL = BUCKETS.c.channel_id == bindparam("channel")
# Built once, and by the table: the sender asks and writes ten times a second for every run.
READ = select(BUCKETS.c.tat_us, BUCKETS.c.worker_id).where(OF_CHANNEL).with_for_update()
WORKER = func.coalesce(bindparam("worker", type_=BigInteger()), BUCKETS.c.worker_id)
WRITE = update(BUCKETS).where(OF_CHANNEL).values(tat_us=bindparam("tat_us"), worker_id=WORKER)


def hold(session: Session, channel_id: int, worker_id: int) -> datetime | None:
    """Wait until no other sender of the channel is in the middle of a claim, and keep them waiting
    until the commit: whoever looks at the clock only now asks for slots that are still to come.
    None unless the channel is with another sender: then the end of its last slots."""
    tat_us, holder = _held(session, channel_id)
    return None if holder in (None, worker_id) else moment(tat_us)


def take(
    session: Session,
    channel_id: int,
    per_second: float,
    now: datetime,
    n: int,
    worker_id: int | None = None,
) -> rate.Grant:
    """Up to `n` slots of the next wave, counted against every process's sends. With a `worker_id`
    the channel is with that sender from then on, which loses no slot by coming a little late."""
    tat_us, holder = _held(session, channel_id)
    before = moment(tat_us) if tat_us else None
    behind = rate.BEHIND if worker_id is not None and holder == worker_id else timedelta()
    grant = rate.take(rate.pace(per_second), before, now, n, behind)
    written = {"channel": channel_id, "tat_us": microseconds(grant.tat), "worker": worker_id}
    session.connection().execute(WRITE, written)
    return grant


def let_go(session: Session, worker_id: int, now: datetime) -> None:
    """This sender asks no more. Whoever is next begins when its last second is over."""
    rested = microseconds(now + rate.SECOND)
    tat_us = case((BUCKETS.c.tat_us < rested, rested), else_=BUCKETS.c.tat_us)
    mine = and_(BUCKETS.c.worker_id == worker_id, BUCKETS.c.tat_us.between(*held_from_to(now)))
    session.connection().execute(update(BUCKETS).where(mine).values(tat_us=tat_us, worker_id=None))


def held_from_to(now: datetime) -> tuple[int, int]:
    """The `tat_us` of channels that are with a sender still: `rate.is_held`."""
    return microseconds(now - rate.APART) + 1, microseconds(now + rate.FAR)


def shares(session: Session, now: datetime) -> dict[int, int]:
    """How many channels are with each sender that said lately that it is alive."""
    alive = col(Worker.ended_at).is_(None), col(Worker.alive_at) > now - LATELY
    theirs = and_(BUCKETS.c.worker_id == Worker.id, BUCKETS.c.tat_us.between(*held_from_to(now)))
    query = (
        select(Worker.id, func.count(BUCKETS.c.channel_id))
        .outerjoin(BUCKETS, theirs)
        .where(*alive)
        .group_by(col(Worker.id))
    )
    return {worker or 0: n for worker, n in session.connection().execute(query)}


def _held(session: Session, channel_id: int) -> tuple[int, int | None]:
    """0 before the first slot ever. The row is made then, so that it is what every sender locks
    first; another process may begin in the same moment."""
    connection, key = session.connection(), {"channel": channel_id}
    row = connection.execute(READ, key).first()
    if row is None:
        connection.execute(_beginning(connection.dialect.name), key)
        row = connection.execute(READ, key).first()
    return (row.tat_us, row.worker_id) if row else (0, None)


@lru_cache(maxsize=2)
def _beginning(dialect: str) -> Any:
    """A row that grants nothing yet; whoever comes second waits for the first to commit it."""
    row = inserts.into(BUCKETS, dialect).values(channel_id=bindparam("channel"), tat_us=0)
    return row.on_conflict_do_nothing()


def newest_us(session: Session) -> int:
    """The latest slot ever granted on any channel, in microseconds since 1970; 0 for none."""
    return session.exec(select(func.max(RateBucket.tat_us))).one() or 0


def microseconds(at: datetime) -> int:
    return (at - EPOCH) // MICROSECOND


def moment(us: int) -> datetime:
    return EPOCH + us * MICROSECOND
