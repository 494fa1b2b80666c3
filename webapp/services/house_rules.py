"""A brand's quiet hours and cap: read where people are decided about, kept by its admins."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlmodel import Session

from webapp import db
from webapp.domain.cap import Cap
from webapp.domain.errors import NotFound
from webapp.domain.house_rules import HouseRules
from webapp.domain.permission import Actor
from webapp.domain.quiet_hours import QuietHours
from webapp.models.brand import Brand
from webapp.models.broadcast import Broadcast
from webapp.store import audits, brands


def of(brand: Brand) -> HouseRules:
    quiet = QuietHours.parse(brand.quiet_hours) if brand.quiet_hours else None
    return HouseRules(quiet, Cap.parse(brand.cap) if brand.cap else None, brand.timezone)


def of_broadcast(session: Session, broadcast: Broadcast) -> HouseRules:
    """The rules of its brand, without the cap where it is exempt from it."""
    kept = of(session.get_one(Brand, broadcast.brand_id))
    return replace(kept, cap=None) if broadcast.cap_exempt else kept


def keep(
    session: Session, actor: Actor, quiet: QuietHours | None, cap: Cap | None, now: datetime
) -> Brand:
    """For the brand of the session, from now on: the next claim keeps to them."""
    actor.require("brand.edit")
    brand = brands.get(session, db.brand_of(session))
    if brand is None:
        raise NotFound("brand", db.brand_of(session))
    brand.quiet_hours = quiet.to_json() if quiet else None
    brand.cap = cap.to_json() if cap else None
    brand.house_rules_at = now  # whoever waits is given another moment: `services.retiming`
    session.add(brand)
    audits.add(
        session, actor, brand.id, "brand.house_rules", brand.id, now,
        quiet_hours=brand.quiet_hours, cap=brand.cap,
    )  # fmt: skip
    session.commit()
    return brand
