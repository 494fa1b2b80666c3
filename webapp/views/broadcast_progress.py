"""The sending, live, and afterwards what became of it. One fragment, asked for again and again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, Response, request, url_for

from webapp.domain import broadcast as life
from webapp.domain import remark
from webapp.domain.broadcast import RUNNING, BroadcastState, Event
from webapp.domain.call_limit import Standing
from webapp.domain.delivery import DeliveryState
from webapp.domain.period import AWAITS
from webapp.domain.policy import changing
from webapp.domain.portfolio import Portfolio
from webapp.domain.segment import describe
from webapp.domain.spread import Turns
from webapp.domain.wording import Sentence, say
from webapp.forms import numbers
from webapp.models.broadcast import Broadcast
from webapp.models.campaign import Campaign
from webapp.models.channel import Channel
from webapp.services import (
    calling,
    portfolios,
    preflight,
    previewing,
    recipients,
    reporting,
    retrying,
    unread,
)
from webapp.services.planning import Forecast
from webapp.services.reporting import Report
from webapp.store import broadcasts, claims, drills, messages, occurrences, spreads, users
from webapp.views import access, broadcast_occurrences, htmx, segment_words
from webapp.views.channel_words import WORDS

QUICKLY, SLOWLY = 1, 5  # seconds between two looks: while sending, and while people still read
STILL_READING = timedelta(minutes=30)  # after the end, in which receipts come in by the minute
SHORTEST_S, LONGEST_S = 4, 40  # seconds the rate is measured over
CARRIED_S = 15  # of them are kept when the measure begins anew

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


@blueprint.get("/progress")
@access.brand_screen("view")
def live(broadcast_id: int) -> Response:
    """Only a part of a page: who opens its address is led to the page."""
    broadcast = broadcasts.get(access.current().session, broadcast_id)
    if not htmx.is_fragment():
        return htmx.redirect(url_for("broadcasts.show", broadcast_id=broadcast_id))
    return htmx.render("broadcasts/sending.html", "live", **_shown(broadcast))


def page(broadcast: Broadcast) -> Response:
    session, now = access.current().session, access.current().now
    content = messages.content(session, broadcast.id or 0)
    shown = previewing.preview(session, broadcast, content, None, now)
    return htmx.render(
        "broadcasts/sending.html",
        campaign=session.get(Campaign, broadcast.campaign_id) if broadcast.campaign_id else None,
        **broadcast_occurrences.shown(broadcast),
        **_audience(broadcast),
        shown=shown,
        app=WORDS[shown.platform].tab,
        **_shown(broadcast),
    )


def _shown(broadcast: Broadcast) -> dict[str, Any]:
    session, now = access.current().session, access.current().now
    report = reporting.report(session, broadcast.id or 0)
    state = BroadcastState(broadcast.state)
    again = retrying.waiting(session, broadcast.id or 0)
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
        "every": QUICKLY if again is not None else _every(state, report, now),
        "again": again,
        "pace": _pace(report, state, now),
        "drill": drills.latest(session, broadcast.id or 0),
        "remark": remark.from_json,
        "full": _full(broadcast) if state is BroadcastState.SENDING else None,
        "calls": _calls(broadcast) if state is BroadcastState.SENDING else None,
        "unread": state is BroadcastState.SENDING and unread.holds_everybody(session, now),
        "awaits": AWAITS,
        "outlook": _outlook(broadcast),
        "until_words": changing.words,
        "next_due": _next_due(report, state, now),
        "turns": _turns(report, state),
        "may": {event.value: life.allows(state, event) for event in Event},
        "people_by_id": users.named(session, [k for k in (broadcast.approved_by,) if k]),
        "currency": preflight.CURRENCY,
    }


def _outlook(broadcast: Broadcast) -> Forecast | None:
    """What would become of those who failed, where they may be asked once more."""
    asking, state = access.current(), BroadcastState(broadcast.state)
    if not (life.allows(state, Event.RETRY) and retrying.retryable(asking.session, broadcast)):
        return None
    return retrying.outlook(asking.session, broadcast, asking.house.book, asking.now)


def _audience(broadcast: Broadcast) -> dict[str, Any]:
    """The rule its last run kept, in words, and since when it stands."""
    session = access.current().session
    for run in reversed(occurrences.of(session, broadcast.id or 0)):
        rule = recipients.kept_rule(session, run)
        if rule is not None:
            words = describe(rule, segment_words.names(session))
            return {"whom": words, "whom_at": run.started_at}
    return {}


def _full(broadcast: Broadcast) -> Portfolio | None:
    """What keeps the rest of a WhatsApp broadcast waiting, while it does."""
    asking = access.current()
    channel = asking.session.get_one(Channel, broadcast.channel_id)
    stands = portfolios.about(
        asking.session, channel, broadcast.kind, asking.house.book, asking.now
    )
    return stands if stands is not None and stands.full and stands.frees_at else None


def _calls(broadcast: Broadcast) -> Standing | None:
    """The platform's limit of calls in a day, while it keeps the rest waiting."""
    if broadcast.kind in calling.BESIDE:
        return None
    asking = access.current()
    channel = asking.session.get_one(Channel, broadcast.channel_id)
    return calling.reached(asking.session, channel, asking.house.book, asking.now)


def _next_due(report: Report, state: BroadcastState, now: datetime) -> datetime | None:
    """When the next of those who sleep, or whose turn is later, is written to."""
    if state not in RUNNING or report.run is None or not report.run.holds:
        return None
    due_at = claims.next_due(access.current().session, report.run, now)
    at_end = due_at == report.run.awaits_until  # who waits for a window has no turn yet
    return None if at_end else due_at


def _turns(report: Report, state: BroadcastState) -> Turns | None:
    """Of a run that is spread over a period, while it is under way."""
    if state not in RUNNING or report.run is None:
        return None
    return spreads.turns(access.current().session, report.run.id or 0)


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


@dataclass(frozen=True)
class Pace:
    """People settled per second, how long the rest takes at that rate, and the count it is
    measured from: the browser carries `since` (seconds since 1970) and `settled` to the next look.
    """

    per_second: float | None
    left: timedelta | None
    since: float
    settled: int


def _pace(report: Report, state: BroadcastState, now: datetime) -> Pace | None:
    """None unless it is sending: planning settles people at once, and a pause none at all."""
    if state is not BroadcastState.SENDING:
        return None
    settled = report.totals.settled
    since = request.args.get("since", type=float)
    before = request.args.get("settled", type=numbers.whole)
    if since is None or before is None:
        return Pace(None, None, now.timestamp(), settled)
    span = (now - _moment(since)).total_seconds()
    if span < SHORTEST_S or settled <= before:
        return Pace(None, None, since, before)
    rate = (settled - before) / span
    left = timedelta(seconds=report.totals.waiting / rate)
    if span <= LONGEST_S:
        return Pace(rate, left, since, before)
    return Pace(rate, left, now.timestamp() - CARRIED_S, settled - round(rate * CARRIED_S))


def _moment(epoch: float) -> datetime:
    """Whatever a browser sends, a moment comes out."""
    return datetime.fromtimestamp(min(max(epoch, 0.0), 4e9), UTC)
