"""A broadcast's pictures by address: what came of it, and how fast it went out."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Blueprint, Response, request

from webapp.charts import canvas, funnel, progress
from webapp.charts import reach as reach_chart
from webapp.charts import spending as spending_chart
from webapp.domain import schedule as schedules
from webapp.domain.wording import Sentence
from webapp.services import preflight, reach_by_hour, reporting
from webapp.store import broadcasts, paces
from webapp.views import access, broadcast_reach, formats, language, pictures

blueprint = Blueprint(
    "broadcast_charts", __name__, url_prefix="/b/<brand_slug>/broadcasts/<int:broadcast_id>"
)
LONGEST = 24 * 60  # minutes drawn; a send that waited longer than a day between is cut
LABELS = 4  # clocks under the picture
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


@blueprint.get("/pace.<any(svg, png):form>")
@access.brand_screen("view")
def pace(broadcast_id: int, form: str) -> Response:
    session = access.current().session
    broadcasts.get(session, broadcast_id)
    data = _paced(dict(paces.sent_by_minute(session, broadcast_id)))
    draw: canvas.Draw = progress.on_paper(data)
    return pictures.answer(form, data, draw)


@blueprint.get("/reach.<any(svg, png):form>")
@access.brand_screen("view")
def reach(broadcast_id: int, form: str) -> Response:
    """`at` is the chosen time, `zone` the one whose clocks and days are shown. Raises Invalid."""
    broadcast = broadcasts.get(access.current().session, broadcast_id)
    at = schedules.read_time(request.args.get("at"))
    zone = request.args.get("zone", "UTC")
    chosen = None if isinstance(at, Sentence) else at
    found = broadcast_reach.asked(broadcast, chosen, zone)
    data = broadcast_reach.picture(found, zone)
    return pictures.answer(form, data, reach_chart.on_paper(data))


@blueprint.get("/cost.<any(svg, png):form>")
@access.brand_screen("view")
def cost(broadcast_id: int, form: str) -> Response:
    current = access.current()
    broadcast = broadcasts.get(current.session, broadcast_id)
    at = preflight.moment(broadcast, current.now)
    curve = reach_by_hour.cost(current.session, broadcast, at, current.house.book)
    data = broadcast_reach.spending(curve, broadcast)
    return pictures.answer(form, data, spending_chart.on_paper(data))


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
