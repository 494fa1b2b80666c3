"""The schedule step: now, or a wall-clock time in a zone, and what that time means."""

from __future__ import annotations

from flask import Blueprint, Response, request, url_for

from webapp.domain import schedule as schedules
from webapp.domain.errors import Invalid
from webapp.domain.wording import Sentence
from webapp.forms import reading
from webapp.forms.broadcasts import ScheduleForm, VersionForm
from webapp.services import drafting, rehearsing
from webapp.store import broadcasts
from webapp.views import (
    access,
    broadcast_plan,
    broadcast_reach,
    broadcast_timing,
    htmx,
    notices,
)
from webapp.views.broadcast_plan import Typed

FIELDS = {
    "at": "send_date", "day": "send_date", "from": "send_date", "until": "until_date",
    "zone": "send_zone", "grace_minutes": "grace", "spread_minutes": "spread",
}  # fmt: skip

blueprint = Blueprint(
    "broadcast_schedule",
    __name__,
    url_prefix="/b/<brand_slug>/broadcasts/<int:broadcast_id>/schedule",
)


@blueprint.post("/")
@access.brand_screen("broadcast.edit")
def update(broadcast_id: int) -> Response:
    asking = access.current()
    try:
        form = reading.read(ScheduleForm, request.form)
        chosen = form.schedule()
        _refuse(schedules.problems(chosen, asking.now))
        edited = drafting.time(
            asking.session, asking.actor, broadcast_id, form.version, chosen.to_json(), asking.now
        )
    except Invalid as refused:
        broadcast = broadcasts.get(asking.session, broadcast_id)
        typed = Typed("schedule", dict(request.form.items()), refused.errors)
        return broadcast_plan.page(broadcast, typed=typed)
    broadcast_plan.tell_saved(edited)
    note = form.note()
    if note is not None:
        notices.tell(note, "warn")
    return htmx.redirect(url_for("broadcasts.show", broadcast_id=broadcast_id, step="check"))


@blueprint.post("/exemption")
@access.brand_screen("broadcast.exempt")
def exempt(broadcast_id: int) -> Response:
    """From the brand's own cap: for what people need to know."""
    return _exempted(broadcast_id, on=True)


@blueprint.post("/exemption/end")
@access.brand_screen("broadcast.exempt")
def exempt_end(broadcast_id: int) -> Response:
    return _exempted(broadcast_id, on=False)


@blueprint.get("/meaning")
@access.brand_screen("view")
def meaning(broadcast_id: int) -> Response:
    """What a time not saved yet means: its instant, clock changes, and whom it would reach."""
    asking = access.current()
    broadcast = broadcasts.get(asking.session, broadcast_id)
    try:
        form = reading.read(ScheduleForm, request.args)
        chosen = form.schedule()
        _refuse(schedules.problems(chosen, asking.now))
    except Invalid as refused:
        return htmx.render("broadcasts/meaning.html", "meaning", errors=refused.errors)
    at = max(chosen.due_at(asking.now), asking.now)
    reach = broadcast_reach.about(broadcast, at, chosen.zone)
    return htmx.render(
        "broadcasts/meaning.html",
        "meaning",
        errors={},
        meant=at,
        note=form.note(),
        zone_turns=rehearsing.rehearsed(asking.session, broadcast, chosen, asking.now),
        **broadcast_timing.repeated(broadcast, chosen),
        **broadcast_timing.awaited(broadcast, chosen, at, reach["reach"]),
        **broadcast_timing.spread_out(broadcast, chosen, at, reach["reach"]),
        zone_notes=list(rehearsing.announced(asking.session, broadcast, chosen, asking.now)),
        when={"send_zone": chosen.zone},
        **reach,
    )


def _exempted(broadcast_id: int, *, on: bool) -> Response:
    asking = access.current()
    version = reading.read(VersionForm, request.form).version
    edited = drafting.exempt(asking.session, asking.actor, broadcast_id, version, asking.now, on=on)
    broadcast_plan.tell_saved(edited)
    return htmx.redirect(url_for("broadcasts.show", broadcast_id=broadcast_id, step="check"))


def _refuse(problems: dict[str, list[Sentence]]) -> None:
    if problems:
        raise Invalid({FIELDS.get(name, name): words for name, words in problems.items()})
