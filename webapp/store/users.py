"""People who sign in. Not brand-owned: one person may work for several brands."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session, col, select

from webapp.models.user import User


def get(session: Session, user_id: int) -> User | None:
    return session.get(User, user_id)


def by_email(session: Session, email: str) -> User | None:
    """`email` in any case."""
    return session.exec(select(User).where(User.email == email.strip().lower())).first()


def named(session: Session, user_ids: Sequence[int]) -> dict[int, User]:
    """The people behind ids, for lists that show who did what."""
    rows = session.exec(select(User).where(col(User.id).in_(set(user_ids))))
    return {row.id: row for row in rows if row.id is not None}


def everyone(session: Session) -> Sequence[User]:
    return session.exec(select(User).order_by(col(User.name), col(User.id))).all()
