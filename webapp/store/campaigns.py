"""The campaigns of a brand's year plan, and the broadcasts planned on its days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlmodel import Session, and_, col, func, or_, select

from webapp.domain.broadcast import BroadcastState
from webapp.domain.errors import NotFound
from webapp.models.broadcast import Broadcast, Occurrence
from webapp.models.campaign import Campaign

CANCELLED = BroadcastState.CANCELLED.value
OFF_THE_PLAN = (CANCELLED, "skipped")  # states of a run


def get(session: Session, campaign_id: int) -> Campaign:
    """Raises NotFound, also for another brand's or one put away."""
    return _found(session.get(Campaign, campaign_id), campaign_id)


def lock(session: Session, campaign_id: int) -> Campaign:
    """The row as it is now, held against other writers until the transaction ends."""
    row = session.get(Campaign, campaign_id, with_for_update=True, populate_existing=True)
    return _found(row, campaign_id)


def between(session: Session, first: date, last: date) -> Sequence[Campaign]:
    """Those that touch these days, by lane and then by their first day."""
    query = select(Campaign).where(
        col(Campaign.archived_at).is_(None),
        col(Campaign.starts_on) <= last,
        col(Campaign.ends_on) >= first,
    )
    order = (col(Campaign.lane), col(Campaign.starts_on), col(Campaign.id))
    return session.exec(query.order_by(*order)).all()


def lanes(session: Session) -> Sequence[str]:
    """The names of lanes in use, for the form to offer."""
    query = select(Campaign.lane).where(col(Campaign.archived_at).is_(None), Campaign.lane != "")
    return session.exec(query.distinct().order_by(Campaign.lane)).all()


def sends_between(
    session: Session, since: datetime, until: datetime
) -> Sequence[tuple[Broadcast, Occurrence | None]]:
    """Each run from `since` to before `until` with its broadcast, in the order of their times.

    One that was cancelled, skipped, or made for those who had failed is none of the plan's.
    """
    run = and_(
        col(Occurrence.broadcast_id) == col(Broadcast.id),
        col(Occurrence.state).not_in(OFF_THE_PLAN),
        col(Occurrence.retry_of).is_(None),
    )
    at = func.coalesce(col(Occurrence.due_at), col(Broadcast.scheduled_at))
    query = (
        select(Broadcast, Occurrence)
        .outerjoin(Occurrence, run)
        .where(at >= since, at < until)
        .where(or_(Broadcast.state != CANCELLED, Occurrence.state == BroadcastState.DONE.value))
        .order_by(at, col(Broadcast.id), col(Occurrence.number))
    )
    return session.exec(query).all()


def broadcasts_of(session: Session, campaign_id: int) -> Sequence[Broadcast]:
    """The newest first."""
    query = select(Broadcast).where(Broadcast.campaign_id == campaign_id)
    return session.exec(query.order_by(col(Broadcast.id).desc())).all()


def _found(row: Campaign | None, campaign_id: int) -> Campaign:
    if row is None or row.archived_at is not None:
        raise NotFound("campaign", campaign_id)
    return row
