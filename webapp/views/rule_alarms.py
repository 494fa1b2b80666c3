"""What changed rules do to a broadcast, taken off the home of its owners by one who read it."""

from __future__ import annotations

from flask import Blueprint, Response, url_for

from webapp.domain.wording import say
from webapp.services import rule_alarms
from webapp.store import broadcasts
from webapp.views import access, htmx, notices

blueprint = Blueprint(
    "rule_alarms", __name__, url_prefix="/b/<brand_slug>/broadcasts/<int:broadcast_id>/alarms"
)


@blueprint.post("/<int:alarm_id>/end")
@access.brand_screen("broadcast.edit")
def end(broadcast_id: int, alarm_id: int) -> Response:
    asking = access.current()
    broadcasts.get(asking.session, broadcast_id)
    rule_alarms.dismiss(asking.session, asking.actor, broadcast_id, alarm_id, asking.now)
    notices.tell(say("It is off everybody's home. The audit log says that you have read it."))
    return htmx.redirect(url_for("home.show"))
