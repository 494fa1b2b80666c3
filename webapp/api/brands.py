"""Brands: those this token reaches. Operators make new ones."""

from __future__ import annotations

from webapp.api import cursors
from webapp.api.calls import Call
from webapp.api.routes import Table
from webapp.api.schemas.base import Page, PageQuery
from webapp.api.schemas.brands import Brand, BrandChange, NewBrand
from webapp.domain.errors import NotFound
from webapp.domain.permission import Role
from webapp.models.brand import Brand as Row
from webapp.services import brands as making

table = Table("brands")


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
    """Change a brand's name, country, zone or currency; needs the role admin there."""
    brand, role = _reached(call, brand_id)
    call.enter(brand, role)
    kept = {name: getattr(brand, name) for name in BrandChange.model_fields}
    given = {name: value for name, value in body.model_dump().items() if value is not None}
    return _shown(making.edit(call.session, call.actor, now=call.now, **{**kept, **given}), role)


def _reached(call: Call, brand_id: int) -> tuple[Row, Role]:
    for brand, role in call.reachable:
        if brand.id == brand_id:
            return brand, role
    raise NotFound("brand", brand_id)


def _shown(brand: Row, role: Role) -> Brand:
    shown = Brand.model_validate(brand)
    shown.role = role.name.lower()
    return shown
