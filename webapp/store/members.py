"""Who works for the session's brand, in which role."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session, col, func, select

from webapp.domain.errors import NotFound
from webapp.models.user import Membership, User


def page(session: Session) -> Sequence[tuple[Membership, User]]:
    """Everybody of the brand, by name."""
    query = select(Membership, User).join(User, col(User.id) == col(Membership.user_id))
    return session.exec(query.order_by(col(User.name), col(User.id))).all()


def get(session: Session, member_id: int) -> tuple[Membership, User]:
    """Raises NotFound, also for another brand's."""
    query = select(Membership, User).join(User, col(User.id) == col(Membership.user_id))
    found = session.exec(query.where(Membership.id == member_id)).first()
    if found is None:
        raise NotFound("member", member_id)
    return found


def of_user(session: Session, user_id: int) -> Membership | None:
    return session.exec(select(Membership).where(Membership.user_id == user_id)).first()


def active(session: Session) -> set[int]:
    """Who works here now, by user id."""
    query = select(Membership.user_id).join(User, col(User.id) == col(Membership.user_id))
    return set(session.exec(query.where(col(User.disabled_at).is_(None))))


def admins(session: Session) -> int:
    """How many people may still change roles: the last one stays."""
    query = (
        select(func.count())
        .select_from(Membership)
        .join(User, col(User.id) == col(Membership.user_id))
        .where(Membership.role == "admin", col(User.disabled_at).is_(None))
    )
    return session.exec(query).one()
