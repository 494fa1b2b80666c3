"""A run: scheduled, taken back, paused, resumed, cancelled."""

from __future__ import annotations

from flask import Blueprint, Response, request, url_for

from webapp.domain.broadcast import BroadcastState
from webapp.domain.errors import Invalid
from webapp.domain.wording import say, say_n
from webapp.forms import reading
from webapp.forms.broadcasts import LaunchForm
from webapp.services import drilling, preflight, retrying, scheduling, steering
from webapp.store import broadcasts
from webapp.views import access, broadcast_plan, htmx, notices
from webapp.views.broadcast_plan import Typed

blueprint = Blueprint(
    "broadcast_runs", __name__, url_prefix="/b/<brand_slug>/broadcasts/<int:broadcast_id>"
)


@blueprint.get("/run")
@access.brand_screen("view")
def waiting(broadcast_id: int) -> Response:
    """What stands on the page until it starts, and then the way to the live page."""
    broadcast = broadcasts.get(access.current().session, broadcast_id)
    if broadcast.state != BroadcastState.SCHEDULED:
        return _back(broadcast_id)
    return htmx.render(
        "broadcasts/waiting.html",
        "waiting",
        broadcast=broadcast,
        **broadcast_plan.waiting_of(broadcast),
    )


@blueprint.post("/run")
@access.brand_screen("broadcast.schedule")
def create(broadcast_id: int) -> Response:
    """Big sends ask for the number first."""
    asking = access.current()
    try:
        reading.read(LaunchForm, request.form).check(preflight.BIG)
        scheduling.schedule(
            asking.session, asking.actor, broadcast_id, asking.house.book, asking.now
        )
    except Invalid as refused:
        asking.session.rollback()
        typed = Typed("check", dict(request.form.items()), refused.errors)
        return broadcast_plan.page(broadcasts.get(asking.session, broadcast_id), typed=typed)
    return _back(broadcast_id)


@blueprint.post("/run/end")
@access.brand_screen("broadcast.schedule")
def undo(broadcast_id: int) -> Response:
    """Taken back before it starts; the approval stands."""
    asking = access.current()
    scheduling.unschedule(asking.session, asking.actor, broadcast_id, asking.now)
    notices.tell(say("Taken back: nothing was sent. It is still approved."))
    return _back(broadcast_id)


@blueprint.post("/pause")
@access.brand_screen("broadcast.pause")
def pause(broadcast_id: int) -> Response:
    asking = access.current()
    steering.pause(asking.session, asking.actor, broadcast_id, asking.now)
    notices.tell(say("Paused. Nobody else is written to until it is resumed."))
    return _back(broadcast_id)


@blueprint.post("/pause/end")
@access.brand_screen("broadcast.pause")
def resume(broadcast_id: int) -> Response:
    asking = access.current()
    steering.resume(asking.session, asking.actor, broadcast_id, asking.now)
    notices.tell(say("It goes on sending."))
    return _back(broadcast_id)


@blueprint.post("/drill")
@access.brand_screen(drilling.PERMISSION)
def drill(broadcast_id: int) -> Response:
    asking = access.current()
    drilling.order(asking.session, asking.actor, broadcast_id, asking.now)
    notices.tell(say("The sender of this broadcast is killed within a second."))
    return _back(broadcast_id)


@blueprint.post("/cancellation")
@access.brand_screen("broadcast.cancel")
def cancel(broadcast_id: int) -> Response:
    asking = access.current()
    n = steering.cancel(asking.session, asking.actor, broadcast_id, asking.now)
    notices.tell(
        say_n(
            "Cancelled. %(n)s person who waited gets nothing.",
            "Cancelled. %(n)s people who waited get nothing.",
            n,
        )
    )
    return _back(broadcast_id)


@blueprint.post("/retries")
@access.brand_screen("broadcast.schedule")
def retry(broadcast_id: int) -> Response:
    asking = access.current()
    retrying.retry(asking.session, asking.actor, broadcast_id, asking.house.book, asking.now)
    return _back(broadcast_id)


@blueprint.post("/retries/end")
@access.brand_screen("broadcast.schedule")
def retry_undo(broadcast_id: int) -> Response:
    """Taken back before it starts."""
    asking = access.current()
    retrying.undo(asking.session, asking.actor, broadcast_id, asking.now)
    notices.tell(say("Taken back: nobody is asked again."))
    return _back(broadcast_id)


def _back(broadcast_id: int) -> Response:
    return htmx.redirect(url_for("broadcasts.show", broadcast_id=broadcast_id))
