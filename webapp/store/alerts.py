"""E-mails about trouble: who may do something about it, what waits, and the one claim of a row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, update
from sqlmodel import Session, col, select

from webapp.models.alert import Alert
from webapp.models.user import Membership, User

MOST_ATTEMPTS = 6


def members(session: Session) -> Sequence[tuple[User, str]]:
    """Everybody of the session's brand who wants alerts, with their role."""
    query = select(User, Membership.role).join(Membership, col(Membership.user_id) == User.id)
    return session.exec(query.where(*_reachable()).order_by(col(User.id))).all()


def operators(session: Session) -> Sequence[User]:
    query = select(User).where(col(User.operator).is_(True), *_reachable())
    return session.exec(query.order_by(col(User.id))).all()


def is_known(session: Session, user_id: int, cause: str) -> bool:
    query = select(Alert.id).where(Alert.user_id == user_id, Alert.cause == cause)
    return session.exec(query).first() is not None


def due(session: Session, now: datetime, limit: int) -> Sequence[tuple[Alert, User]]:
    query = (
        select(Alert, User)
        .join(User, col(User.id) == Alert.user_id)
        .where(
            col(Alert.asked_at).is_(None),
            col(Alert.not_before) <= now,
            col(Alert.attempts) < MOST_ATTEMPTS,
            *_reachable(),
        )
    )
    return session.exec(query.order_by(col(Alert.id)).limit(limit)).all()


def claim(session: Session, alert_id: int, now: datetime) -> bool:
    """One process wins: True for the caller whose update changed the row."""
    waiting = update(Alert).where(col(Alert.id) == alert_id, col(Alert.asked_at).is_(None))
    asked = waiting.values(asked_at=now, attempts=Alert.attempts + 1)
    return session.exec(asked).rowcount == 1


def drop_older(session: Session, than: datetime) -> int:
    """What is older is no news any more, and keeps no cause from being told again."""
    return session.exec(delete(Alert).where(col(Alert.created_at) < than)).rowcount


def oldest(session: Session) -> datetime | None:
    return session.exec(select(Alert.created_at).order_by(col(Alert.created_at)).limit(1)).first()


def _reachable() -> tuple[ColumnElement[bool], ...]:
    return col(User.disabled_at).is_(None), col(User.alerts).is_(True)
