"""Quiet hours and caps: what a brand keeps to beyond the platforms' rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request, url_for

from webapp.domain.errors import Invalid
from webapp.domain.wording import say
from webapp.forms import reading
from webapp.forms.house_rules import HouseRulesForm
from webapp.services import house_rules
from webapp.views import access, htmx, notices

blueprint = Blueprint(
    "house_rules", __name__, url_prefix="/b/<brand_slug>/settings/quiet-hours-and-caps"
)
SUGGESTED: Mapping[str, Any] = {
    "start": "22:00", "end": "08:00", "then": "hold", "messages": 3, "days": 7,
}  # fmt: skip


@blueprint.get("/")
@access.brand_screen("view")
def edit() -> Response:
    brand = access.current().brand
    on = {"quiet": bool(brand.quiet_hours), "capped": bool(brand.cap)}
    values = {**SUGGESTED, **(brand.quiet_hours or {}), **(brand.cap or {}), **on}
    return _form(values, {})


@blueprint.post("/")
@access.brand_screen("brand.edit")
def update() -> Response:
    asking = access.current()
    try:
        form = reading.read(HouseRulesForm, request.form)
        quiet, cap = form.quiet_hours(), form.cap()
    except Invalid as refused:
        return _form(request.form.to_dict(), refused.errors, htmx.UNPROCESSABLE)
    house_rules.keep(asking.session, asking.actor, quiet, cap, asking.now)
    notices.tell(say("Saved. It is kept from the next message on."))
    return htmx.redirect(url_for(".edit"))


def _form(values: Mapping[str, Any], errors: Mapping[str, Any], status: int = 200) -> Response:
    zone = access.current().brand.timezone
    return htmx.render(
        "house_rules/edit.html", "form" if errors else None, status=status,
        values=values, errors=errors, zone=zone,
    )  # fmt: skip
