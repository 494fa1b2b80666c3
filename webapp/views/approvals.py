"""Asked for, given, sent back: the approval of a broadcast."""

from __future__ import annotations

from flask import Blueprint, Response, request, url_for

from webapp.domain.errors import Invalid
from webapp.domain.wording import say
from webapp.forms import reading
from webapp.forms.broadcasts import NoteForm, SeenForm
from webapp.services import approving
from webapp.store import broadcasts
from webapp.views import access, broadcast_plan, htmx, notices
from webapp.views.broadcast_plan import Typed

blueprint = Blueprint(
    "approvals", __name__, url_prefix="/b/<brand_slug>/broadcasts/<int:broadcast_id>"
)


@blueprint.post("/review")
@access.brand_screen("broadcast.ask")
def ask(broadcast_id: int) -> Response:
    """Refused with every red line while the check has any."""
    asking = access.current()
    try:
        approving.ask(asking.session, asking.actor, broadcast_id, asking.house.book, asking.now)
    except Invalid as refused:
        return _refused(broadcast_id, refused)
    notices.tell(say("The approval is asked for. Somebody who may give it sees it on their home."))
    return _back(broadcast_id)


@blueprint.post("/approval")
@access.brand_screen("broadcast.approve")
def approve(broadcast_id: int) -> Response:
    asking = access.current()
    seen = reading.read(SeenForm, request.form).seen
    try:
        approving.approve(
            asking.session, asking.actor, broadcast_id, asking.house.book, asking.now, seen
        )
    except Invalid as refused:
        return _refused(broadcast_id, refused)
    notices.tell(say("Approved. Any change of it from now on takes the approval back."))
    return _back(broadcast_id)


@blueprint.post("/review/end")
@access.brand_screen("broadcast.approve")
def send_back(broadcast_id: int) -> Response:
    asking = access.current()
    note = reading.read(NoteForm, request.form).note
    approving.send_back(asking.session, asking.actor, broadcast_id, note, asking.now)
    notices.tell(say("It is a draft again."))
    return _back(broadcast_id)


def _refused(broadcast_id: int, refused: Invalid) -> Response:
    session = access.current().session
    session.rollback()
    typed = Typed("check", {}, refused.errors)
    return broadcast_plan.page(broadcasts.get(session, broadcast_id), typed=typed)


def _back(broadcast_id: int) -> Response:
    return htmx.redirect(url_for("broadcasts.show", broadcast_id=broadcast_id))
