"""One thing that happened with one person, applied to what we know of them.

Order and repetition do not matter: an event is kept once by its key, windows only grow to the
latest end an event gives, consent counts from the time of the act, facts keep their earliest time.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session, select

from webapp.domain import confirmation
from webapp.domain.delivery import mark_in
from webapp.domain.event import WHATSAPP, EventKind, Opener, act_of, opens_window
from webapp.domain.event import Event as Told
from webapp.domain.keyword import Keyword
from webapp.domain.policy.rulebook import Rulebook
from webapp.domain.policy.situation import region_of
from webapp.models.channel import Channel
from webapp.models.opt_in import Consent, Topic
from webapp.models.raw_event import Event
from webapp.models.subscriber import Subscriber
from webapp.services import (
    awaiting,
    consents,
    facts,
    failures,
    free_entry,
    knowing,
    policy_blocks,
    portfolios,
    spoken,
    templates,
)
from webapp.services import topics as making
from webapp.store import deliveries, events, replies, rollups, subscribers, topics

DAY = timedelta(hours=24)
WINDOW_RULE, AD_RULE = "%s.window.24h", "%s.window.ad"  # whose params say how long
WEBHOOK = "webhook"
RENEWED = "REFRESHED"  # the platform's word for a token given anew
FROM_THE_PERSON = frozenset(
    {
        EventKind.MESSAGE,
        EventKind.POSTBACK,
        EventKind.REACTION,
        EventKind.REFERRAL,
        EventKind.OPTIN_PLUGIN,
        EventKind.OPTIN_TOPIC,
        EventKind.OPTIN_ONCE,
        # A wish is kept even when it is the first we hear of somebody.
        EventKind.OPTOUT,
        EventKind.TOPIC_STOPPED,
        EventKind.TOPIC_RESUMED,
        EventKind.CALL,
        EventKind.IDENTITY,
    }
)
MARKETING = "marketing"  # `action` of an opt-out or resume that is a switch of the platform's app
UNNAMED = "updates"  # the topic of an opt-in that names none
WROTE = frozenset({EventKind.MESSAGE, EventKind.POSTBACK})


def apply(
    session: Session, channel: Channel, raw_id: int, told: Told, book: Rulebook, now: datetime
) -> None:
    """Apply one event of a channel in the caller's transaction; a known one changes nothing."""
    person = _person(session, channel, told, now)
    event = _event(session, channel, raw_id, person, told)
    if not events.add_once(session, event):
        return
    if channel.last_event_at is None or channel.last_event_at < now:
        channel.last_event_at = now
    if person is not None:
        _open_window(person, channel.platform, told, book)
        if opens_window(told, channel.platform) is not None:
            awaiting.release(session, person, now)
        _hear(session, person, told, now)
        failures.affect(session, person, told, now)
        free_entry.reckon(session, channel, person, told, book)
        person.updated_at = now
    if told.kind in WROTE:
        rollups.add(session, channel.brand_id, channel.id or 0, told.at, inbound=1)
    if told.kind is EventKind.ECHO and (reply := confirmation.mark_in(told.metadata)) is not None:
        replies.echoed(session, reply, told.mid)
    _hear_of_all(session, channel, event, told, now)
    if told.kind.value in templates.TOLD:
        templates.apply_status(session, channel, told)
    session.flush()
    facts.apply(session, event)


def _hear_of_all(
    session: Session, channel: Channel, event: Event, told: Told, now: datetime
) -> None:
    """What concerns the whole channel, or all numbers of a business."""
    if told.kind is EventKind.POLICY:
        policy_blocks.hear(session, channel, told, events.later_actions(session, event), now)
    elif told.kind is EventKind.FAILED:
        policy_blocks.fail(session, channel, told, now)
    elif told.kind is EventKind.LEVEL:
        portfolios.hear(session, channel, told, events.later_actions(session, event))


def _person(session: Session, channel: Channel, told: Told, now: datetime) -> Subscriber | None:
    """Whom it is about; people met for the first time are added. Events about those who were
    erased do not come here: see `services.forgotten`."""
    if told.person_key is None:
        return _by_token(session, told)
    known = _known(session, channel, told, now)
    if known is not None or told.kind not in FROM_THE_PERSON:
        return known
    person = Subscriber(
        brand_id=channel.brand_id,
        channel_id=channel.id or 0,
        key=told.person_key,
        source=(told.source or told.kind.value).lower(),
        region=int(region_of(None)),
        first_seen_at=told.at,
        created_at=now,
        updated_at=now,
    )
    session.add(person)
    session.flush()
    if channel.platform == WHATSAPP:
        knowing.learn(session, person, told, met_now=True)
    rollups.add(session, channel.brand_id, channel.id or 0, told.at, new_subscribers=1)
    return person


def _known(session: Session, channel: Channel, told: Told, now: datetime) -> Subscriber | None:
    """On WhatsApp people's ids change; elsewhere one id is one person for good."""
    if channel.platform == WHATSAPP:
        return knowing.known(session, channel, told, now)
    return subscribers.by_key(session, channel.id or 0, told.person_key or "")


def _by_token(session: Session, told: Told) -> Subscriber | None:
    if told.token is None:
        return None
    row = session.exec(select(Consent).where(Consent.token == told.token)).first()
    return session.get(Subscriber, row.subscriber_id) if row else None


def _event(
    session: Session, channel: Channel, raw_id: int, person: Subscriber | None, told: Told
) -> Event:
    return Event(
        brand_id=channel.brand_id,
        channel_id=channel.id or 0,
        subscriber_id=person.id if person else None,
        raw_event_id=raw_id,
        delivery_id=deliveries.marked(session, mark_in(told.metadata)),
        kind=told.kind.value,
        act=act_of(told),
        key=told.key,
        at=told.at,
        mid=told.mid,
        text=told.text[:2000] if told.text else None,
        detail=_detail(told) | ({} if person else _nobody_yet(told)),
    )


def _detail(told: Told) -> dict[str, object]:
    kept = {
        "payload": told.payload,
        "reply_to": told.reply_to,
        "mids": list(told.mids),
        "watermark": told.watermark.isoformat() if told.watermark else None,
        "attachments": list(told.attachments),
        "topic": told.topic,
        "source": told.source,
        "ref": told.ref,
        "ad_id": told.ad_id,
        "tracking_id": told.tracking_id,
        "campaign_key": told.campaign_key,
        "action": told.action,
        "reason": told.reason,
        "pricing": told.pricing,
        "standby": told.standby,
    }
    return {name: value for name, value in kept.items() if value}


def _nobody_yet(told: Told) -> dict[str, object]:
    """Whose it is, should they write later: an answer may be heard of before the question."""
    return {"person": told.person_key} if told.person_key else {}


def _open_window(person: Subscriber, platform: str, told: Told, book: Rulebook) -> None:
    """A window counts from the person's own time, so a late event opens only what is left.

    Windows only grow, each by its opener's own length: a message later never shortens what an ad
    has opened. What came before the platform itself closed a window opens nothing.
    """
    opener = opens_window(told, platform)
    if opener is None:
        return
    if told.kind in WROTE or told.kind is EventKind.REACTION:
        person.last_inbound_at = max(told.at, person.last_inbound_at or told.at)
    person.first_seen_at = min(told.at, person.first_seen_at or told.at)
    if person.unavailable_at is not None and told.at > person.unavailable_at:
        person.unavailable_at = None
    if person.window_closed_at is not None and told.at <= person.window_closed_at:
        return
    opener, length = _length(platform, opener, told.at, book)
    new = (told.at + length, told.at, opener.value)
    old = (person.window_ends_at, person.window_opened_at, person.window_opener or "")
    if old[0] is None or old[1] is None or new > old:  # two of one end: the same wins in any order
        person.window_ends_at, person.window_opened_at, person.window_opener = new


def _length(
    platform: str, opener: Opener, at: datetime, book: Rulebook
) -> tuple[Opener, timedelta]:
    """How long the book of that day lets this opener's window last. An ad without a length of its
    own opens what a message does."""
    if opener is Opener.AD_MESSAGE:
        ad = book.rule(AD_RULE % platform, at)
        days = ad.params.get("days") if ad else None
        if days:
            return opener, timedelta(days=float(days))
        opener = Opener.MESSAGE
    rule = book.rule(WINDOW_RULE % platform, at)
    hours = rule.params.get("hours") if rule else None
    return opener, timedelta(hours=float(hours)) if hours else DAY


def _hear(session: Session, person: Subscriber, told: Told, now: datetime) -> None:
    """What the event says about consent. Every wish is written down, whether it changes anything
    or not: an older one may still arrive."""
    if told.kind is EventKind.OPTIN_TOPIC:
        _opt_in(session, person, told, now)
    elif told.action == MARKETING and told.kind in (EventKind.OPTOUT, EventKind.TOPIC_RESUMED):
        _switched(session, person, told, now)
    elif told.kind in (EventKind.TOPIC_STOPPED, EventKind.TOPIC_RESUMED):
        _topic_changed(session, person, told, now)
    elif told.kind is EventKind.OPTOUT:
        spoken.hear(session, person, told, Keyword.STOP, None, now)
    elif told.kind in WROTE:
        said, text = spoken.wish(session, person, told)
        if said is not None:
            spoken.hear(session, person, told, said, text, now)


def _switched(session: Session, person: Subscriber, told: Told, now: datetime) -> None:
    """Marketing switched off or on in the app (facts A4: "Offers and announcements")."""
    on, silent = told.kind is not EventKind.OPTOUT, person.opted_out_at is not None
    consents.switch(session, person, on=on, at=told.at, now=now, source=WEBHOOK, evidence=told.key)
    spoken.count(session, person, told, silent)


def _opt_in(session: Session, person: Subscriber, told: Told, now: datetime) -> None:
    topic = _topic(session, person.brand_id, told)
    if told.action == MARKETING:  # signed up by a link of the platform: its switch is on again
        consents.switch(
            session, person, on=True, at=told.at, now=now, source=WEBHOOK, evidence=told.key
        )
    shown = topics.said_at(topics.wordings(session, [topic.id or 0]), topic.id or 0, told.at)
    act = consents.refresh if told.token_status == RENEWED else consents.opt_in
    act(
        session, person, topic.id or 0, at=told.at, now=now, source=WEBHOOK, evidence=told.key,
        wording=shown.wording if shown else topic.wording, token=told.token,
        token_expires_at=told.token_expires_at,
    )  # fmt: skip
    rollups.add(session, person.brand_id, person.channel_id, told.at, opt_ins=1)


def _topic_changed(session: Session, person: Subscriber, told: Told, now: datetime) -> None:
    topic = _topic(session, person.brand_id, told)
    stopped = told.kind is EventKind.TOPIC_STOPPED
    act = consents.stop if stopped else consents.resume
    act(
        session, person, topic.id or 0, at=told.at, now=now, source=WEBHOOK, evidence=told.key,
        token=told.token, token_expires_at=told.token_expires_at,
    )  # fmt: skip
    rollups.add(
        session, person.brand_id, person.channel_id, told.at,
        opt_outs=int(stopped), opt_ins=int(not stopped),
    )  # fmt: skip


def _topic(session: Session, brand_id: int, told: Told) -> Topic:
    """An opt-in names its topic by title or payload; what follows it, by the token we know, else
    by the same names. The title is what the person was shown, so it decides. Made if it is new."""
    named = told.kind is EventKind.OPTIN_TOPIC and (told.payload or told.topic)
    if told.token is not None and not named:
        row = session.exec(select(Consent).where(Consent.token == told.token)).first()
        if row is not None:
            return session.get_one(Topic, row.topic_id)
    names = [name for name in (told.topic, told.payload) if name] or [UNNAMED]
    known = making.called(session, names)
    found = next((known[name] for name in names if name in known), None)
    if found is not None:
        return session.get_one(Topic, found)
    slug = making.slug_of(names[-1]) or UNNAMED
    new = Topic(brand_id=brand_id, slug=slug, name=names[0][:120])
    return topics.by_slug(session, slug) or making.made(session, new)
