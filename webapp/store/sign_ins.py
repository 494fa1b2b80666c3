"""Sessions on the server, one-time links, and failed tries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from webapp.models.user import SignIn, SignInAttempt, SignInLink, User


def alive(session: Session, token_hash: str, now: datetime) -> tuple[SignIn, User] | None:
    """The session behind a cookie and its person, unless either has ended."""
    query = (
        select(SignIn, User)
        .join(User, col(User.id) == col(SignIn.user_id))
        .where(SignIn.token_hash == token_hash, SignIn.expires_at > now)
        .where(col(User.disabled_at).is_(None))
    )
    return session.exec(query).first()


def of_user(session: Session, user_id: int, now: datetime) -> Sequence[SignIn]:
    """Where this person is signed in, last seen first."""
    query = select(SignIn).where(SignIn.user_id == user_id, SignIn.expires_at > now)
    return session.exec(query.order_by(col(SignIn.seen_at).desc())).all()


def end(session: Session, sign_in_id: int) -> None:
    session.execute(delete(SignIn).where(col(SignIn.id) == sign_in_id))


def end_all(session: Session, user_id: int, but: int | None = None) -> int:
    """End every session of a person, except `but`; answers how many ended."""
    query = delete(SignIn).where(col(SignIn.user_id) == user_id)
    if but is not None:
        query = query.where(col(SignIn.id) != but)
    return session.execute(query).rowcount  # type: ignore[attr-defined,no-any-return]


def forget(session: Session, user_id: int) -> None:
    """End a person's sessions and void the links not used yet."""
    end_all(session, user_id)
    session.execute(delete(SignInLink).where(col(SignInLink.user_id) == user_id))


def end_expired(session: Session, now: datetime) -> None:
    session.execute(delete(SignIn).where(col(SignIn.expires_at) <= now))


def link(session: Session, token_hash: str, now: datetime) -> SignInLink | None:
    """The link, while it can be used."""
    query = select(SignInLink).where(
        SignInLink.token_hash == token_hash,
        SignInLink.expires_at > now,
        col(SignInLink.used_at).is_(None),
    )
    return session.exec(query).first()


def use_link(session: Session, token_hash: str, now: datetime) -> int | None:
    """Spend the link: the person's id the first time, None ever after."""
    found = link(session, token_hash, now)
    if found is None:
        return None
    spent = session.execute(
        update(SignInLink)
        .where(col(SignInLink.id) == found.id, col(SignInLink.used_at).is_(None))
        .values(used_at=now)
    )
    return found.user_id if spent.rowcount == 1 else None  # type: ignore[attr-defined]


def attempts(session: Session, email: str) -> SignInAttempt | None:
    return session.get(SignInAttempt, email)


def forget_attempts(session: Session, before: datetime) -> None:
    session.execute(delete(SignInAttempt).where(col(SignInAttempt.last_at) < before))
