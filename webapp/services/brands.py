"""Brands: made by operators, edited by their admins."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime

from sqlmodel import Session

from webapp import db
from webapp.domain import errors
from webapp.domain.permission import Actor
from webapp.domain.wording import say
from webapp.models.brand import Brand
from webapp.models.user import Membership
from webapp.store import audits, brands

LONGEST_SLUG = 60
NOT_IN_SLUGS = re.compile(r"[^a-z0-9]+")


def create(
    session: Session,
    actor: Actor,
    *,
    name: str,
    country: str,
    timezone: str,
    currency: str,
    now: datetime,
    slug: str | None = None,
) -> Brand:
    """A brand whose first admin is the maker. Raises Conflict when the address is taken."""
    actor.require("brand.create")
    slug = slug_of(slug or name)
    if brands.by_slug(session, slug) is not None:
        raise errors.Conflict(say("A brand with the address %(slug)s exists already.", slug=slug))
    brand = Brand(
        slug=slug, name=name, country=country, timezone=timezone, currency=currency, created_at=now
    )
    session.add(brand)
    session.flush()
    _make_admin(session, actor, brand, now)
    audits.add(session, actor, brand.id, "brand.create", brand.id, now, slug=slug)
    session.commit()
    return brand


def edit(
    session: Session,
    actor: Actor,
    *,
    name: str,
    country: str,
    timezone: str,
    currency: str,
    now: datetime,
) -> Brand:
    """The brand of the session; its address stays, links to it live on."""
    actor.require("brand.edit")
    brand = brands.get(session, db.brand_of(session))
    if brand is None:
        raise errors.NotFound("brand", db.brand_of(session))
    brand.name, brand.country = name, country
    brand.timezone, brand.currency = timezone, currency
    audits.add(session, actor, brand.id, "brand.edit", brand.id, now, name=name, country=country)
    session.commit()
    return brand


def slug_of(name: str) -> str:
    """`Rosé & Söhne` -> `rose-sohne`; never empty."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return NOT_IN_SLUGS.sub("-", plain).strip("-")[:LONGEST_SLUG].strip("-") or "brand"


def _make_admin(session: Session, actor: Actor, brand: Brand, now: datetime) -> None:
    if actor.user_id is None:
        return
    with db.scoped(session, brand.id or 0):
        session.add(
            Membership(brand_id=brand.id or 0, user_id=actor.user_id, role="admin", created_at=now)
        )
        session.flush()
