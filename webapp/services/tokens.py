"""API tokens: `fl_` and 40 characters, shown once, kept as a keyed hash."""

from __future__ import annotations

import secrets
import string
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from sqlmodel import Session

from webapp import db
from webapp.domain import errors
from webapp.domain.permission import Actor, Role
from webapp.domain.wording import say
from webapp.models.user import ApiToken, User
from webapp.store import api_tokens, audits, brands
from webapp.vault import Vault

MARK: Final = "fl_"
LENGTH: Final = 40
ALPHABET: Final = string.ascii_letters + string.digits
SHOWN: Final = 9  # characters of it that lists show
USED_EVERY: Final = timedelta(minutes=5)  # how finely "last used" is kept


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whom a token speaks for. `brand_id` None: every brand of that person."""

    token_id: int
    user: User
    role: Role
    brand_id: int | None
    used_at: datetime | None = None
    name: str = ""


def create(
    session: Session,
    vault: Vault,
    actor: Actor,
    *,
    name: str,
    role: Role,
    now: datetime,
    expires_at: datetime | None = None,
) -> tuple[ApiToken, str]:
    """A token for the session's brand that acts as its maker, and its text, never shown again."""
    actor.require("token.edit")
    if actor.role is None or role > actor.role:
        raise errors.Invalid({"role": [say("A token cannot do more than you can.")]})
    if actor.user_id is None:
        raise errors.Refused(say("A token acts for a person; name one."))
    return _make(
        session, vault, actor, actor.user_id, name=name, role=role, now=now, expires_at=expires_at
    )


def create_for(
    session: Session,
    vault: Vault,
    actor: Actor,
    user: User,
    *,
    name: str,
    role: Role,
    now: datetime,
) -> tuple[ApiToken, str]:
    """The same for somebody else, from the command line; never more than their own role."""
    actor.require("token.edit")
    held = role_in(session, user.id or 0, db.brand_of(session))
    if held is None or role > held:
        raise errors.Invalid(
            {"role": [say("%(email)s may do less than that in this brand.", email=user.email)]}
        )
    return _make(
        session, vault, actor, user.id or 0, name=name, role=role, now=now, expires_at=None
    )


def create_everywhere(
    session: Session,
    vault: Vault,
    actor: Actor,
    user: User,
    *,
    name: str,
    role: Role,
    now: datetime,
) -> tuple[ApiToken, str]:
    """One that reaches every brand of that person, made by an operator in a session of none."""
    actor.require("user.create")
    return _make(
        session, vault, actor, user.id or 0, name=name, role=role, now=now, expires_at=None,
        brand_id=None,
    )  # fmt: skip


def revoke(session: Session, actor: Actor, token_id: int, now: datetime) -> None:
    actor.require("token.edit")
    row = api_tokens.get(session, db.brand_of(session), token_id)
    if row.revoked_at is None:
        row.revoked_at = now
        audits.add(session, actor, row.brand_id, "token.revoke", row.id, now)
    session.commit()


def bearer(session: Session, vault: Vault, text: str, now: datetime) -> Bearer | None:
    """Whom the token speaks for; None when it is unknown, revoked, expired or its person left."""
    if not text.startswith(MARK):
        return None
    found = api_tokens.by_hash(session, vault.fingerprint(text))
    if found is None:
        return None
    row, user = found
    ended = row.revoked_at or (row.expires_at is not None and row.expires_at <= now)
    if ended or user.disabled_at is not None:
        return None
    return Bearer(row.id or 0, user, Role[row.role.upper()], row.brand_id, row.used_at, row.name)


def role_in(session: Session, user_id: int, brand_id: int) -> Role | None:
    """The person's present role: a token is capped by it at every request."""
    for brand, role in brands.of_user(session, user_id):
        if brand.id == brand_id:
            return Role[role.upper()]
    return None


def note_use(session: Session, token_id: int, now: datetime) -> None:
    row = session.get(ApiToken, token_id)
    if row is not None and (row.used_at is None or now - row.used_at > USED_EVERY):
        row.used_at = now
        session.commit()


def _make(
    session: Session,
    vault: Vault,
    actor: Actor,
    user_id: int,
    *,
    name: str,
    role: Role,
    now: datetime,
    expires_at: datetime | None,
    brand_id: int | Literal["here"] | None = "here",
) -> tuple[ApiToken, str]:
    text = MARK + "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    row = ApiToken(
        brand_id=db.brand_of(session) if brand_id == "here" else brand_id,
        user_id=user_id,
        name=name,
        prefix=text[:SHOWN],
        token_hash=vault.fingerprint(text),
        role=role.name.lower(),
        created_at=now,
        expires_at=expires_at,
    )
    session.add(row)
    session.flush()
    audits.add(session, actor, row.brand_id, "token.create", row.id, now, name=name, role=row.role)
    session.commit()
    return row, text
