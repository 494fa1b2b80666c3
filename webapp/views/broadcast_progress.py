"""The sending, live, and afterwards what became of it. One fragment, asked for again and again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, Response, request

from webapp.domain import broadcast as life
from webapp.domain import remark
from webapp.domain.broadcast import RUNNING, BroadcastState, Event
from webapp.domain.delivery import DeliveryState
from webapp.domain.wording import Sentence, say
from webapp.models.broadcast import Broadcast
from webapp.models.campaign import Campaign
from webapp.models.channel import Channel
from webapp.services import preflight, previewing, reporting
from webapp.services.reporting import Report
from webapp.store import broadcasts, messages, users
from webapp.views import access, htmx

QUICKLY, SLOWLY = 1, 5  # seconds between two looks: while sending, and while people still read
STILL_READING = timedelta(minutes=30)  # after the end, in which receipts come in by the minute
BASELINE = timedelta(seconds=15)  # the rate is measured over about this long
SHORTEST = timedelta(seconds=2)

DEFINITIONS: dict[str, Sentence] = {
    "audience": say("Everyone the segment held on this channel when the run started."),
    "sent": say("The platform accepted the message once, and gave it an id."),
    "delivered": say("The platform said the message reached a device of the person."),
    "read": say("The platform said the person saw it. People who hide receipts are not counted."),
    "clicked": say("The person pressed a button or a quick reply of the message."),
    "replied": say("The person wrote to the channel within seven days after the message."),
}

blueprint = Blueprint(
    "broadcast_progress", __name__, url_prefix="/b/<brand_slug>/broadcasts/<int:broadcast_id>"
)


@dataclass(frozen=True)
class Pace:
    """People settled per second since `since`, and how long the rest takes at that rate."""

    per_second: float
    left: timedelta | None


@blueprint.get("/progress")
@access.brand_screen("view")
def live(broadcast_id: int) -> Response:
    broadcast = broadcasts.get(access.current().session, broadcast_id)
    return htmx.render("broadcasts/sending.html", "live", **_shown(broadcast))


def page(broadcast: Broadcast) -> Response:
    session, now = access.current().session, access.current().now
    content = messages.content(session, broadcast.id or 0)
    return htmx.render(
        "broadcasts/sending.html",
        campaign=session.get(Campaign, broadcast.campaign_id) if broadcast.campaign_id else None,
        shown=previewing.preview(session, broadcast, content, None, now),
        **_shown(broadcast),
    )


def _shown(broadcast: Broadcast) -> dict[str, Any]:
    session, now = access.current().session, access.current().now
    report = reporting.report(session, broadcast.id or 0)
    state = BroadcastState(broadcast.state)
    since, settled = _baseline(report, now)
    return {
        "broadcast": broadcast,
        "channel": session.get_one(Channel, broadcast.channel_id),
        "report": report,
        "totals": report.totals,
        "funnel": _funnel(report),
        "definitions": DEFINITIONS,
        "states": DeliveryState,
        "state_reason": remark.from_json(broadcast.state_reason),
        "run_note": remark.from_json(report.run.note) if report.run else None,
        "every": _every(state, report, now),
        "pace": _pace(report, state, now),
        "since": since,
        "settled": settled,
        "may": {event.value: life.allows(state, event) for event in Event},
        "people_by_id": users.named(session, [k for k in (broadcast.approved_by,) if k]),
        "currency": preflight.CURRENCY,
    }


def _funnel(report: Report) -> list[tuple[str, int]]:
    """Audience, those the rules and the platform let through, and what they did."""
    return [
        ("audience", report.totals.audience),
        ("sent", report.totals.sent),
        *((fact, report.facts[fact]) for fact in ("delivered", "read", "clicked", "replied")),
    ]


def _every(state: BroadcastState, report: Report, now: datetime) -> int | None:
    """Seconds until the next look; None when nothing changes any more."""
    if state in RUNNING:
        return QUICKLY
    ended = report.run.finished_at if report.run else None
    return SLOWLY if ended is not None and now < ended + STILL_READING else None


def _baseline(report: Report, now: datetime) -> tuple[float, int]:
    """The moment and the count the next look measures from; the browser carries them."""
    since = request.args.get("since", type=float)
    settled = request.args.get("settled", type=int)
    fresh = since is None or settled is None
    if fresh or now - _moment(since or 0.0) > BASELINE:
        return now.timestamp(), report.totals.settled
    return since or 0.0, settled or 0


def _pace(report: Report, state: BroadcastState, now: datetime) -> Pace | None:
    since = request.args.get("since", type=float)
    before = request.args.get("settled", type=int)
    if state is not BroadcastState.SENDING or since is None or before is None:
        return None
    span = now - _moment(since)
    done = report.totals.settled - before
    if span < SHORTEST or done <= 0:
        return None
    per_second = done / span.total_seconds()
    return Pace(per_second, timedelta(seconds=report.totals.waiting / per_second))


def _moment(epoch: float) -> datetime:
    """Whatever a browser sends, a moment comes out."""
    return datetime.fromtimestamp(min(max(epoch, 0.0), 4e9), UTC)
