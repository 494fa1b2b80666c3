"""Who works for a brand. There is always one admin left."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from webapp import db
from webapp.domain import errors
from webapp.domain.permission import Actor, Role
from webapp.domain.wording import say
from webapp.models.user import Membership, User
from webapp.services import sign_in, users
from webapp.store import audits, brands, members, sign_ins
from webapp.store import users as all_users
from webapp.vault import Vault


def add(
    session: Session,
    vault: Vault,
    actor: Actor,
    *,
    email: str,
    name: str,
    role: Role,
    now: datetime,
) -> str | None:
    """Add a person to the session's brand; somebody new gets a one-time sign-in token, returned.

    Raises Invalid (email), or Conflict when they are a member already.
    """
    actor.require("member.edit")
    user, is_new = _person(session, email, name, now)
    if members.of_user(session, user.id or 0) is not None:
        raise errors.Conflict(say("%(email)s works for this brand already.", email=user.email))
    if user.password_hash is None:
        sign_ins.forget(session, user.id or 0)  # links and sessions another brand's admin made
    brand_id = db.brand_of(session)
    session.add(
        Membership(brand_id=brand_id, user_id=user.id or 0, role=role.name.lower(), created_at=now)
    )
    audits.add(session, actor, brand_id, "member.add", user.id, now, role=role.name.lower())
    session.commit()
    return sign_in.make_link(session, vault, user, now) if is_new else None


def change_role(session: Session, actor: Actor, member_id: int, role: Role, now: datetime) -> None:
    """Raises Refused for the last admin."""
    actor.require("member.edit")
    membership, user = members.get(session, member_id)
    _keep_an_admin(session, membership, role)
    before, membership.role = membership.role, role.name.lower()
    audits.add(
        session, actor, membership.brand_id, "member.role", user.id, now,
        before=before, after=membership.role,
    )  # fmt: skip
    session.commit()


def remove(session: Session, actor: Actor, member_id: int, now: datetime) -> User:
    """They lose this brand only; their account and other brands stay. Raises Refused as above."""
    actor.require("member.edit")
    membership, user = members.get(session, member_id)
    _keep_an_admin(session, membership, None)
    session.delete(membership)
    audits.add(session, actor, membership.brand_id, "member.remove", user.id, now)
    session.commit()
    return user


def link(session: Session, vault: Vault, actor: Actor, member_id: int, now: datetime) -> str:
    """A new one-time link for a member who has no password and no other brand.

    Refused for others: whoever holds a link is that person, in every brand of theirs.
    """
    actor.require("member.edit")
    membership, user = members.get(session, member_id)
    if not may_link(session, user):
        raise errors.Refused(
            say(
                "%(name)s has a password, or works for another brand too. "
                "Only an operator can make a link for them.",
                name=user.name,
            )
        )
    audits.add(session, actor, membership.brand_id, "member.link", user.id, now)
    return sign_in.make_link(session, vault, user, now)


def may_link(session: Session, user: User) -> bool:
    """Whether an admin of this brand may make a sign-in link for them."""
    alone = len(brands.of_user(session, user.id or 0)) == 1
    return user.password_hash is None and not user.operator and alone


def _person(session: Session, email: str, name: str, now: datetime) -> tuple[User, bool]:
    known = all_users.by_email(session, users.address_of(email))
    return (known, False) if known else (users.enrol(session, email, name, now), True)


def _keep_an_admin(session: Session, membership: Membership, role: Role | None) -> None:
    if membership.role == "admin" and role is not Role.ADMIN and members.admins(session) <= 1:
        raise errors.Refused(
            say("This is the brand's last admin. Make somebody else an admin first.")
        )
