"""Signing in and out. Sessions are rows: ending the row ends every copy of its cookie.

The cookie, the link and their hashes: a random key is shown once, only its keyed hash is kept.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session

from webapp.domain import errors
from webapp.domain.wording import say
from webapp.models.user import SignIn, SignInAttempt, SignInLink, User
from webapp.services import passwords
from webapp.store import sign_ins, users
from webapp.vault import Vault

LIFE: Final = timedelta(days=14)  # of a session nobody uses
SEEN_EVERY: Final = timedelta(minutes=5)  # how finely "last seen" is kept
LINK_LIFE: Final = timedelta(hours=24)
FREE_FAILURES: Final = 5  # tries before the slow-down begins
LONGEST_WAIT: Final = timedelta(minutes=5)
WRONG = say(
    "This e-mail address and password do not belong together. Try again, or ask for a link."
)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The person behind a cookie. `due` says that its row wants to be seen again."""

    sign_in_id: int
    user: User
    due: bool


def recognise(session: Session, vault: Vault, key: str, now: datetime) -> SignedIn | None:
    found = sign_ins.alive(session, vault.fingerprint(key), now)
    if found is None:
        return None
    row, user = found
    return SignedIn(row.id or 0, user, due=now - row.seen_at > SEEN_EVERY)


def see_again(session: Session, sign_in_id: int, now: datetime) -> None:
    """A session in use lives on."""
    row = session.get(SignIn, sign_in_id)
    if row is not None:
        row.seen_at, row.expires_at = now, now + LIFE
        session.commit()


def with_password(
    session: Session, vault: Vault, email: str, password: str, now: datetime, *, agent: str = ""
) -> str:
    """A new session's key. Raises `Refused` with the same words whoever the address belongs to."""
    email = email.strip().lower()
    _refuse_haste(session, email, now)
    user = users.by_email(session, email)
    known = user.password_hash if user and user.disabled_at is None else None
    session.rollback()  # no lock is held while hashing
    if not passwords.matches(password, known) or user is None:
        _count_failure(session, email, now)
        raise errors.Refused(WRONG)
    _forgive(session, email)
    return _begin(session, vault, user.id or 0, now, agent)


def make_link(
    session: Session, vault: Vault, user: User, now: datetime, life: timedelta = LINK_LIFE
) -> str:
    """A one-time sign-in token for `user`; whoever holds it may sign in as them once."""
    token = secrets.token_urlsafe(32)
    session.add(
        SignInLink(
            token_hash=vault.fingerprint(token),
            user_id=user.id or 0,
            created_at=now,
            expires_at=now + life,
        )
    )
    session.commit()
    return token


def link_works(session: Session, vault: Vault, token: str, now: datetime) -> bool:
    """Looking does not spend it: mail scanners follow links."""
    return sign_ins.link(session, vault.fingerprint(token), now) is not None


def with_link(session: Session, vault: Vault, token: str, now: datetime, agent: str = "") -> str:
    """A new session's key. Raises `Refused` when the link was used or has expired."""
    user_id = sign_ins.use_link(session, vault.fingerprint(token), now)
    user = users.get(session, user_id) if user_id is not None else None
    if user is None or user.disabled_at is not None:
        raise errors.Refused(
            say(
                "This link was used before or is too old. Ask an admin of your brand for a new one."
            )
        )
    return _begin(session, vault, user.id or 0, now, agent)


def sign_out(session: Session, sign_in_id: int) -> None:
    sign_ins.end(session, sign_in_id)
    session.commit()


def sign_out_everywhere(session: Session, user_id: int, but: int | None = None) -> int:
    """Ends every session of a person, except `but`; answers how many ended."""
    ended = sign_ins.end_all(session, user_id, but)
    session.commit()
    return ended


def _begin(session: Session, vault: Vault, user_id: int, now: datetime, agent: str) -> str:
    key = secrets.token_urlsafe(32)
    sign_ins.end_expired(session, now)
    session.add(
        SignIn(
            token_hash=vault.fingerprint(key),
            user_id=user_id,
            created_at=now,
            seen_at=now,
            expires_at=now + LIFE,
            agent=agent[:200],
        )
    )
    session.commit()
    return key


def _refuse_haste(session: Session, email: str, now: datetime) -> None:
    row = sign_ins.attempts(session, email)
    if row is None or row.failures < FREE_FAILURES:
        return
    doublings = min(row.failures - FREE_FAILURES, 16)
    until = row.last_at + min(timedelta(seconds=2**doublings), LONGEST_WAIT)
    if now < until:
        seconds = int((until - now).total_seconds()) + 1
        raise errors.Refused(
            say("Too many tries for this address. Try again in %(n)s seconds.", n=seconds)
        )


def _count_failure(session: Session, email: str, now: datetime) -> None:
    """Counted for addresses nobody has, too: the answer must not tell them apart."""
    sign_ins.forget_attempts(session, now - timedelta(days=1))
    row = sign_ins.attempts(session, email) or SignInAttempt(email=email[:254], last_at=now)
    row.failures, row.last_at = row.failures + 1, now
    session.add(row)
    session.commit()


def _forgive(session: Session, email: str) -> None:
    row = sign_ins.attempts(session, email)
    if row is not None:
        session.delete(row)
