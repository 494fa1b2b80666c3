"""Asking for approval and giving it. An approval is bound to what was seen, by a hash."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from webapp.domain import broadcast as life
from webapp.domain import ruling, segment_tree
from webapp.domain.broadcast import BroadcastState, Event
from webapp.domain.errors import Conflict, Forbidden, Invalid
from webapp.domain.permission import Actor
from webapp.domain.policy.rulebook import Rulebook
from webapp.domain.ruling import Ruling
from webapp.domain.wording import Sentence, say
from webapp.models.broadcast import Broadcast
from webapp.models.segment import Segment
from webapp.services import asking, drafting, preflight, recipients
from webapp.store import broadcasts, messages, rule_alarms, segment_rules

NOTE_LENGTH = 500  # of a note that sends a broadcast back


def ask(
    session: Session, actor: Actor, broadcast_id: int, book: Rulebook, now: datetime
) -> Broadcast:
    """From draft into review. Raises Invalid, by field, while anything is red in the check."""
    actor.require("broadcast.ask")
    broadcast = broadcasts.lock(session, broadcast_id)
    after = life.next_state(BroadcastState(broadcast.state), Event.SUBMIT)
    errors = preflight.check(session, broadcast, book, now).errors
    if errors:
        raise Invalid(errors)
    broadcast.state, broadcast.state_reason = after, None
    broadcast.asked_by, broadcast.asked_at = actor.user_id, now
    return drafting.keep(session, actor, broadcast, "broadcast.ask", now)


def approve(
    session: Session,
    actor: Actor,
    broadcast_id: int,
    book: Rulebook,
    now: datetime,
    seen: str | None = None,
) -> Broadcast:
    """`seen` is the hash of the page the approver read; a Conflict when it is another one now."""
    actor.require("broadcast.approve")
    broadcast = broadcasts.lock(session, broadcast_id)
    after = life.next_state(BroadcastState(broadcast.state), Event.APPROVE)
    alone = _refuse_own(session, actor, broadcast)
    agreed = hash_of(session, broadcast, book, now)
    if seen is not None and seen != agreed:
        raise Conflict(
            say("This broadcast changed since you opened it. Read it again before you approve.")
        )
    errors = preflight.check(session, broadcast, book, now).errors
    if errors:
        raise Invalid(errors)
    broadcast.state, broadcast.state_reason = after, None
    broadcast.approved_by, broadcast.approved_at = actor.user_id, now
    broadcast.approval_hash = agreed
    rule_alarms.remember(session, broadcast, ruling_of(session, broadcast, book, now), now)
    return drafting.keep(
        session, actor, broadcast, "broadcast.approve", now, hash=agreed, alone=alone
    )


def send_back(
    session: Session, actor: Actor, broadcast_id: int, note: str, now: datetime
) -> Broadcast:
    """From review, or from approved, to draft again, with a note for the people who write it."""
    actor.require("broadcast.approve")
    broadcast = broadcasts.lock(session, broadcast_id)
    life.next_state(BroadcastState(broadcast.state), Event.REJECT)
    drafting.void(session, broadcast, _sent_back(actor, note.strip()[:NOTE_LENGTH]))
    return drafting.keep(
        session, actor, broadcast, "broadcast.send_back", now, note=note[:NOTE_LENGTH]
    )


def require_current(session: Session, broadcast: Broadcast, book: Rulebook, now: datetime) -> None:
    """Before scheduling: an approval of something else is void, which is kept, and a Conflict."""
    why = voided_by(session, broadcast, book, now)
    if why is None:
        return
    drafting.void(session, broadcast, why)
    broadcast.updated_at = now
    session.commit()
    raise Conflict(why)


def is_current(session: Session, broadcast: Broadcast, book: Rulebook, now: datetime) -> bool:
    """Whether what was approved is what would be sent."""
    return broadcast.approval_hash == hash_of(session, broadcast, book, now)


def voided_by(
    session: Session, broadcast: Broadcast, book: Rulebook, now: datetime
) -> Sentence | None:
    """What made the approval void, as far as it is known; None while it holds."""
    if is_current(session, broadcast, book, now):
        return None
    approved = rule_alarms.remembered(session, broadcast.id or 0)
    if approved is None or approved.fingerprint == _decided(session, broadcast, book, now):
        return say("Its approval is void: its audience changed after it. Ask again.")
    return say(
        "Its approval is void: the rules changed after it, and they now decide otherwise about "
        "this broadcast. Ask again."
    )


def hash_of(session: Session, broadcast: Broadcast, book: Rulebook, now: datetime) -> str:
    """Message, audience tree, schedule, kind, topic, budget, channel, exemption, and what the rules
    decide about such a broadcast at its time (`domain.ruling` says why not the book's version)."""
    return life.approval_hash(
        content={
            "messages": dict(messages.contents(session, broadcast.id or 0)),
            "kind": broadcast.kind,
            "channel": broadcast.channel_id,
            "topic": broadcast.topic_id,
            "budget": broadcast.budget_micros,
            "rate": broadcast.rate_per_second,
            **({"cap_exempt": True} if broadcast.cap_exempt else {}),
        },
        audience=audience_tree(session, broadcast),
        schedule=broadcast.schedule,
        decided=_decided(session, broadcast, book, now),
    )


def ruling_of(session: Session, broadcast: Broadcast, book: Rulebook, now: datetime) -> Ruling:
    """What the rules decide about a broadcast like this at the time it is set for."""
    asked = asking.about(session, broadcast, preflight.moment(broadcast, now), book)
    return ruling.rule_on(asked.question, book, asked.view.spacing)


def _decided(session: Session, broadcast: Broadcast, book: Rulebook, now: datetime) -> str:
    return ruling_of(session, broadcast, book, now).fingerprint


def audience_tree(session: Session, broadcast: Broadcast) -> dict[str, object]:
    """The segment's rule as it is now, with those it asks about, and when frozen ones were frozen;
    everyone without a segment."""
    segment = session.get(Segment, broadcast.segment_id) if broadcast.segment_id else None
    if segment is None:
        return segment_tree.to_json(segment_tree.EVERYONE)
    named = segment_tree.segments_named(segment.tree)
    if segment.kind != segment_rules.FROZEN and not named:
        return segment.tree
    return _put_together(session, broadcast, segment)


def _put_together(session: Session, broadcast: Broadcast, segment: Segment) -> dict[str, object]:
    try:
        tree = recipients.tree_of(session, broadcast)
    except Invalid:
        return segment.tree  # the check says that it cannot be used
    frozen = [session.get(Segment, key) for key in sorted(segment_tree.segments_named(tree))]
    kept = {str(row.id): str(row.frozen_at) for row in frozen if row is not None}
    return {**tree, "frozen": kept} if kept else tree


def may_approve(session: Session, actor: Actor, broadcast: Broadcast) -> Sentence | None:
    """Why this person may not approve it; None when they may."""
    if not actor.can("broadcast.approve"):
        return say("A manager or an admin of this brand approves it.")
    if broadcast.asked_by == actor.user_id and not is_alone(session, actor):
        return say("You asked for this approval, so somebody else gives it.")
    return None


def is_alone(session: Session, actor: Actor) -> bool:
    """Whether nobody else in the brand may approve."""
    return not broadcasts.approvers(session) - {actor.user_id}


def _refuse_own(session: Session, actor: Actor, broadcast: Broadcast) -> bool:
    """Whether the asker approves alone, being the only one who may; Forbidden otherwise."""
    if broadcast.asked_by != actor.user_id:
        return False
    if not is_alone(session, actor):
        raise Forbidden(
            say("You asked for this approval, so somebody else of this brand gives it.")
        )
    return True


def _sent_back(actor: Actor, note: str) -> Sentence:
    if not note:
        return say("%(name)s sent it back.", name=actor.name)
    return say("%(name)s sent it back: %(note)s", name=actor.name, note=note)
