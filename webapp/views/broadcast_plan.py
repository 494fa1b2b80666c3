"""The five steps of a broadcast on one page, and the rail beside them. Not a screen of its own:
the screens of the steps show it, saved or refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flask import Response, request

from webapp.domain import broadcast as life
from webapp.domain import content_check, remark
from webapp.domain.broadcast import BroadcastState, Event
from webapp.domain.content import Content
from webapp.domain.figures import Money
from webapp.domain.finding import Mood, Step
from webapp.domain.policy import changing
from webapp.domain.policy.verdict import Route
from webapp.domain.wording import Sentence, say
from webapp.forms import messages as message_forms
from webapp.forms import numbers
from webapp.models.broadcast import Broadcast
from webapp.models.campaign import Campaign
from webapp.models.channel import Channel
from webapp.models.opt_in import Topic
from webapp.models.segment import Segment
from webapp.services import (
    approving,
    departing,
    house_rules,
    preflight,
    previewing,
    proofreading,
)
from webapp.services.drafting import Edited
from webapp.services.preflight import Check
from webapp.store import attributes, messages, segments, users
from webapp.views import (
    access,
    broadcast_occurrences,
    broadcast_reach,
    broadcast_template,
    broadcast_timing,
    htmx,
    notices,
)
from webapp.views.channel_words import WORDS

STEPS = ("message", "audience", "schedule")
SOON = timedelta(minutes=1)  # before a start the page looks every second


@dataclass(frozen=True)
class Typed:
    """What somebody typed that could not be saved, shown again with its errors."""

    step: str
    values: Mapping[str, str]
    errors: Mapping[str, list[Sentence]] = field(default_factory=dict)
    notice: Sentence | None = None
    status: int = htmx.UNPROCESSABLE


def page(broadcast: Broadcast, *, step: str | None = None, typed: Typed | None = None) -> Response:
    """The whole page; `step` is the one that is open, or the first that lacks something."""
    current = access.current()
    check = preflight.check(current.session, broadcast, current.house.book, current.now)
    opened = typed.step if typed else step if step in STEPS else _unfinished(broadcast, check)
    if not _editable(broadcast):
        opened = None
    timed = typed.values if typed is not None and typed.step == "schedule" else None
    return htmx.render(
        "broadcasts/plan.html",
        status=typed.status if typed else 200,
        opened=opened,
        check=check,
        typed=typed,
        refused=typed.errors if typed else {},
        **_about(broadcast),
        **_message(broadcast, check.at, opened, typed),
        **_audience(broadcast, opened),
        **broadcast_timing.shown(broadcast, opened, timed),
        **broadcast_occurrences.shown(broadcast),
        **_launch(broadcast, check),
        **_costs(broadcast, check),
    )


def tell_saved(edited: Edited) -> None:
    if edited.voided:
        notices.tell(say("Saved. This changed what was to be approved, so ask again."), "warn")
    elif edited.changed:
        notices.tell(say("Saved."))


def next_step(step: str) -> str | None:
    """The step to open after saving one."""
    after = STEPS[STEPS.index(step) + 1 :]
    return after[0] if after else "check"


def preview_of(broadcast: Broadcast, content: Content, at: datetime) -> dict[str, Any]:
    """What the phone shows: as the person asked for, with what must be mended."""
    current = access.current()
    session, asked = current.session, request.values
    shown = previewing.preview(
        session, broadcast, content, asked.get("as", type=numbers.whole), current.now
    )
    problems = proofreading.problems(session, broadcast, content, current.house.book, at)
    room = proofreading.room(session, broadcast, content, current.house.book, at)
    return {
        "shown": shown,
        "app": WORDS[shown.platform].tab,
        "room": room,
        "as_id": shown.person.id if shown.person else None,
        "looked_for": asked.get("who", ""),
        "people": previewing.people(session, broadcast, asked.get("who", ""), current.now),
        "problems": [
            proofreading.placed(name, words) for name, found in problems.items() for words in found
        ],
        "fallbacks": proofreading.people_seeing_a_fallback(session, broadcast, content, at),
    }


def _editable(broadcast: Broadcast) -> bool:
    editable = life.allows(BroadcastState(broadcast.state), Event.EDIT)
    return editable and access.current().can("broadcast.edit")


def _unfinished(broadcast: Broadcast, check: Check) -> str | None:
    """Only a draft opens a step by itself."""
    if broadcast.state != BroadcastState.DRAFT:
        return None
    red = {line.step for line in check.lines if line.mood is Mood.BAD}
    return next((step for step in STEPS if Step(step) in red), None)


def _about(broadcast: Broadcast) -> dict[str, Any]:
    session = access.current().session
    channel = session.get_one(Channel, broadcast.channel_id)
    ids = [broadcast.created_by, broadcast.asked_by, broadcast.approved_by]
    return {
        "broadcast": broadcast,
        "channel": channel,
        "campaign": session.get(Campaign, broadcast.campaign_id) if broadcast.campaign_id else None,
        "topic": session.get(Topic, broadcast.topic_id) if broadcast.topic_id else None,
        "people_by_id": users.named(session, [key for key in ids if key]),
        "state_reason": remark.from_json(broadcast.state_reason),
        "editable": _editable(broadcast),
        "until_words": changing.words,
        "currency": preflight.CURRENCY,
    }


def _message(
    broadcast: Broadcast, at: datetime, opened: str | None, typed: Typed | None
) -> dict[str, Any]:
    current = access.current()
    content = messages.content(current.session, broadcast.id or 0)
    limits = proofreading.limits_of(current.session, broadcast, current.house.book, at)
    written = content if content.template is None else Content()  # what the form of a text holds
    values: dict[str, object] = dict(written.to_json())
    if typed is not None and typed.step == "message":
        values = {**typed.values, **_typed_rows(typed.values)}
        content = broadcast_template.typed_or(broadcast, typed.values, Content())
        written = content if content.template is None else Content()
    return {
        "content": content,
        "message": values,
        "limits": limits,
        "counts": content_check.counts(written, limits),
        **broadcast_template.context(broadcast, content, opened),
        "variables": [*_FIELDS, *_own_variables()] if opened == "message" else [],
        **preview_of(broadcast, content, at),
    }


def _typed_rows(values: Mapping[str, str]) -> dict[str, Any]:
    return {
        "buttons": message_forms.rows(values, "buttons", message_forms.BUTTON_FIELDS),
        "quick_replies": message_forms.rows(values, "quick_replies", message_forms.REPLY_FIELDS),
    }


_FIELDS: tuple[tuple[str, Sentence, Sentence], ...] = (
    ("first_name", say("First name"), say("there")),
    ("last_name", say("Last name"), say("friend")),
    ("full_name", say("Full name"), say("friend")),
    ("city", say("City"), say("your town")),
    ("country", say("Country"), say("your country")),
)


def _own_variables() -> list[tuple[str, Sentence, Sentence]]:
    """The brand's own attributes, as variables."""
    return [
        (f"attr.{name}", say("%(label)s", label=label), say("…"))
        for name, label in attributes.labels(access.current().session).items()
    ]


def _audience(broadcast: Broadcast, opened: str | None) -> dict[str, Any]:
    session = access.current().session
    found = segments.all_of(session) if opened == "audience" else []
    segment = session.get(Segment, broadcast.segment_id) if broadcast.segment_id else None
    return {"segment": segment, "segments": [(row.id, row.name) for row in found]}


def _launch(broadcast: Broadcast, check: Check) -> dict[str, Any]:
    current = access.current()
    session, book, now = current.session, current.house.book, current.now
    forecast = check.forecast  # whoever waits for their window may be written to as well
    reached = forecast.reached + forecast.awaiting if forecast else 0
    return {
        "can_ask": current.can("broadcast.ask") and not check.errors,
        "seen": approving.hash_of(session, broadcast, book, now),
        "voided": approving.voided_by(session, broadcast, book, now),
        "refused_approval": approving.may_approve(session, current.actor, broadcast),
        "alone": approving.is_alone(session, current.actor),
        "reached": reached,
        "is_big": reached >= preflight.BIG,
        "budget_stops": forecast and preflight.stops_at_its_budget(broadcast, forecast),
        "routes": _routes(check),
        "brand_cap": house_rules.of(current.brand).cap,
        **waiting_of(broadcast),
    }


def waiting_of(broadcast: Broadcast) -> dict[str, Any]:
    """Whether it waits for an undo, and how soon to look whether it has started."""
    now, due = access.current().now, broadcast.scheduled_at
    chosen = departing.chosen_schedule(broadcast)
    held = chosen is not None and chosen.at is None and due is not None
    soon = due is not None and due - now < SOON
    return {"held": bool(held and due and now < due), "look_every": 1 if soon else 30}


def _costs(broadcast: Broadcast, check: Check) -> dict[str, Any]:
    costs = check.forecast is not None and check.forecast.cost_micros > 0
    return broadcast_reach.costs(broadcast, check.at) if costs else {"curve": None}


def _routes(check: Check) -> list[tuple[str, int, Sentence | None]]:
    """For the share bar: each route with its people and what it costs, and who is not reached."""
    forecast = check.forecast
    if forecast is None:
        return []
    rows: list[tuple[str, int, Sentence | None]] = [
        (route.value, people, _price_note(check, route))
        for route, people in forecast.by_route.items()
    ]
    return [*rows, (Route.NONE.value, forecast.audience - forecast.reached, None)]


def _price_note(check: Check, route: Route) -> Sentence:
    if route is Route.SPONSORED and check.forecast:
        return say("≈ %(cost)s", cost=Money(check.forecast.cost_micros, preflight.CURRENCY))
    return say("free")
