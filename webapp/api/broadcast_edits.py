"""A new broadcast or a change of one, read whole before anything is written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from webapp.api import people
from webapp.api.calls import Call
from webapp.api.schemas.broadcasts import BroadcastChange, NewBroadcast
from webapp.domain.brief import Brief
from webapp.domain.broadcast import Kind
from webapp.domain.content import Content
from webapp.domain.errors import Conflict, Invalid
from webapp.domain.schedule import Schedule
from webapp.domain.wording import say
from webapp.models.broadcast import Broadcast as Row
from webapp.models.segment import Segment
from webapp.services import broadcasts as making
from webapp.services import drafting, templates
from webapp.store import broadcasts, topics

BRIEF = ("name", "channel_id", "campaign_id", "budget_micros", "rate_per_second")
CHANGED = say("Somebody changed this broadcast since you read it. Read it again.")


@dataclass(frozen=True)
class Parts:
    """What was given besides the brief; `named` are the fields that were there at all."""

    named: frozenset[str]
    content: Content | None
    schedule: Schedule | None
    segment_id: int | None


def create(call: Call, body: NewBroadcast) -> Row:
    given = {name: getattr(body, name) for name in BRIEF}
    given["channel_id"] = body.channel_id or people.only_channel(call)
    parts = _parts(call, body, given["channel_id"])
    brief = Brief(kind=Kind(body.kind), topic_id=_topic(call, body), **given)
    made = making.create(call.session, call.actor, brief, call.now)
    return _apply(call, made, parts)


def change(call: Call, broadcast_id: int, body: BroadcastChange) -> Row:
    row = broadcasts.get(call.session, broadcast_id)
    if body.version is not None and body.version != row.version:
        raise Conflict(CHANGED)
    parts = _parts(call, body, body.channel_id or row.channel_id)
    brief = making.brief_of(row)
    given = _given(call, body)
    if given:
        brief = replace(brief, **given)
        drafting.change(call.session, call.actor, broadcast_id, row.version, brief, call.now)
    return _apply(call, row, parts)


def _given(call: Call, body: BroadcastChange) -> dict[str, Any]:
    """The fields of the brief that were named; a name, kind or channel is never emptied."""
    named = body.model_fields_set
    found = {name: getattr(body, name) for name in BRIEF if name in named}
    for name in ("name", "channel_id"):
        if name in found and found[name] is None:
            raise Invalid({name: [say("This field cannot be empty.")]})
    if "kind" in named and body.kind is not None:
        found["kind"] = Kind(body.kind)
    if named & {"topic", "topic_id"}:
        found["topic_id"] = _topic(call, body)
    return found


def _apply(call: Call, row: Row, parts: Parts) -> Row:
    """Message, audience and time, each by its own service; every part was read before."""
    number = row.id or 0
    if parts.content is not None:
        drafting.write(call.session, call.actor, number, row.version, parts.content, call.now)
    if "segment_id" in parts.named:
        drafting.aim(call.session, call.actor, number, row.version, parts.segment_id, call.now)
    if parts.schedule is not None:
        chosen = parts.schedule.to_json()
        drafting.time(call.session, call.actor, number, row.version, chosen, call.now)
    return row


def _parts(call: Call, body: NewBroadcast | BroadcastChange, channel_id: int) -> Parts:
    """Raises Invalid by field, each named from the body."""
    if body.segment_id is not None:
        segment = call.session.get(Segment, body.segment_id)
        if segment is None or segment.archived_at is not None:
            raise Invalid({"segment_id": [say("There is no such segment here.")]})
    content = schedule = None
    try:
        if body.content is not None:
            content = Content.parse(body.content)
            templates.require_known(call.session, channel_id, content)
    except Invalid as invalid:
        raise _below("content", invalid) from None
    try:
        if body.schedule is not None:
            schedule = Schedule.parse(body.schedule)
    except Invalid as invalid:
        raise _below("schedule", invalid) from None
    return Parts(frozenset(body.model_fields_set), content, schedule, body.segment_id)


def _below(name: str, invalid: Invalid) -> Invalid:
    return Invalid(
        {name if field == name else f"{name}.{field}": it for field, it in invalid.errors.items()}
    )


def _topic(call: Call, body: NewBroadcast | BroadcastChange) -> int | None:
    if body.topic_id is not None or body.topic is None:
        return body.topic_id
    row = topics.by_slug(call.session, body.topic)
    if row is None:
        raise Invalid({"topic": [say("This brand has no topic %(slug)s.", slug=body.topic)]})
    return row.id
