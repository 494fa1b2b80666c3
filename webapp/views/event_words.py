"""What happened with a person, in words."""

from __future__ import annotations

from collections.abc import Mapping

from webapp.domain.delivery import DeliveryState
from webapp.domain.event import EventKind
from webapp.domain.wording import Sentence, say
from webapp.models.raw_event import Event
from webapp.store.timelines import Moment

WORDS: Mapping[EventKind, Sentence] = {
    EventKind.MESSAGE: say("Wrote to us"),
    EventKind.MESSAGE_EDIT: say("Edited a message"),
    EventKind.MESSAGE_DELETED: say("Deleted a message"),
    EventKind.ECHO: say("Our message stands in the thread"),
    EventKind.POSTBACK: say("Pressed a button"),
    EventKind.REACTION: say("Reacted to a message"),
    EventKind.UNREACTION: say("Took a reaction back"),
    EventKind.REFERRAL: say("Came by a link"),
    EventKind.OPTIN_PLUGIN: say("Opted in on a website"),
    EventKind.OPTIN_TOPIC: say("Opted in to a topic"),
    EventKind.OPTIN_ONCE: say("Agreed to one message"),
    EventKind.TOPIC_STOPPED: say("Stopped a topic"),
    EventKind.TOPIC_RESUMED: say("Took a topic up again"),
    EventKind.OPTOUT: say("Stopped all messages"),
    EventKind.DELIVERY: say("Messages arrived"),
    EventKind.READ: say("Read the messages so far"),
    EventKind.ACCOUNT_LINKING: say("Linked or unlinked an account"),
    EventKind.HANDOVER: say("The conversation changed hands"),
    EventKind.PAID_ECHO: say("A paid message was accepted"),
    EventKind.PAID_DELIVERY: say("A paid message arrived"),
    EventKind.PAID_READ: say("Read a paid message"),
    EventKind.PAID_CLICK: say("Tapped in a paid message"),
    EventKind.PAID_FAILED: say("A paid message was not delivered"),
    EventKind.COMMENT: say("Commented"),
    EventKind.FAILED: say("A message was not delivered"),
    EventKind.CALL: say("Called us"),
    EventKind.IDENTITY: say("Has a new id or number"),
}
DELIVERIES: Mapping[DeliveryState, Sentence] = {
    DeliveryState.QUEUED: say("Waits for its turn"),
    DeliveryState.CLAIMED: say("Is being sent"),
    DeliveryState.SENT: say("Was sent"),
    DeliveryState.FAILED: say("Failed"),
    DeliveryState.SKIPPED: say("Was skipped"),
    DeliveryState.CANCELLED: say("Was cancelled"),
    DeliveryState.UNKNOWN: say("Has an unknown outcome"),
}
_OTHER = say("Something happened")


def say_moment(moment: Moment) -> Sentence:
    if moment.delivery is not None:
        return DELIVERIES[DeliveryState(moment.delivery.state)]
    return _event(moment.event) if moment.event else _OTHER


def _event(event: Event) -> Sentence:
    if event.kind not in list(EventKind):
        return _OTHER
    return WORDS.get(EventKind(event.kind), _OTHER)
