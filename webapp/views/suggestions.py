"""A better hour for a broadcast, taken off the home by one who does not want it."""

from __future__ import annotations

from flask import Blueprint, Response, url_for

from webapp.domain.wording import say
from webapp.services import suggesting
from webapp.views import access, htmx, notices

blueprint = Blueprint(
    "suggestions", __name__, url_prefix="/b/<brand_slug>/broadcasts/<int:broadcast_id>/suggestion"
)


@blueprint.post("/end")
@access.brand_screen("broadcast.edit")
def end(broadcast_id: int) -> Response:
    asking = access.current()
    suggesting.dismiss(asking.session, asking.actor, broadcast_id, asking.now)
    notices.tell(say("It keeps its time. Nobody is asked again unless the broadcast changes."))
    return htmx.redirect(url_for("home.show"))
