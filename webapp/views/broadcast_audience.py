"""The audience step: a saved segment, or everyone on the channel, and how many they are."""

from __future__ import annotations

from flask import Blueprint, Response, request, url_for

from webapp.domain.errors import Invalid
from webapp.forms import reading
from webapp.forms.broadcasts import AudienceForm
from webapp.services import drafting, planning, preflight
from webapp.store import broadcasts
from webapp.views import access, broadcast_plan, htmx
from webapp.views.broadcast_plan import Typed

blueprint = Blueprint(
    "broadcast_audience",
    __name__,
    url_prefix="/b/<brand_slug>/broadcasts/<int:broadcast_id>/audience",
)


@blueprint.post("/")
@access.brand_screen("broadcast.edit")
def update(broadcast_id: int) -> Response:
    asking = access.current()
    try:
        form = reading.read(AudienceForm, request.form)
        edited = drafting.aim(
            asking.session, asking.actor, broadcast_id, form.version, form.segment, asking.now
        )
    except Invalid as refused:
        broadcast = broadcasts.get(asking.session, broadcast_id)
        typed = Typed("audience", dict(request.form.items()), refused.errors)
        return broadcast_plan.page(broadcast, typed=typed)
    broadcast_plan.tell_saved(edited)
    return htmx.redirect(url_for("broadcasts.show", broadcast_id=broadcast_id, step="schedule"))


@blueprint.get("/count")
@access.brand_screen("view")
def count(broadcast_id: int) -> Response:
    """What an audience not chosen yet would be, at the time set so far."""
    asking = access.current()
    broadcast = broadcasts.get(asking.session, broadcast_id)
    broadcast.segment_id = reading.read(AudienceForm, request.args).segment  # a reader: not kept
    at = preflight.moment(broadcast, asking.now)
    forecast = planning.forecast(asking.session, broadcast, at, asking.house.book)
    return htmx.render("broadcasts/count.html", "count", forecast=forecast, at=at)
