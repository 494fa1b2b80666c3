"""The message step: save it, add and remove rows, see it as a person would get it."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, request, url_for

from webapp.domain.content import Content
from webapp.domain.errors import Conflict, Invalid
from webapp.domain.wording import Sentence, say
from webapp.forms import messages as message_forms
from webapp.forms import reading
from webapp.forms.broadcasts import VersionForm
from webapp.models.broadcast import Broadcast
from webapp.services import drafting, preflight
from webapp.store import broadcasts, messages
from webapp.views import access, broadcast_plan, broadcast_template, htmx
from webapp.views.broadcast_plan import Typed

CONFLICT = 409
LISTS = {"buttons": {"type": "url", "title": "", "url": ""}, "quick_replies": {"title": ""}}

blueprint = Blueprint(
    "broadcast_message",
    __name__,
    url_prefix="/b/<brand_slug>/broadcasts/<int:broadcast_id>/message",
)


@blueprint.post("/")
@access.brand_screen("broadcast.edit")
def update(broadcast_id: int) -> Response:
    """Drafts save, ready or not; a row to add or remove changes the form only."""
    if "add" in request.form or "remove" in request.form:
        return _rows(broadcast_id)
    if "choose" in request.form or "another" in request.form:
        return _choose(broadcast_id)
    asking = access.current()
    try:
        content = message_forms.content(request.form)
        version = reading.read(VersionForm, request.form).version
        edited = drafting.write(
            asking.session, asking.actor, broadcast_id, version, content, asking.now
        )
    except Invalid as refused:
        return _again(broadcast_id, request.form, errors=refused.errors)
    except Conflict as late:
        asking.session.rollback()
        return _again(broadcast_id, request.form, notice=late.sentence, status=CONFLICT)
    broadcast_plan.tell_saved(edited)
    return htmx.redirect(_next(broadcast_id))


@blueprint.route("/preview", methods=["GET", "POST"])
@access.brand_screen("view")
def preview(broadcast_id: int) -> Response:
    """The phone, of what is typed (POST) or saved (GET). Only reads, so it takes no write lock."""
    asking = access.current()
    with asking.house.db.reader(asking.brand.id or 0) as session:
        broadcast = broadcasts.get(session, broadcast_id)
        at = preflight.moment(broadcast, asking.now)
        content = _typed_or_saved(broadcast, messages.content(session, broadcast_id))
        shown = broadcast_plan.preview_of(broadcast, content, at)
        return htmx.render("broadcasts/preview.html", "phone", broadcast=broadcast, **shown)


def _typed_or_saved(broadcast: Broadcast, saved: Content) -> Content:
    if request.method != "POST":
        return saved
    return broadcast_template.typed_or(broadcast, request.form, saved)


def _choose(broadcast_id: int) -> Response:
    """Show the open places of the template that was pointed at, or all templates again."""
    typed = dict(request.form.items())
    if "another" in typed:
        typed.pop("template", None)
    elif not typed.get("template"):
        missing = {"template": [say("Choose one of the templates first.")]}
        return _again(broadcast_id, typed, errors=missing)
    return _again(broadcast_id, typed, status=200)


def _rows(broadcast_id: int) -> Response:
    typed = dict(request.form.items())
    name = typed.pop("add", "")
    if name in LISTS:
        count = len(message_forms.rows(typed, name, tuple(LISTS[name])))
        typed |= {f"{name}.{count}.{key}": value for key, value in LISTS[name].items()}
    listed, _, index = typed.pop("remove", "").partition(".")
    if listed in LISTS and index.isdigit():
        typed = _without(typed, listed, int(index))
    return _again(broadcast_id, typed, status=200)


def _without(typed: Mapping[str, str], name: str, gone: int) -> dict[str, str]:
    """The form without one row; those after it move up."""
    kept: dict[str, str] = {}
    for key, value in typed.items():
        listed, _, rest = key.partition(".")
        index, _, field = rest.partition(".")
        if listed != name or not index.isdigit():
            kept[key] = value
        elif int(index) != gone:
            kept[f"{name}.{int(index) - (int(index) > gone)}.{field}"] = value
    return kept


def _again(
    broadcast_id: int,
    values: Mapping[str, str],
    errors: Mapping[str, list[Sentence]] | None = None,
    notice: Sentence | None = None,
    status: int = htmx.UNPROCESSABLE,
) -> Response:
    broadcast = broadcasts.get(access.current().session, broadcast_id)
    typed = Typed("message", dict(values.items()), errors or {}, notice, status)
    return broadcast_plan.page(broadcast, typed=typed)


def _next(broadcast_id: int) -> str:
    return url_for("broadcasts.show", broadcast_id=broadcast_id, step="audience")
