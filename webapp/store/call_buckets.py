"""How many calls a channel made in a day, and how many people it could message meanwhile."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from webapp.models.call_bucket import CallBucket
from webapp.models.opt_in import Consent
from webapp.models.subscriber import Subscriber
from webapp.store import inserts


def of_channel(session: Session, channel_id: int) -> CallBucket:
    """For who looks on: an empty one where nothing was counted yet."""
    return session.get(CallBucket, channel_id) or CallBucket(channel_id=channel_id, calls={})


def held(session: Session, channel_id: int) -> CallBucket:
    """Locked, so that the senders of a channel count in turn; made where there is none."""
    query = select(CallBucket).where(CallBucket.channel_id == channel_id).with_for_update()
    row = session.exec(query).first()
    if row is not None:
        return row
    new = inserts.into(CallBucket, session.get_bind().dialect.name).values(
        channel_id=channel_id, calls={}, engaged=0
    )
    session.exec(new.on_conflict_do_nothing())
    return session.exec(query).one()


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
