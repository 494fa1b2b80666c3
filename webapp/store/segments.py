"""Saved segments, and the people a rule tree finds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from webapp.db import brand_of
from webapp.domain import segment_tree
from webapp.domain.segment import Node
from webapp.models.segment import Segment
from webapp.models.subscriber import Subscriber
from webapp.store import id_lists, segment_rules, segment_sql
from webapp.store.segment_sql import Clause


def all_of(session: Session, *, archived: bool = False) -> Sequence[Segment]:
    query = select(Segment).order_by(Segment.name, col(Segment.id))
    if not archived:
        query = query.where(col(Segment.archived_at).is_(None))
    return session.exec(query).all()


def find(session: Session, segment_id: int) -> Segment | None:
    return session.get(Segment, segment_id)


def asking_about(session: Session, segment_id: int) -> Sequence[Segment]:
    """The segments in use whose rule names this one."""
    return [
        row
        for row in all_of(session)
        if row.id != segment_id and segment_id in segment_tree.segments_named(row.tree)
    ]


def named(session: Session, name: str) -> Segment | None:
    """One in use, by its name."""
    query = select(Segment).where(Segment.name == name, col(Segment.archived_at).is_(None))
    return session.exec(query).first()


def clause(session: Session, node: Node, now: datetime) -> Clause:
    """Who is in at an aware moment, with the segments it asks about as they are now: for a WHERE
    over `Subscriber`. Erased people never are."""
    return segment_sql.clause(segment_rules.expanded(session, node), now)


def count(session: Session, node: Node, now: datetime, channel_id: int | None = None) -> int:
    """How many people are in, on one channel or on all of the brand's."""
    return session.exec(
        select(func.count()).select_from(Subscriber).where(*_who(session, node, now, channel_id))
    ).one()


def among(
    session: Session, node: Node, now: datetime, ids: Sequence[int], channel_id: int | None = None
) -> tuple[int, int]:
    """How many of these are people who are not erased, and how many of them are in. Led by the ids:
    see `audience_parts.among`."""
    key, brand = col(Subscriber.id), col(Subscriber.brand_id) + 0
    given = select(id_lists.table(session, ids).c.value)
    of_channel = [col(Subscriber.channel_id) + 0 == channel_id] if channel_id is not None else []
    inside = segment_sql.condition(segment_rules.expanded(session, node), now)
    query = select(func.count(), func.count().filter(inside)).where(
        key.in_(given), brand == brand_of(session), col(Subscriber.erased_at).is_(None), *of_channel
    )
    people, found = session.connection().execute(query).one()
    return people, found


def sample(
    session: Session, node: Node, now: datetime, limit: int = 10, channel_id: int | None = None
) -> Sequence[Subscriber]:
    """Some people who are in: those who wrote last."""
    query = select(Subscriber).where(*_who(session, node, now, channel_id))
    newest = col(Subscriber.last_inbound_at).desc().nulls_last()
    return session.exec(query.order_by(newest, col(Subscriber.id).desc()).limit(limit)).all()


def newest(session: Session, ids: Iterable[int], limit: int = 10) -> Sequence[Subscriber]:
    """Those of some people who wrote last."""
    query = select(Subscriber).where(col(Subscriber.id).in_(list(ids)))
    wrote = col(Subscriber.last_inbound_at).desc().nulls_last()
    return session.exec(query.order_by(wrote, col(Subscriber.id).desc()).limit(limit)).all()


def ids(
    session: Session,
    node: Node,
    now: datetime,
    after: int = 0,
    limit: int = 5000,
    channel_id: int | None = None,
) -> Sequence[int]:
    """The next people by id after a cursor."""
    query = select(col(Subscriber.id)).where(
        col(Subscriber.id) > after, *_who(session, node, now, channel_id)
    )
    found = session.exec(query.order_by(col(Subscriber.id)).limit(limit))
    return [key for key in found if key is not None]


def contains(session: Session, node: Node, now: datetime, subscriber_id: int) -> bool:
    query = select(col(Subscriber.id)).where(
        col(Subscriber.id) == subscriber_id, *_who(session, node, now, None)
    )
    return session.exec(query).first() is not None


def _who(session: Session, node: Node, now: datetime, channel_id: int | None) -> list[Clause]:
    found = [clause(session, node, now)]
    if channel_id is not None:
        found.append(col(Subscriber.channel_id) == channel_id)
    return found
