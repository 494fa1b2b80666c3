"""Broadcasts of a brand: found, locked, listed."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import func
from sqlmodel import Session, col, select

from webapp.domain.broadcast import BroadcastState
from webapp.domain.errors import NotFound
from webapp.domain.permission import PERMISSIONS, Role
from webapp.models.broadcast import Broadcast
from webapp.models.campaign import Campaign
from webapp.models.user import Membership, User

PAGE = 25
PLANNED = (
    BroadcastState.DRAFT,
    BroadcastState.IN_REVIEW,
    BroadcastState.APPROVED,
    BroadcastState.SCHEDULED,
)


def get(session: Session, broadcast_id: int) -> Broadcast:
    """Raises NotFound, also for another brand's."""
    return _found(session.get(Broadcast, broadcast_id), broadcast_id)


def lock(session: Session, broadcast_id: int) -> Broadcast:
    """The row as it is now, held against other writers until the transaction ends."""
    row = session.get(Broadcast, broadcast_id, with_for_update=True, populate_existing=True)
    return _found(row, broadcast_id)


def page(
    session: Session,
    states: Collection[BroadcastState] = (),
    before: int | None = None,
    limit: int = PAGE,
) -> Sequence[Broadcast]:
    """Newest first; `before` is the id the last page ended with, no `states` means all."""
    query = select(Broadcast)
    if states:
        query = query.where(col(Broadcast.state).in_([state.value for state in states]))
    if before is not None:
        query = query.where(col(Broadcast.id) < before)
    return session.exec(query.order_by(col(Broadcast.id).desc()).limit(limit)).all()


def planned(session: Session, channel_ids: Collection[int], limit: int) -> Sequence[Broadcast]:
    """Drafted to scheduled, on these channels; the next to be sent first, the undated last."""
    states = [state.value for state in PLANNED]
    query = (
        select(Broadcast)
        .where(col(Broadcast.state).in_(states), col(Broadcast.channel_id).in_(channel_ids))
        .order_by(
            col(Broadcast.scheduled_at).is_(None), col(Broadcast.scheduled_at), col(Broadcast.id)
        )
        .limit(limit)
    )
    return session.exec(query).all()


def counts(session: Session) -> dict[BroadcastState, int]:
    """How many broadcasts are in each state; states without one are left out."""
    query = select(Broadcast.state, func.count()).group_by(Broadcast.state)
    return {BroadcastState(state): n for state, n in session.exec(query)}


def campaigns(session: Session) -> Sequence[Campaign]:
    """What a broadcast may belong to: campaigns in use, the nearest first."""
    query = select(Campaign).where(col(Campaign.archived_at).is_(None))
    return session.exec(query.order_by(col(Campaign.starts_on).desc(), col(Campaign.id))).all()


def approvers(session: Session) -> set[int]:
    """The people of the brand who may approve, by user id."""
    needed = PERMISSIONS["broadcast.approve"]
    roles = [role.name.lower() for role in Role if role >= needed]
    query = (
        select(Membership.user_id)
        .join(User, col(User.id) == Membership.user_id)
        .where(col(Membership.role).in_(roles), col(User.disabled_at).is_(None))
    )
    return set(session.exec(query))


def _found(row: Broadcast | None, broadcast_id: int) -> Broadcast:
    if row is None:
        raise NotFound("broadcast", broadcast_id)
    return row
