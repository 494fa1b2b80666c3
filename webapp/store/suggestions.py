"""Better hours for what is planned: looked for now and then, shown until somebody says no."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, delete, or_, select

from webapp.domain.errors import NotFound
from webapp.models.broadcast import Broadcast
from webapp.models.suggestion import Suggestion
from webapp.store.rule_alarms import PLANNED

STATES = [state.value for state in PLANNED]


def to_look_at(
    session: Session, since: datetime, until: datetime, before: datetime, limit: int
) -> Sequence[Broadcast]:
    """What is set for a time between two and was not looked at as it is, or last `before`."""
    query = (
        select(Broadcast)
        .outerjoin(Suggestion, col(Suggestion.broadcast_id) == col(Broadcast.id))
        .where(
            col(Broadcast.state).in_(STATES),
            col(Broadcast.scheduled_at) > since,
            col(Broadcast.scheduled_at) < until,
            or_(
                col(Suggestion.broadcast_id).is_(None),
                col(Suggestion.broadcast_version) != col(Broadcast.version),
                col(Suggestion.looked_at) <= before,
            ),
        )
        .order_by(col(Suggestion.looked_at).is_not(None), col(Broadcast.scheduled_at))
        .limit(limit)
    )
    return session.exec(query).all()


def keep(session: Session, found: Suggestion) -> None:
    """In place of what was found before. Who said no to this version is not asked again."""
    known = session.get(Suggestion, found.broadcast_id)
    if known is not None and known.broadcast_version == found.broadcast_version:
        found.dismissed_at, found.dismissed_by = known.dismissed_at, known.dismissed_by
    session.merge(found)


def standing(session: Session, after: datetime) -> Sequence[tuple[Suggestion, Broadcast]]:
    """What nobody has said no to, of broadcasts that are still what it is about; the better hour
    comes `after`."""
    query = (
        select(Suggestion, Broadcast)
        .join(Broadcast, col(Broadcast.id) == col(Suggestion.broadcast_id))
        .where(
            col(Suggestion.better_at) > after,
            col(Suggestion.dismissed_at).is_(None),
            col(Suggestion.broadcast_version) == col(Broadcast.version),
            col(Broadcast.state).in_(STATES),
        )
        .order_by(col(Suggestion.send_at), col(Suggestion.broadcast_id))
    )
    return session.exec(query).all()


def get(session: Session, broadcast_id: int) -> Suggestion:
    """Raises NotFound."""
    found = session.exec(select(Suggestion).where(Suggestion.broadcast_id == broadcast_id)).first()
    if found is None:
        raise NotFound("suggestion", broadcast_id)
    return found


def forget(session: Session, broadcast_id: int) -> None:
    """With a draft that is deleted."""
    session.exec(delete(Suggestion).where(col(Suggestion.broadcast_id) == broadcast_id))
