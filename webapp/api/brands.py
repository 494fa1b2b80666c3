"""Brands: those this token reaches. Operators make new ones."""

from __future__ import annotations

from dataclasses import replace

from webapp.api import cursors
from webapp.api.calls import Call
from webapp.api.routes import Table
from webapp.api.schemas.base import Page, PageQuery
from webapp.api.schemas.brands import Brand, BrandChange, NewBrand
from webapp.domain.cap import Cap
from webapp.domain.errors import NotFound
from webapp.domain.house_rules import HouseRules
from webapp.domain.permission import Role
from webapp.domain.quiet_hours import QuietHours
from webapp.models.brand import Brand as Row
from webapp.services import brands as making
from webapp.services import house_rules

table = Table("brands")
NAMED = ("name", "country", "timezone", "currency")
HOUSE = ("quiet_hours", "cap")


@table.get("/brands", None, brand=False, answers=Page[Brand], query=PageQuery)
def index(call: Call, query: PageQuery) -> Page[Brand]:
    """The brands this token reaches."""
    rows, cursor = cursors.of_all(call.reachable, query, lambda pair: pair[0].id or 0)
    return Page(items=[_shown(brand, role) for brand, role in rows], next_cursor=cursor)


@table.post("/brands", "brand.create", brand=False, answers=Brand, body=NewBrand, status=201)
def create(call: Call, body: NewBrand) -> Brand:
    """Make a brand; needs an operator's token for all brands."""
    made = making.create(call.session, call.actor, now=call.now, **body.model_dump())
    return _shown(made, Role.ADMIN)


@table.get("/brands/{brand_id}", None, brand=False, answers=Brand)
def show(call: Call, brand_id: int) -> Brand:
    """One brand."""
    return _shown(*_reached(call, brand_id))


@table.patch("/brands/{brand_id}", None, brand=False, answers=Brand, body=BrandChange)
def change(call: Call, brand_id: int, body: BrandChange) -> Brand:
    """Change a brand's name, country, zone, currency, quiet hours or cap; needs the role admin
    there."""
    brand, role = _reached(call, brand_id)
    call.enter(brand, role)
    kept = {name: getattr(brand, name) for name in NAMED}
    given = {name: value for name in NAMED if (value := getattr(body, name)) is not None}
    house = _house(house_rules.of(brand), body)
    if given or body.model_fields_set.isdisjoint(HOUSE):
        brand = making.edit(call.session, call.actor, now=call.now, **{**kept, **given})
    if not body.model_fields_set.isdisjoint(HOUSE):
        brand = house_rules.keep(call.session, call.actor, house.quiet, house.cap, call.now)
    return _shown(brand, role)


def _house(kept: HouseRules, body: BrandChange) -> HouseRules:
    """What was named is put in place of what there is; raises Invalid by field."""
    quiet, cap = body.quiet_hours, body.cap
    if "quiet_hours" in body.model_fields_set:
        kept = replace(kept, quiet=QuietHours.parse(quiet.model_dump()) if quiet else None)
    if "cap" in body.model_fields_set:
        kept = replace(kept, cap=Cap.parse(cap.model_dump()) if cap else None)
    return kept


def _reached(call: Call, brand_id: int) -> tuple[Row, Role]:
    for brand, role in call.reachable:
        if brand.id == brand_id:
            return brand, role
    raise NotFound("brand", brand_id)


def _shown(brand: Row, role: Role) -> Brand:
    shown = Brand.model_validate(brand)
    shown.role = role.name.lower()
    return shown
