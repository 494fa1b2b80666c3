"""What a platform told us, in our words: one `Event` per thing that happened, or a `SetAside`.

Readers live in `platforms`; this is what they agree on. Order and repetition never matter: `at` is
the person's moment, `key` is the same for the same happening however often it is delivered.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from webapp.domain.retry import PersonEffect
from webapp.domain.wording import Sentence


class EventKind(StrEnum):
    """The kinds of things that happen on a channel."""

    MESSAGE = "message"
    MESSAGE_EDIT = "message_edit"
    MESSAGE_DELETED = "message_deleted"
    ECHO = "echo"
    POSTBACK = "postback"
    REACTION = "reaction"
    UNREACTION = "unreaction"
    REFERRAL = "referral"
    OPTIN_PLUGIN = "optin_plugin"
    OPTIN_TOPIC = "optin_topic"
    OPTIN_ONCE = "optin_once"
    TOPIC_STOPPED = "topic_stopped"
    TOPIC_RESUMED = "topic_resumed"
    OPTOUT = "optout"
    DELIVERY = "delivery"
    READ = "read"
    ACCOUNT_LINKING = "account_linking"
    HANDOVER = "handover"
    POLICY = "policy"
    TEMPLATE_STATUS = "template_status"
    PAID_ECHO = "paid_echo"
    PAID_DELIVERY = "paid_delivery"
    PAID_READ = "paid_read"
    PAID_CLICK = "paid_click"
    PAID_FAILED = "paid_failed"
    COMMENT = "comment"
    FAILED = "failed"  # accepted before, and not delivered after all
    CALL = "call"  # a person rang us
    IDENTITY = "identity"  # the same person under a new id
    TEMPLATE_QUALITY = "template_quality"
    TEMPLATE_CATEGORY = "template_category"
    TEMPLATE_CONTENT = "template_content"
    LEVEL = "level"  # how many people a WhatsApp business may reach a day


class Act(StrEnum):
    """What a person themselves did, as segments ask for it; nothing is both."""

    WROTE = "wrote"
    TAPPED = "tapped"  # a button, a quick reply, or a paid message's


class Opener(StrEnum):
    """What opened a messaging window; `AD_MESSAGE` may carry a longer one (rulebook)."""

    MESSAGE = "message"
    AD_MESSAGE = "ad_message"
    POSTBACK = "postback"
    REACTION = "reaction"
    REFERRAL = "referral"
    OPTIN_PLUGIN = "optin_plugin"
    CALL = "call"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened on one channel.

    channel_key   the page's, account's or number's id, as text; for what concerns all numbers of a
                  WhatsApp business, the business account's
    person_key    the person's id there (PSID, IGSID, WhatsApp user id and only without one the
                  number); None when only a token or user_ref is known
    phone         WhatsApp's number of the person, which may pass to somebody else
    was           ids the person had until this moment
    name, country what the platform tells of the person besides
    at            when the person did it (UTC, aware), never later than it was received
    at_known      False when the platform named no usable time: `at` is then the envelope's or the
                  arrival's, and no window may be opened from it
    key           idempotency key, at most 200 characters
    mid / mids    the platform's id of the message meant; receipts may name several or none
    payload       of a quick reply, button or opt-in
    metadata      our delivery key, brought back by echoes
    watermark     everything before it was delivered or read
    token, topic, token_expires_at, token_status, payload, timezone: of an opt-in
    tracking_id, campaign_key: of a paid message (its id and its campaign's)
    action        what a reaction, handover, policy or status event says was done
    effect        what a failure says about the person, beyond this one message
    pricing       of a status: what the platform charged it as (`marketing/regular`)
    standby       the event came while another app held the conversation
    raw_index     position among the values read from one webhook
    """

    kind: EventKind
    channel_key: str
    person_key: str | None
    at: datetime
    key: str
    at_known: bool = True
    mid: str | None = None
    mids: tuple[str, ...] = ()
    text: str | None = None
    payload: str | None = None
    metadata: str | None = None
    reply_to: str | None = None
    attachments: tuple[str, ...] = ()
    watermark: datetime | None = None
    token: str | None = None
    topic: str | None = None
    token_expires_at: datetime | None = None
    token_status: str | None = None
    timezone: str | None = None
    user_ref: str | None = None
    source: str | None = None
    ref: str | None = None
    ad_id: str | None = None
    tracking_id: str | None = None
    campaign_key: str | None = None
    app_id: str | None = None
    action: str | None = None
    reason: str | None = None
    phone: str | None = None
    was: tuple[str, ...] = ()
    name: str | None = None
    country: str | None = None
    effect: PersonEffect = PersonEffect.NONE
    pricing: str | None = None
    standby: bool = False
    raw_index: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """Something that was read and cannot be used, kept with its reason."""

    reason: Sentence
    key: str
    channel_key: str | None = None
    raw_index: int = 0


ADS = "ADS"  # `source` of what followed an ad
STORY_MENTION = "story_mention"
MESSENGER, INSTAGRAM, WHATSAPP = "messenger", "instagram", "whatsapp"
OPENED_BY = {
    EventKind.MESSAGE: Opener.MESSAGE,
    EventKind.POSTBACK: Opener.POSTBACK,
    EventKind.REACTION: Opener.REACTION,
    EventKind.OPTIN_PLUGIN: Opener.OPTIN_PLUGIN,
}
ON_WHATSAPP = {
    EventKind.MESSAGE: Opener.MESSAGE,
    EventKind.POSTBACK: Opener.POSTBACK,
    EventKind.CALL: Opener.CALL,
}


def act_of(event: Event) -> Act | None:
    """A quick reply comes as a message with a payload; it was tapped, not written."""
    if event.kind is EventKind.MESSAGE:
        return Act.TAPPED if event.payload else Act.WROTE
    return Act.TAPPED if event.kind in (EventKind.POSTBACK, EventKind.PAID_CLICK) else None


def opens_window(event: Event, platform: str = MESSENGER) -> Opener | None:
    """What this event opens a messaging window by, if it does (facts 1.1; WhatsApp's A1).

    Messenger: a message, a pressed button, a reaction, an m.me link into the thread, a plugin
    opt-in. Instagram: a message (answers to stories are messages), a button or ice breaker, a
    reaction; not an ig.me link, which only one of two official pages lists, and not a mention in
    the person's own story, of which neither speaks. WhatsApp: a message, a button, a call; not a
    reaction, of which no page speaks.
    Nowhere an echo, a receipt, an unreaction, an edit, a handover, a comment, nor an opt-in to a
    topic. An ad click alone opens nothing: the person must write, and that message says it came
    from the ad.
    """
    if event.person_key is None or not event.at_known:
        return None
    if platform == WHATSAPP:
        return ON_WHATSAPP.get(event.kind)
    if event.kind is EventKind.REFERRAL:
        return Opener.REFERRAL if platform == MESSENGER and _is_link(event) else None
    if platform == INSTAGRAM and event.attachments == (STORY_MENTION,):
        return None
    if event.kind is EventKind.MESSAGE and event.source == ADS:
        return Opener.AD_MESSAGE
    return OPENED_BY.get(event.kind)


def _is_link(event: Event) -> bool:
    """An m.me link; where `source` is omitted (Europe, Japan) one with a ref and without an ad."""
    if event.source is None:
        return event.ref is not None and event.ad_id is None
    return event.source == "SHORTLINK"
