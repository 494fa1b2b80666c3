"""The brands a person works for; making one; its name, country, zone and currency."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from babel import numbers
from flask import Blueprint, Response, request, url_for

from webapp.domain.errors import Conflict, Invalid
from webapp.domain.wording import say
from webapp.forms import places, reading
from webapp.forms.brands import BrandForm, NewBrandForm
from webapp.models.brand import Brand
from webapp.services import brands as making
from webapp.store import brands
from webapp.views import access, formats, htmx, language, notices

blueprint = Blueprint("brands", __name__)
SETTINGS = "/b/<brand_slug>/settings/brand"


@blueprint.get("/")
@access.signed_in
def start() -> Response:
    """Straight into the brand of whoever has just one."""
    mine = _mine()
    if len(mine) == 1:
        return htmx.redirect(url_for("home.show", brand_slug=mine[0][0].slug))
    return htmx.redirect(url_for("brands.index"))


@blueprint.get("/brands")
@access.signed_in
def index() -> Response:
    return htmx.render("brands/index.html", mine=_mine())


@blueprint.get("/brands/new")
@access.operator("brand.create")
def new() -> Response:
    return htmx.render("brands/new.html", values={"timezone": "UTC"}, errors={}, **_choices())


@blueprint.post("/brands")
@access.operator("brand.create")
def create() -> Response:
    asking = access.current()
    try:
        form = reading.read(NewBrandForm, request.form)
        made = making.create(asking.session, asking.actor, now=asking.now, **form.model_dump())
    except Invalid as refused:
        return _refused("brands/new.html", refused.errors)
    except Conflict as taken:
        return _refused("brands/new.html", {"slug": [taken.sentence]})
    notices.tell(say("The brand is made. Connect a channel next."))
    return htmx.redirect(url_for("channels.index", brand_slug=made.slug))


@blueprint.get(SETTINGS)
@access.brand_screen("brand.edit")
def edit() -> Response:
    values = access.current().brand.model_dump()
    return htmx.render("brands/edit.html", "form", values=values, errors={}, **_choices())


@blueprint.post(SETTINGS)
@access.brand_screen("brand.edit")
def update() -> Response:
    asking = access.current()
    try:
        form = reading.read(BrandForm, request.form)
    except Invalid as refused:
        return _refused("brands/edit.html", refused.errors)
    making.edit(asking.session, asking.actor, now=asking.now, **form.model_dump())
    notices.tell(say("The brand is saved."))
    return htmx.redirect(url_for("brands.edit"))


def _mine() -> list[tuple[Brand, str]]:
    asking = access.current()
    return list(brands.of_user(asking.session, asking.viewer.user_id if asking.viewer else 0))


def _refused(template: str, errors: Mapping[str, object]) -> Response:
    values = request.form.to_dict()
    return htmx.invalid(template, "form", values=values, errors=errors, **_choices())


def _choices() -> dict[str, Any]:
    """Lists with their names in the viewer's language."""
    locale = language.locale()
    countries = [(code, formats.country_name(code, locale)) for code in places.countries()]
    money = [
        (code, f"{code} · {numbers.get_currency_name(code, locale=locale)}")
        for code in places.currencies()
    ]
    return {
        "countries": sorted(countries, key=lambda pair: pair[1]),
        "zones": [(zone, zone.replace("_", " ")) for zone in places.zones()],
        "currencies": money,
    }
