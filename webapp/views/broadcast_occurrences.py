"""The times of a broadcast that repeats: skipped, put back, moved."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request, url_for

from webapp.domain import remark
from webapp.domain import schedule as schedules
from webapp.domain import zone as zones
from webapp.domain.errors import Invalid
from webapp.domain.wording import Sentence, say
from webapp.forms import reading
from webapp.models.broadcast import Broadcast
from webapp.services import preflight, series
from webapp.store import broadcasts, deliveries, occurrences
from webapp.views import access, htmx, notices

blueprint = Blueprint(
    "broadcast_occurrences",
    __name__,
    url_prefix="/b/<brand_slug>/broadcasts/<int:broadcast_id>/occurrences",
)


class MoveForm(reading.Form):
    day: date
    clock: time


@blueprint.post("/<int:number>/skip")
@access.brand_screen("broadcast.schedule")
def skip(broadcast_id: int, number: int) -> Response:
    asking = access.current()
    series.skip(asking.session, asking.actor, broadcast_id, number, asking.now)
    notices.tell(say("Skipped. The others go out as they were."))
    return _back(broadcast_id)


@blueprint.post("/<int:number>/skip/end")
@access.brand_screen("broadcast.schedule")
def restore(broadcast_id: int, number: int) -> Response:
    asking = access.current()
    series.restore(asking.session, asking.actor, broadcast_id, number, asking.now)
    notices.tell(say("Put back. It goes out at its time."))
    return _back(broadcast_id)


@blueprint.post("/<int:number>/time")
@access.brand_screen("broadcast.schedule")
def move(broadcast_id: int, number: int) -> Response:
    """To a wall-clock time in the zone of the schedule."""
    asking = access.current()
    zone = preflight.zone_of(broadcasts.get(asking.session, broadcast_id), asking.brand)
    try:
        typed = {name: request.form.get(f"run{number}_{field}") or None
                 for name, field in (("day", "date"), ("clock", "time"))}  # fmt: skip
        form = reading.check(MoveForm, {name: it for name, it in typed.items() if it})
        local = _local(form, zone)
        series.move(asking.session, asking.actor, broadcast_id, number, local.at, asking.now)
    except Invalid as refused:
        for sentence in next(iter(refused.errors.values())):
            notices.tell(sentence, "warn")
        return _back(broadcast_id)
    note = zones.shift_note(local.shift)
    notices.tell(note or say("Moved."), "warn" if note else "good")
    return _back(broadcast_id)


@blueprint.post("/<int:number>/seen")
@access.brand_screen("broadcast.edit")
def see(broadcast_id: int, number: int) -> Response:
    asking = access.current()
    series.see(asking.session, asking.actor, broadcast_id, number, asking.now)
    notices.tell(say("It is off everybody's home. The audit log says that you have read it."))
    return htmx.redirect(url_for("home.show"))


def shown(broadcast: Broadcast) -> Mapping[str, Any]:
    """What a page needs to list them; no runs for a broadcast that goes out once."""
    asking = access.current()
    found = occurrences.of(asking.session, broadcast.id or 0)
    again = any(run.retry_of for run in found)
    if len(found) == 1 or not found or not (_repeats(broadcast) or again):
        return {"runs": ()}
    zone = preflight.zone_of(broadcast, asking.brand)
    notes: dict[int, Sentence | None] = {run.number: remark.from_json(run.note) for run in found}
    return {
        "runs": found,
        "run_totals": deliveries.totals_by_run(asking.session, broadcast.id or 0),
        "run_notes": notes,
        "run_zone": zone,
        "run_local": {run.number: run.due_at.astimezone(ZoneInfo(zone)) for run in found},
    }


def _repeats(broadcast: Broadcast) -> bool:
    return broadcast.schedule.get("mode") == schedules.Mode.RECURRING


def _local(form: MoveForm, zone: str) -> zones.Local:
    try:
        return zones.local(form.day, form.clock, zone)
    except OverflowError:
        raise Invalid({"day": [say("Choose a day nearer to today.")]}) from None


def _back(broadcast_id: int) -> Response:
    address = url_for("broadcasts.show", broadcast_id=broadcast_id)
    return htmx.redirect(f"{address}#occurrences")
