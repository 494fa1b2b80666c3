"""Who passes into a kept set of the audience index, or out of it, as time goes by."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from pyroaring import BitMap64
from sqlalchemy import (
    ColumnElement,
    and_,
    true,
)
from sqlmodel import Session, col, select

from webapp.domain.segment import FieldType, Leaf
from webapp.domain.segment_fields import ATTRIBUTE, Op
from webapp.domain.segment_values import Expiry
from webapp.models.channel import Channel
from webapp.models.opt_in import Consent, Topic
from webapp.models.subscriber import Attribute, AttributeValue, Subscriber
from webapp.store import audience_parts, segment_sql
from webapp.store.audience_parts import Part
from webapp.store.segment_sql import Clause

NO_TIME = timedelta()


def moved(session: Session, leaf: Leaf, part: Part, now: datetime) -> tuple[BitMap64, BitMap64]:
    """Whose answer may be another one at `now` than when the part was read, and those of them for
    whom the condition holds now."""
    passed, inside = BitMap64(), BitMap64()
    holds = segment_sql.condition(leaf, now)
    for passing in _passing(leaf, *sorted((part.at, now))):
        living = and_(passing, col(Subscriber.erased_at).is_(None))
        query = select(Subscriber.id).where(living)
        of_range, holding_now = audience_parts.read(
            session, col(Subscriber.id), query, true(), holds
        )
        passed, inside = passed | of_range, inside | holding_now
    return passed, inside


def _passing(leaf: Leaf, low: datetime, high: datetime) -> list[Clause]:
    """People for whom a moment that matters to the condition lies between two of ours, or so much
    before or after: a range of an index each, for of two in one query SQLite uses none."""
    if leaf.type is FieldType.DAY:
        return _passing_days(leaf, low.astimezone(UTC).date(), high.astimezone(UTC).date())
    between = [(low + span, high + span) for span in _spans(leaf)]
    if leaf.type is FieldType.WINDOW:
        of_brand = col(Subscriber.channel_id).in_(select(Channel.id))
        ends = col(Subscriber.window_ends_at)
        return [and_(of_brand, ends.between(*it)) for it in between]
    if leaf.type is FieldType.TOPIC:
        return [_expiring(leaf, *it) for it in between]
    moment: ColumnElement[Any] = getattr(Subscriber, leaf.field)
    return [moment.between(*it) for it in between]


def _spans(leaf: Leaf) -> list[timedelta]:
    """How far from now the moments lie at which the answer changes."""
    value = leaf.value
    if leaf.op is Op.CLOSES_WITHIN:
        return [NO_TIME, timedelta(hours=int(value))]  # type: ignore[arg-type]
    if isinstance(value, Expiry):
        return [NO_TIME, timedelta(days=value.days)]
    if leaf.op in (Op.WITHIN_DAYS, Op.OVER_DAYS_AGO):
        return [NO_TIME, -timedelta(days=int(value))]  # type: ignore[arg-type]
    if leaf.op is Op.IN_COMING_DAYS:
        return [NO_TIME, timedelta(days=int(value))]  # type: ignore[arg-type]
    return [NO_TIME]


def _expiring(leaf: Leaf, low: datetime, high: datetime) -> Clause:
    slug = leaf.value.topic if isinstance(leaf.value, Expiry) else leaf.value
    ending = select(Consent.subscriber_id).where(
        col(Consent.topic_id).in_(select(Topic.id).where(col(Topic.slug) == slug)),
        col(Consent.token_expires_at).between(low, high),
    )
    return col(Subscriber.id).in_(ending)


def _passing_days(leaf: Leaf, first: date, last: date) -> list[Clause]:
    if first == last:
        return []
    named = select(Attribute.id).where(col(Attribute.name) == leaf.field.removeprefix(ATTRIBUTE))
    of_days = (col(AttributeValue.day).between(first + span, last + span) for span in _spans(leaf))
    return [
        col(Subscriber.id).in_(
            select(AttributeValue.subscriber_id).where(
                col(AttributeValue.attribute_id).in_(named), of_day
            )
        )
        for of_day in of_days
    ]
