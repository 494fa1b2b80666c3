"""One campaign: made, changed, put away."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Blueprint, Response, request, url_for

from webapp.domain.broadcast import Kind, kind_name
from webapp.domain.errors import Invalid
from webapp.domain.figures import MICROS
from webapp.domain.wording import Sentence, say
from webapp.forms import reading
from webapp.forms.campaigns import CampaignForm
from webapp.models.campaign import Campaign
from webapp.services import campaigns as planning
from webapp.services import engagement
from webapp.store import campaigns, members
from webapp.views import access, htmx, language, notices
from webapp.views.year_picture import HUES

blueprint = Blueprint("campaigns", __name__, url_prefix="/b/<brand_slug>/campaigns")
KINDS = (
    (Kind.STANDARD, say("to people whose window is open")),
    (Kind.SUBSCRIPTION, say("to people who opted in to a topic")),
    (Kind.SPONSORED, say("paid")),
    (Kind.UTILITY, say("approved templates")),
)


@blueprint.get("/new")
@access.brand_screen("campaign.edit")
def new() -> Response:
    values = {"starts_on": request.args.get("on", _today().isoformat()), "kind": "standard"}
    return htmx.render("campaigns/edit.html", "form", **_context(None, values, {}))


@blueprint.post("/")
@access.brand_screen("campaign.edit")
def create() -> Response:
    asking = access.current()
    try:
        form = reading.read(CampaignForm, request.form)
        row = planning.add(asking.session, asking.actor, form.campaign(), form.owner, asking.now)
    except Invalid as refused:
        return _refused(None, refused.errors)
    notices.tell(say("%(name)s is on the plan.", name=row.name))
    return htmx.redirect(_year_of(row))


@blueprint.get("/<int:campaign_id>")
@access.brand_screen("view")
def show(campaign_id: int) -> Response:
    row = campaigns.get(access.current().session, campaign_id)
    return htmx.render("campaigns/edit.html", "form", **_context(row, _values(row), {}))


@blueprint.post("/<int:campaign_id>")
@access.brand_screen("campaign.edit")
def update(campaign_id: int) -> Response:
    asking = access.current()
    try:
        form = reading.read(CampaignForm, request.form)
        row = planning.edit(
            asking.session, asking.actor, campaign_id, form.campaign(), form.owner, asking.now
        )
    except Invalid as refused:
        return _refused(campaigns.get(asking.session, campaign_id), refused.errors)
    notices.tell(say("%(name)s is saved.", name=row.name))
    return htmx.redirect(_year_of(row))


@blueprint.post("/<int:campaign_id>/archive")
@access.brand_screen("campaign.edit")
def archive(campaign_id: int) -> Response:
    asking = access.current()
    row = planning.archive(asking.session, asking.actor, campaign_id, asking.now)
    notices.tell(say("%(name)s is off the plan. Its broadcasts stay.", name=row.name))
    return htmx.redirect(_year_of(row))


def _context(
    row: Campaign | None, values: Mapping[str, object], errors: Mapping[str, list[Sentence]]
) -> dict[str, Any]:
    session = access.current().session
    people = [(str(user.id), user.name or user.email) for _, user in members.page(session)]
    return {
        "campaign": row,
        "values": values,
        "errors": errors,
        "people": people,
        "lanes": campaigns.lanes(session),
        "kinds": [(kind.value, _name(kind), words) for kind, words in KINDS],
        "hues": {kind.value: hue for kind, hue in HUES.items()},
        "sends": campaigns.broadcasts_of(session, row.id or 0) if row else [],
        "year": row.starts_on.year if row else _today().year,
    }


def _today() -> date:
    """Where the brand is."""
    asking = access.current()
    return engagement.today_of(asking.brand, asking.now)


def _name(kind: Kind) -> str:
    return language.translate(kind_name(kind)).capitalize()


def _values(row: Campaign) -> dict[str, object]:
    units = row.budget_micros / MICROS
    return {
        **row.model_dump(),
        "budget": f"{units:.2f}".removesuffix(".00") if units else "",
        "target_reach": row.target_reach or "",
        "owner": row.owner_id,
    }


def _refused(row: Campaign | None, errors: Mapping[str, list[Sentence]]) -> Response:
    context = _context(row, request.form.to_dict(), errors)
    return htmx.invalid("campaigns/edit.html", "form", **context)


def _year_of(row: Campaign) -> str:
    return url_for("year.show", year=row.starts_on.year)
