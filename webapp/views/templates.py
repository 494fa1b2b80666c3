"""A brand's message templates by channel: looked at, fetched, and new ones sent for review."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request, url_for

from webapp.domain import remark, template, template_layout
from webapp.domain.errors import Invalid, Refused
from webapp.domain.template import Category
from webapp.domain.template_draft import TemplateDraft
from webapp.domain.wording import Sentence, say, say_n
from webapp.forms import reading
from webapp.forms import templates as template_forms
from webapp.forms.templates import TemplateForm
from webapp.models.channel import Channel
from webapp.services import template_lists
from webapp.services.channels import Outside
from webapp.store import templates
from webapp.views import access, htmx, notices, template_words

blueprint = Blueprint("templates", __name__, url_prefix="/b/<brand_slug>/settings/templates")


@blueprint.get("/")
@access.brand_screen("view")
def index() -> Response:
    session = access.current().session
    fetches = templates.fetches(session)
    return htmx.render(
        "templates/index.html",
        shelves=[
            (channel, fetches.get(channel.id or 0), templates.of_channel(session, channel.id or 0))
            for channel in templates.channels(session)
        ],
        layout_of=template_layout.read,
        reason_of=remark.from_json,
        state_of=template_words.state,
        category_of=template.category_words,
        quality_of=template_words.quality,
        rejection_of=template_words.rejection,
    )


@blueprint.post("/<int:channel_id>/list")
@access.brand_screen("template.fetch")
def fetch(channel_id: int) -> Response:
    asking = access.current()
    try:
        found = template_lists.fetch(
            asking.session, asking.actor, _outside(), channel_id, asking.now
        )
    except Refused as refusal:
        notices.tell(refusal.sentence, "bad")
    else:
        notices.tell(say_n("The platform lists %(n)s template.",
                           "The platform lists %(n)s templates.", found))  # fmt: skip
    return htmx.redirect(url_for(".index"))


@blueprint.get("/new")
@access.brand_screen("template.submit")
def new() -> Response:
    return _form({"channel": request.args.get("channel"), "category": "utility"}, {})


@blueprint.post("/")
@access.brand_screen("template.submit")
def create() -> Response:
    """Send it for review; `look` only shows the fields for the variables of its text."""
    if "look" in request.form:
        return _form(request.form, {})
    asking = access.current()
    try:
        form = reading.read(TemplateForm, request.form)
        draft = form.draft(request.form)
        made = template_lists.submit(
            asking.session, asking.actor, _outside(), form.channel, draft, asking.now
        )
    except Invalid as refused:
        return _form(request.form, template_forms.fields(refused.errors))
    except Refused as refusal:
        return _form(request.form, {"body": [refusal.sentence]})
    notices.tell(say("%(name)s was sent to the platform for review.", name=made.name))
    return htmx.redirect(url_for(".index"))


def _form(values: Mapping[str, Any], errors: Mapping[str, list[Sentence]]) -> Response:
    session = access.current().session
    body = str(values.get("body") or "")
    draft = TemplateDraft(name="", category=str(values.get("category") or ""), language="",
                          body=body, header=str(values.get("header") or ""))  # fmt: skip
    return htmx.render(
        "templates/new.html",
        "form",
        status=htmx.UNPROCESSABLE if errors else 200,
        values=values,
        errors=errors,
        placeholders=draft.placeholders[: template_forms.MOST],
        promotional=draft.promotional(),
        channels=_channels(templates.channels(session)),
        categories=[(it.value, template.category_words(it)) for it in Category],
    )


def _channels(found: Any) -> list[tuple[int, str]]:
    rows: list[Channel] = list(found)
    return [(row.id or 0, row.name) for row in rows]


def _outside() -> Outside:
    house = access.house()
    return Outside(house.platforms, house.vault, house.settings)
