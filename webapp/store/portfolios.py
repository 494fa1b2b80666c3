"""Whom a WhatsApp business reached outside their windows, over all its numbers.

The platform counts by portfolio, which may hold several business accounts and names none of them to
us. So all numbers of the brand count together, practice and real ones apart: never fewer than the
platform counts, and more only where a brand has two portfolios, or one person two of its numbers.
Another brand's numbers, or another program's, cannot be seen: what they use up, the platform
refuses.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_
from sqlmodel import Session, col, select

from webapp.models.channel import Channel
from webapp.models.delivery import PAID_ROUTES, Delivery
from webapp.store.deliveries import SPENT


def numbers(session: Session, channel: Channel, *, lock: bool = False) -> Sequence[int]:
    """The channels that share this one's limit; `lock` makes two workers reach people in turn."""
    query = select(Channel).where(
        Channel.platform == channel.platform,
        Channel.brand_id == channel.brand_id,
        Channel.practice == channel.practice,
    )
    query = query.order_by(col(Channel.id))
    rows = session.exec(query.with_for_update() if lock else query).all()
    return [row.id or 0 for row in rows]


def reached(
    session: Session, channel_ids: Sequence[int], since: datetime
) -> tuple[int, datetime | None]:
    """Different people asked for after `since` while their window was closed; the first time."""
    ends, at = col(Delivery.window_ends_at), col(Delivery.claimed_at)
    first: Any = func.min(at)
    query: Any = select(func.count(col(Delivery.subscriber_id).distinct()), first).where(
        col(Delivery.channel_id).in_(channel_ids),
        at > since,
        col(Delivery.route).in_(PAID_ROUTES),
        col(Delivery.state).in_(SPENT),
        or_(ends.is_(None), ends <= at),
    )
    people, first_at = session.exec(query).one()
    return int(people), first_at


def limits(session: Session, account: str, people_a_day: int) -> None:
    """What the platform tells of a business account holds for all its numbers."""
    query = select(Channel).where(Channel.account == account)
    for row in session.exec(query):
        row.people_a_day = people_a_day
        session.add(row)
