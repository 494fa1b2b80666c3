"""A broadcast's pictures by address: what came of it, and how fast it went out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from flask import Blueprint, Response

from webapp.charts import canvas, funnel, progress
from webapp.domain.broadcast import RUNNING, BroadcastState
from webapp.domain.wording import Sentence, say
from webapp.services import reporting
from webapp.store import broadcasts, paces
from webapp.views import access, formats, htmx, language, pictures

blueprint = Blueprint(
    "broadcast_charts", __name__, url_prefix="/b/<brand_slug>/broadcasts/<int:broadcast_id>"
)
LONGEST = 24 * 60  # minutes drawn; a send that waited longer than a day between is cut
LABELS = 4  # clocks under the picture
DRAWN_ANEW_S = 10  # while it goes out
_ = language.gettext


@blueprint.get("/funnel.<any(svg, png):form>")
@access.brand_screen("view")
def came_of_it(broadcast_id: int, form: str) -> Response:
    report = reporting.report(access.current().session, broadcast_id)
    words = {
        "audience": _("audience"),
        "sent": _("sent"),
        "delivered": _("delivered"),
        "read": _("read"),
        "clicked": _("clicked"),
        "replied": _("replied"),
        "empty": _("Nobody was in the audience."),
    }
    data = funnel.of(report.totals, report.facts, words)
    return pictures.answer(form, data, funnel.on_paper(data), height=funnel.height())


@blueprint.get("/pace")
@access.brand_screen("view")
def minutes(broadcast_id: int) -> Response:
    """The picture with its sentence and its table; draws itself anew until the end."""
    session = access.current().session
    broadcast = broadcasts.get(session, broadcast_id)
    found = dict(paces.sent_by_minute(session, broadcast_id))
    return htmx.render(
        "broadcasts/pace.html",
        "pace",
        broadcast=broadcast,
        finding=_finding(found),
        definition=say("Messages the platform accepted, by the minute in which it did."),
        minutes=sorted(found.items()),
        every=DRAWN_ANEW_S if BroadcastState(broadcast.state) in RUNNING else None,
    )


@blueprint.get("/pace.<any(svg, png):form>")
@access.brand_screen("view")
def pace(broadcast_id: int, form: str) -> Response:
    session = access.current().session
    broadcasts.get(session, broadcast_id)
    data = _paced(dict(paces.sent_by_minute(session, broadcast_id)))
    draw: canvas.Draw = progress.on_paper(data)
    return pictures.answer(form, data, draw)


def _finding(found: Mapping[datetime, int]) -> Sentence | None:
    """None while nothing was sent."""
    if not found:
        return None
    best = max(found, key=lambda minute: found[minute])
    return say(
        "%(n)s messages went out; in the fastest minute it was %(most)s, from %(clock)s.",
        n=sum(found.values()),
        most=found[best],
        clock=formats.clock(best, language.locale(), language.zone()),
    )


def _paced(found: dict[datetime, int]) -> progress.Progress:
    words, empty = _("sent a minute"), _("Nothing was sent yet.")
    if not found:
        return progress.Progress((), (), words, empty)
    start, minute = min(found), timedelta(minutes=1)
    length = min(LONGEST, (max(found) - start) // minute + 1)
    counts = tuple(found.get(start + n * minute, 0) for n in range(length))
    steps = sorted({n * length // LABELS for n in range(LABELS)})
    labels = tuple(
        (n, formats.clock(start + n * minute, language.locale(), language.zone()).split()[0])
        for n in steps
    )
    return progress.Progress(counts, labels, words, empty)
