"""A broadcast's pictures by address: what came of it, and how fast it went out."""

from __future__ import annotations

from datetime import timedelta

from babel import dates
from flask import Blueprint, Response, request

from webapp.charts import canvas, funnel, progress
from webapp.charts import reach as reach_chart
from webapp.charts import spending as spending_chart
from webapp.domain import schedule as schedules
from webapp.domain.broadcast import RUNNING, BroadcastState
from webapp.domain.wording import Sentence, say, say_n
from webapp.services import preflight, reach_by_hour, reporting
from webapp.store import broadcasts, paces
from webapp.store.paces import Pace
from webapp.views import access, broadcast_reach, formats, htmx, language, pictures

blueprint = Blueprint(
    "broadcast_charts", __name__, url_prefix="/b/<brand_slug>/broadcasts/<int:broadcast_id>"
)
LABELS = 4  # clocks under the picture
DRAWN_ANEW_S = 10  # while it goes out
FIRST_DRAWN_S = 2
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
def steps(broadcast_id: int) -> Response:
    """The picture with its sentence and its table; draws itself anew until the end."""
    session = access.current().session
    broadcast = broadcasts.get(session, broadcast_id)
    found = paces.of(session, broadcast_id)
    return htmx.render(
        "broadcasts/pace.html",
        "pace",
        broadcast=broadcast,
        found=found,
        finding=_finding(found) if found else None,
        definition=say("Messages the platform accepted, by the time at which it did."),
        clock=_clock,
        every=_every(found) if BroadcastState(broadcast.state) in RUNNING else None,
    )


@blueprint.get("/pace.<any(svg, png):form>")
@access.brand_screen("view")
def pace(broadcast_id: int, form: str) -> Response:
    session = access.current().session
    broadcasts.get(session, broadcast_id)
    data = _paced(paces.of(session, broadcast_id))
    draw: canvas.Draw = progress.on_paper(data)
    return pictures.answer(form, data, draw)


@blueprint.get("/reach.<any(svg, png):form>")
@access.brand_screen("view")
def reach(broadcast_id: int, form: str) -> Response:
    """`at` is the chosen time, `zone` the one whose clocks and days are shown. Raises Invalid."""
    broadcast = broadcasts.get(access.current().session, broadcast_id)
    at = schedules.read_time(request.args.get("at"))
    zone = request.args.get("zone", access.current().brand.timezone)
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


def _every(found: Pace | None) -> int:
    """Seconds between two drawings; what says that nothing was sent must not say so for long."""
    return DRAWN_ANEW_S if found else FIRST_DRAWN_S


def _finding(found: Pace) -> Sentence:
    best = max(range(len(found.counts)), key=lambda index: found.counts[index])
    return say_n(
        "%(n)s message went out, at %(clock)s.",
        "%(n)s messages went out. The most in %(length)s were %(most)s, from %(clock)s on.",
        sum(found.counts),
        length=_length(found),
        most=found.counts[best],
        clock=f"{_clock(found, best)} {formats.zone_city(language.zone().key, language.locale())}",
    )


def _paced(found: Pace | None) -> progress.Progress:
    empty = _("Nothing was sent yet.")
    if found is None:
        return progress.Progress((), (), "", empty)
    size = len(found.counts)
    marks = sorted({n * size // LABELS for n in range(LABELS)})
    labels = tuple((index, _clock(found, index)) for index in marks)
    words = _("sent in each %(length)s") % {"length": _length(found)}
    return progress.Progress(found.counts, labels, words, empty)


def _length(found: Pace) -> str:
    return dates.format_timedelta(found.step, threshold=1.1, locale=language.locale())


def _clock(found: Pace, index: int) -> str:
    """The viewer's clock at which a step begins; with seconds where steps are that short."""
    form = "medium" if found.step < timedelta(minutes=1) else "short"
    return dates.format_time(
        found.at(index), form, tzinfo=language.zone(), locale=language.locale()
    )
