"""What a person has had: messages that were, or may have been, accepted for them.

A message counts from the moment it was written down as sent. One that is on its way, or of which
nobody knows, counts from its claim: it may have arrived.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from pyroaring import BitMap64
from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session, col

from webapp.db import brand_of
from webapp.domain.cap import Cap
from webapp.models.delivery import Delivery
from webapp.models.subscriber import Subscriber
from webapp.store import audience_parts
from webapp.store.deliveries import SPENT

LONGEST = timedelta(hours=1)  # between a claim and the word that it was sent; an index has claims
SENT_AT: Any = func.coalesce(Delivery.sent_at, Delivery.claimed_at)


def reached(cap: Cap, counted: Any, claimed: Any) -> ColumnElement[bool]:
    """Whether the person of the row has had as many as the cap allows after `counted`; `claimed`
    is LONGEST before that."""
    had: Any = (
        select(func.count())
        .select_from(Delivery)
        .where(col(Delivery.subscriber_id) == col(Subscriber.id), *_after(counted, claimed))
        .correlate_except(Delivery)
        .scalar_subquery()
    )
    return had >= cap.messages  # type: ignore[no-any-return]


def last_that_fills(cap: Cap) -> Any:
    """Of the person of the row: when the message was sent until whose days are over they have had
    as many as the cap allows; NULL where they never had as many."""
    return (
        select(SENT_AT)
        .where(
            col(Delivery.subscriber_id) == col(Subscriber.id),
            col(Delivery.state).in_(SPENT),
            col(Delivery.claimed_at).is_not(None),
        )
        .order_by(SENT_AT.desc())
        .limit(1)
        .offset(cap.messages - 1)
        .correlate_except(Delivery)
        .scalar_subquery()
    )


def full_at(cap: Cap, moment: datetime) -> Any:
    """The ids of the people who have had as many as the cap allows at a moment: only they can be
    kept out by it then or later, as long as nobody is written to."""
    counted = moment - cap.span
    written = select(col(Delivery.subscriber_id)).where(*_after(counted, counted - LONGEST))
    return written.group_by(col(Delivery.subscriber_id)).having(func.count() >= cap.messages)


def full(session: Session, cap: Cap, moment: datetime) -> BitMap64:
    """The same as a set of the brand's people."""
    of_brand = full_at(cap, moment).where(Delivery.brand_id == brand_of(session))
    person = of_brand.subquery().c.subscriber_id
    return audience_parts.read(session, person, select(person))[0]


def had(session: Session, ids: Collection[int], since: datetime) -> dict[int, list[datetime]]:
    """When each of these people was written to after `since`; whoever was not has no key."""
    query = select(col(Delivery.subscriber_id), SENT_AT).where(
        col(Delivery.subscriber_id).in_(ids), *_after(since, since - LONGEST)
    )
    found: dict[int, list[datetime]] = defaultdict(list)
    for person, at in session.execute(query):
        found[person].append(at)
    return dict(found)


def _after(since: Any, claimed: Any) -> tuple[ColumnElement[bool], ...]:
    """The last condition alone would do; the one before lets an index leave out what is long
    over."""
    states = col(Delivery.state).in_(SPENT)
    return states, col(Delivery.claimed_at) > claimed, since < SENT_AT
