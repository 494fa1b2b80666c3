"""By which ids people are known, now and at a moment that has passed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import delete, or_
from sqlmodel import Session, col, select

from webapp.models.subscriber import Subscriber, SubscriberKey


def holder(session: Session, channel_id: int, key: str, at: datetime) -> Subscriber | None:
    """Whose id this was at `at`: who had it until later than that stands before who has it now."""
    query = (
        select(Subscriber)
        .join(SubscriberKey, col(SubscriberKey.subscriber_id) == col(Subscriber.id))
        .where(
            SubscriberKey.channel_id == channel_id,
            SubscriberKey.key == key,
            or_(col(SubscriberKey.ended_at).is_(None), col(SubscriberKey.ended_at) > at),
        )
        .order_by(col(SubscriberKey.ended_at).is_(None), col(SubscriberKey.ended_at))
    )
    found = session.exec(query.limit(1)).first()
    return (
        found
        or session.exec(
            select(Subscriber).where(Subscriber.channel_id == channel_id, Subscriber.key == key)
        ).first()
    )


def of(session: Session, subscriber_id: int) -> Sequence[SubscriberKey]:
    query = select(SubscriberKey).where(SubscriberKey.subscriber_id == subscriber_id)
    return session.exec(query.order_by(col(SubscriberKey.id))).all()


def keep(session: Session, person: Subscriber, key: str, ended_at: datetime | None = None) -> None:
    """Also theirs; an end that is known stays, and of two ends the earlier one."""
    known = next((row for row in of(session, person.id or 0) if row.key == key), None)
    if known is None:
        known = SubscriberKey(
            brand_id=person.brand_id,
            channel_id=person.channel_id,
            key=key,
            subscriber_id=person.id or 0,
        )
    ends = [end for end in (known.ended_at, ended_at) if end is not None]
    known.ended_at = min(ends) if ends else None
    session.add(known)
    session.flush()


def forget(session: Session, subscriber_ids: Iterable[int]) -> None:
    session.execute(
        delete(SubscriberKey).where(col(SubscriberKey.subscriber_id).in_(list(subscriber_ids)))
    )
