"""People of the installation. Nobody is made with a password: the first way in is a link."""

from __future__ import annotations

from datetime import datetime

from email_validator import EmailNotValidError, validate_email
from sqlmodel import Session

from webapp.domain import errors
from webapp.domain.permission import Actor
from webapp.domain.wording import say
from webapp.models.user import User
from webapp.services import passwords, sign_in
from webapp.store import audits, users
from webapp.vault import Vault


def create(
    session: Session, actor: Actor, email: str, name: str, now: datetime, *, operator: bool = False
) -> User:
    """A person without password or brand. Raises Invalid (email) or Conflict when known."""
    actor.require("user.create")
    user = enrol(session, email, name, now)
    user.operator = operator
    audits.add(session, actor, None, "user.create", user.id, now, operator=operator)
    session.commit()
    return user


def enrol(session: Session, email: str, name: str, now: datetime) -> User:
    """A step of making users and members: flushed, not committed."""
    address = address_of(email)
    if users.by_email(session, address) is not None:
        raise errors.Conflict(say("%(email)s has an account already.", email=address))
    user = User(email=address, name=name.strip() or address, created_at=now)
    session.add(user)
    session.flush()
    return user


def address_of(email: str) -> str:
    """The address in lower case; raises Invalid (field `email`). Nothing is looked up."""
    try:
        found = validate_email(email.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise errors.Invalid(
            {"email": [say("Write an e-mail address, such as ana@example.com.")]}
        ) from None
    return found.normalized.lower()


def edit_profile(
    session: Session,
    user_id: int,
    *,
    name: str,
    language: str,
    timezone: str,
    theme: str,
    alerts: bool = True,
) -> None:
    user = _self(session, user_id)
    user.name, user.language, user.timezone, user.theme = name, language, timezone, theme
    user.alerts = alerts
    session.commit()


def change_password(
    session: Session, actor: Actor, sign_in_id: int, *, old: str, new: str, now: datetime
) -> int:
    """Sets a password and ends every other session of the person; answers how many ended.

    Raises Invalid: `old` when it is wrong (not asked of who has none yet), `password` for the new.
    """
    user = _self(session, actor.user_id or 0)
    known = user.password_hash
    session.rollback()  # no lock is held while hashing
    if known is not None and not passwords.matches(old, known):
        raise errors.Invalid({"old": [say("This is not your present password.")]})
    fresh = passwords.hashed(new)
    user = _self(session, actor.user_id or 0)
    user.password_hash = fresh
    audits.add(session, actor, None, "user.password", user.id, now)
    return sign_in.sign_out_everywhere(session, user.id or 0, but=sign_in_id)


def link_for(session: Session, vault: Vault, actor: Actor, email: str, now: datetime) -> str:
    """A one-time sign-in token for somebody, made by an operator (the CLI prints it)."""
    actor.require("user.create")
    user = users.by_email(session, email)
    if user is None:
        raise errors.NotFound("user", email)
    audits.add(session, actor, None, "user.link", user.id, now)
    return sign_in.make_link(session, vault, user, now)


def _self(session: Session, user_id: int) -> User:
    user = users.get(session, user_id)
    if user is None:
        raise errors.NotFound("user", user_id)
    return user
