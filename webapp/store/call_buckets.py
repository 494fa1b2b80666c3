"""How many calls a channel made in a day, and how many people it could message meanwhile.

By the table and by statements that are built once: the sender asks ten times a second.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import Table, bindparam
from sqlmodel import Session, col, func, select

from webapp.models.call_bucket import CallBucket
from webapp.models.opt_in import Consent
from webapp.models.subscriber import Subscriber
from webapp.store import inserts

TABLE: Table = CallBucket.__table__  # type: ignore[attr-defined]
OF_CHANNEL = TABLE.c.channel_id == bindparam("channel")
READ = sa.select(TABLE.c.calls, TABLE.c.engaged, TABLE.c.counted_at).where(OF_CHANNEL)
HOLD = READ.with_for_update()
CALLS, COUNTED = ("calls",), ("engaged", "counted_at")  # what is written at once


class Bucket(NamedTuple):
    """Calls by slice of `domain.call_limit`; `engaged` people at least, as counted then."""

    calls: Mapping[str, int]
    engaged: int
    counted_at: datetime | None


def of_channel(session: Session, channel_id: int) -> Bucket:
    """For who looks on: an empty one where nothing was counted yet."""
    found = session.connection().execute(READ, {"channel": channel_id}).first()
    return Bucket({}, 0, None) if found is None else Bucket._make(found)


def held(session: Session, channel_id: int) -> Bucket:
    """Locked, so that the senders of a channel count in turn; made where there is none."""
    connection, key = session.connection(), {"channel": channel_id}
    found = connection.execute(HOLD, key).first()
    if found is None:
        connection.execute(_beginning(connection.dialect.name), key)
        found = connection.execute(HOLD, key).one()
    return Bucket._make(found)


@lru_cache(maxsize=2)
def _beginning(dialect: str) -> Any:
    row = inserts.into(TABLE, dialect).values(channel_id=bindparam("channel"), calls={}, engaged=0)
    return row.on_conflict_do_nothing()


def keep_calls(session: Session, channel_id: int, calls: Mapping[str, int]) -> None:
    """Of a bucket that is held."""
    _keep(session, channel_id, CALLS, calls)


def keep_engaged(session: Session, channel_id: int, engaged: int, counted_at: datetime) -> None:
    """Of a bucket that is held."""
    _keep(session, channel_id, COUNTED, engaged, counted_at)


def _keep(session: Session, channel_id: int, names: tuple[str, ...], *values: object) -> None:
    given = {"channel": channel_id, **dict(zip(names, values, strict=True))}
    session.connection().execute(_keeping(names), given)


@lru_cache(maxsize=2)
def _keeping(names: tuple[str, ...]) -> Any:
    given: dict[str, Any] = {name: bindparam(name, type_=TABLE.c[name].type) for name in names}
    return sa.update(TABLE).where(OF_CHANNEL).values(given)


def engaged(session: Session, channel_id: int, since: datetime, now: datetime, at_most: int) -> int:
    """People who could be messaged after `since`: their window was open, or they hold a token that
    is alive. Not counted any further than `at_most`, so many people cost no more than few."""
    people: Any = (
        col(Subscriber.channel_id) == channel_id,
        col(Subscriber.erased_at).is_(None),
        col(Subscriber.unavailable_at).is_(None),
    )
    window = col(Subscriber.window_ends_at) > since
    open_ = _counted(session, select(col(Subscriber.id)).where(*people, window).limit(at_most))
    if open_ >= at_most:
        return open_
    token = sa.exists().where(
        col(Consent.subscriber_id) == col(Subscriber.id),
        col(Consent.state) == "active",
        col(Consent.token).is_not(None),
        sa.or_(col(Consent.token_expires_at).is_(None), col(Consent.token_expires_at) > now),
    )
    closed = sa.or_(col(Subscriber.window_ends_at).is_(None), ~window)
    held = select(col(Subscriber.id)).where(*people, closed, token).limit(at_most - open_)
    return open_ + _counted(session, held)


def _counted(session: Session, query: Any) -> int:
    return int(session.exec(select(func.count()).select_from(query.subquery())).one())
