"""A broadcast's kind, its life from draft to done, and the hash an approval is bound to."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from webapp.domain import fingerprint
from webapp.domain.errors import Refused
from webapp.domain.wording import Sentence, say


class Kind(StrEnum):
    STANDARD = "standard"  # inside the person's window only
    SUBSCRIPTION = "subscription"  # to an opt-in topic
    SPONSORED = "sponsored"  # paid
    UTILITY = "utility"  # an approved template


class BroadcastState(StrEnum):
    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    PLANNING = "planning"
    SENDING = "sending"
    PAUSED = "paused"
    DONE = "done"
    CANCELLED = "cancelled"
    MISSED = "missed"


class Event(StrEnum):
    """What happens to a broadcast."""

    EDIT = "edit"  # content, audience or schedule changed: any approval is void
    SUBMIT = "submit"
    APPROVE = "approve"
    REJECT = "reject"
    SCHEDULE = "schedule"
    UNSCHEDULE = "unschedule"
    PLAN = "plan"
    SEND = "send"
    PAUSE = "pause"
    RESUME = "resume"
    FINISH = "finish"
    CANCEL = "cancel"
    MISS = "miss"
    RETRY = "retry"  # those who failed are asked once more


EDITABLE = frozenset(
    {
        BroadcastState.DRAFT,
        BroadcastState.IN_REVIEW,
        BroadcastState.APPROVED,
        BroadcastState.SCHEDULED,
        BroadcastState.MISSED,
    }
)
RUNNING = frozenset({BroadcastState.PLANNING, BroadcastState.SENDING, BroadcastState.PAUSED})
OVER = frozenset({BroadcastState.DONE, BroadcastState.CANCELLED, BroadcastState.MISSED})

_STEPS: Mapping[tuple[BroadcastState, Event], BroadcastState] = {
    (BroadcastState.DRAFT, Event.SUBMIT): BroadcastState.IN_REVIEW,
    (BroadcastState.IN_REVIEW, Event.APPROVE): BroadcastState.APPROVED,
    (BroadcastState.IN_REVIEW, Event.REJECT): BroadcastState.DRAFT,
    (BroadcastState.APPROVED, Event.REJECT): BroadcastState.DRAFT,
    (BroadcastState.APPROVED, Event.SCHEDULE): BroadcastState.SCHEDULED,
    (BroadcastState.SCHEDULED, Event.UNSCHEDULE): BroadcastState.APPROVED,
    (BroadcastState.SCHEDULED, Event.PLAN): BroadcastState.PLANNING,
    (BroadcastState.SCHEDULED, Event.MISS): BroadcastState.MISSED,
    (BroadcastState.PLANNING, Event.SEND): BroadcastState.SENDING,
    (BroadcastState.PLANNING, Event.FINISH): BroadcastState.DONE,  # nobody may be written to
    (BroadcastState.SENDING, Event.PAUSE): BroadcastState.PAUSED,
    (BroadcastState.SENDING, Event.FINISH): BroadcastState.DONE,
    (BroadcastState.PAUSED, Event.RESUME): BroadcastState.SENDING,
    (BroadcastState.DONE, Event.RETRY): BroadcastState.PLANNING,
    (BroadcastState.CANCELLED, Event.RETRY): BroadcastState.PLANNING,
}
_EDITS = {(state, Event.EDIT): BroadcastState.DRAFT for state in EDITABLE}
_CANCELS = {(state, Event.CANCEL): BroadcastState.CANCELLED for state in set(BroadcastState) - OVER}
MOVES: Mapping[tuple[BroadcastState, Event], BroadcastState] = {**_STEPS, **_EDITS, **_CANCELS}


def allows(state: BroadcastState, event: Event) -> bool:
    return (state, event) in MOVES


def events_from(state: BroadcastState) -> frozenset[Event]:
    """What may happen next; screens show only these buttons."""
    return frozenset(event for at, event in MOVES if at is state)


def next_state(state: BroadcastState, event: Event) -> BroadcastState:
    """Raises Refused with a sentence when the event has no meaning in this state."""
    if not allows(state, event):
        raise Refused(_refusal(state, event))
    return MOVES[state, event]


def state_name(state: BroadcastState) -> Sentence:
    return {
        BroadcastState.DRAFT: say("draft"),
        BroadcastState.IN_REVIEW: say("in review"),
        BroadcastState.APPROVED: say("approved"),
        BroadcastState.SCHEDULED: say("scheduled"),
        BroadcastState.PLANNING: say("planning"),
        BroadcastState.SENDING: say("sending"),
        BroadcastState.PAUSED: say("paused"),
        BroadcastState.DONE: say("done"),
        BroadcastState.CANCELLED: say("cancelled"),
        BroadcastState.MISSED: say("missed"),
    }[state]


def kind_name(kind: Kind) -> Sentence:
    return {
        Kind.STANDARD: say("standard"),
        Kind.SUBSCRIPTION: say("subscription"),
        Kind.SPONSORED: say("sponsored"),
        Kind.UTILITY: say("utility"),
    }[kind]


def approval_hash(content: object, audience: object, schedule: object, decided: str) -> str:
    """What an approver agreed to, as sha256 in hex; each part is its JSON value, and `decided`
    the fingerprint of what the rules decide about it (`domain.ruling`).

    A change of any part changes the hash, and a broadcast starts only while it is the approved one.
    """
    return fingerprint.of(
        {
            "content": content,
            "audience": audience,
            "schedule": schedule,
            "rulebook": decided,
        }
    )


def _refusal(state: BroadcastState, event: Event) -> Sentence:
    name = state_name(state)
    return {
        Event.EDIT: say("This broadcast is %(state)s and can no longer be changed.", state=name),
        Event.SUBMIT: say("Only a draft goes to review; this broadcast is %(state)s.", state=name),
        Event.APPROVE: say(
            "Only a broadcast in review can be approved; this one is %(state)s.", state=name
        ),
        Event.REJECT: say(
            "Only a broadcast in review or approved can be sent back; this one is %(state)s.",
            state=name,
        ),
        Event.SCHEDULE: say(
            "A broadcast is scheduled after its approval; this one is %(state)s.", state=name
        ),
        Event.UNSCHEDULE: say("This broadcast is %(state)s, not scheduled.", state=name),
        Event.PLAN: say("Only a scheduled broadcast starts; this one is %(state)s.", state=name),
        Event.SEND: say("Only a planned broadcast sends; this one is %(state)s.", state=name),
        Event.PAUSE: say(
            "Only a broadcast that is sending can be paused; this one is %(state)s.", state=name
        ),
        Event.RESUME: say(
            "Only a paused broadcast can be resumed; this one is %(state)s.", state=name
        ),
        Event.FINISH: say("This broadcast is %(state)s and has nothing to finish.", state=name),
        Event.CANCEL: say("This broadcast is %(state)s; there is nothing to cancel.", state=name),
        Event.RETRY: say(
            "Those who failed are asked again when it is over; this one is %(state)s.", state=name
        ),
        Event.MISS: say("Only a scheduled broadcast can be missed; this is %(state)s.", state=name),
    }[event]
