"""The list of broadcasts, a broadcast's own page, and what it is: name, kind, channel, campaign."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, request, url_for

from webapp.domain.broadcast import OVER, RUNNING, BroadcastState
from webapp.domain.errors import Invalid
from webapp.domain.wording import Sentence, say
from webapp.forms import numbers, reading
from webapp.forms.broadcasts import BriefForm, VersionForm
from webapp.models.broadcast import Broadcast
from webapp.services import broadcasts as drafts
from webapp.services import drafting, preflight
from webapp.store import broadcasts, channels, deliveries
from webapp.views import (
    access,
    broadcast_brief,
    broadcast_plan,
    broadcast_progress,
    htmx,
    notices,
)

blueprint = Blueprint("broadcasts", __name__, url_prefix="/b/<brand_slug>/broadcasts")

MICROS = 1_000_000
FILTERS: Mapping[str, tuple[Sentence, frozenset[BroadcastState]]] = {
    "all": (say("All"), frozenset()),
    "drafts": (say("Drafts"), frozenset({BroadcastState.DRAFT})),
    "review": (say("In review"), frozenset({BroadcastState.IN_REVIEW})),
    "coming": (say("Coming"), frozenset({BroadcastState.APPROVED, BroadcastState.SCHEDULED})),
    "sending": (say("Sending"), RUNNING),
    "done": (say("Over"), OVER),
}


@blueprint.get("/")
@access.brand_screen("view")
def index() -> Response:
    session = access.current().session
    chosen = request.args.get("show", "all")
    states = FILTERS.get(chosen, FILTERS["all"])[1]
    before = request.args.get("before", type=numbers.whole)
    found = broadcasts.page(session, states, before, broadcasts.PAGE + 1)
    shown = found[: broadcasts.PAGE]
    return htmx.render(
        "broadcasts/index.html",
        broadcasts=shown,
        send_at=preflight.send_at,
        chosen=chosen if chosen in FILTERS else "all",
        filters=_counted(broadcasts.counts(session)),
        channels={row.id: row for row in channels.page(session)},
        totals=deliveries.totals_of(session, [b.id or 0 for b in shown if _has_run(b)]),
        older=shown[-1].id if len(found) > broadcasts.PAGE else None,
        first=before is None,
    )


@blueprint.get("/new")
@access.brand_screen("broadcast.edit")
def new() -> Response:
    values = {
        "kind": request.args.get("kind", "standard"),
        "campaign": request.args.get("campaign"),
    }
    return broadcast_brief.form(None, values, {})


@blueprint.post("/")
@access.brand_screen("broadcast.edit")
def create() -> Response:
    asking = access.current()
    try:
        brief = reading.read(BriefForm, request.form).brief()
        made = drafts.create(asking.session, asking.actor, brief, asking.now)
    except Invalid as refused:
        return broadcast_brief.form(None, request.form, refused.errors)
    return htmx.redirect(url_for(".show", broadcast_id=made.id, step="message"))


@blueprint.get("/<int:broadcast_id>")
@access.brand_screen("view")
def show(broadcast_id: int) -> Response:
    """Its plan while it can be changed; then the sending, and what became of it."""
    broadcast = broadcasts.get(access.current().session, broadcast_id)
    if _has_run(broadcast):
        return broadcast_progress.page(broadcast)
    return broadcast_plan.page(broadcast, step=request.args.get("step"))


@blueprint.get("/<int:broadcast_id>/edit")
@access.brand_screen("broadcast.edit")
def edit(broadcast_id: int) -> Response:
    broadcast = broadcasts.get(access.current().session, broadcast_id)
    return broadcast_brief.form(broadcast, broadcast_brief.values_of(broadcast), {})


@blueprint.post("/<int:broadcast_id>")
@access.brand_screen("broadcast.edit")
def update(broadcast_id: int) -> Response:
    asking = access.current()
    broadcast = broadcasts.get(asking.session, broadcast_id)
    try:
        brief = reading.read(BriefForm, request.form).brief()
        version = reading.read(VersionForm, request.form).version
        edited = drafting.change(
            asking.session, asking.actor, broadcast_id, version, brief, asking.now
        )
    except Invalid as refused:
        return broadcast_brief.form(broadcast, request.form, refused.errors)
    broadcast_plan.tell_saved(edited)
    return htmx.redirect(url_for(".show", broadcast_id=broadcast_id))


@blueprint.post("/<int:broadcast_id>/copies")
@access.brand_screen("broadcast.edit")
def duplicate(broadcast_id: int) -> Response:
    asking = access.current()
    copy = drafts.duplicate(asking.session, asking.actor, broadcast_id, asking.now)
    notices.tell(say("This is the copy. Choose its time; its approval is asked for anew."))
    return htmx.redirect(url_for(".show", broadcast_id=copy.id))


@blueprint.post("/<int:broadcast_id>/deletion")
@access.brand_screen("broadcast.edit")
def delete(broadcast_id: int) -> Response:
    asking = access.current()
    drafts.delete(asking.session, asking.actor, broadcast_id, asking.now)
    notices.tell(say("The draft is deleted."))
    return htmx.redirect(url_for(".index"))


def _has_run(broadcast: Broadcast) -> bool:
    """Whether there is more to show than a plan. A missed one is planned again."""
    state = BroadcastState(broadcast.state)
    return state in RUNNING | {BroadcastState.DONE, BroadcastState.CANCELLED}


def _counted(counts: Mapping[BroadcastState, int]) -> list[tuple[str, Sentence, int]]:
    everything = frozenset(BroadcastState)
    return [
        (name, words, sum(counts.get(state, 0) for state in states or everything))
        for name, (words, states) in FILTERS.items()
    ]
