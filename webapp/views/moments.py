"""The dates of the brand's own on the year plan."""

from __future__ import annotations

from flask import Blueprint, Response, request, url_for

from webapp.domain.wording import say
from webapp.forms import reading
from webapp.forms.campaigns import MomentForm
from webapp.services import moments
from webapp.views import access, htmx, notices

blueprint = Blueprint("moments", __name__, url_prefix="/b/<brand_slug>/moments")


@blueprint.post("/")
@access.brand_screen("moment.edit")
def create() -> Response:
    asking = access.current()
    form = reading.read(MomentForm, request.form)
    moments.add(asking.session, asking.actor, form.on, form.name, asking.now)
    notices.tell(say("%(name)s is on the plan.", name=form.name))
    return htmx.redirect(url_for("year.show", year=form.on.year))


@blueprint.post("/<int:moment_id>/remove")
@access.brand_screen("moment.edit")
def remove(moment_id: int) -> Response:
    asking = access.current()
    day, name = moments.remove(asking.session, asking.actor, moment_id, asking.now)
    notices.tell(say("%(name)s is off the plan.", name=name))
    return htmx.redirect(url_for("year.show", year=day.year))
