"""Whether what people write still comes in, channel by channel; without it nothing goes out.

A platform that could not reach us for an hour stops sending webhooks and tells nobody (facts 5.7),
and anybody with the right to the Page may unsubscribe it. So each channel is asked every two
minutes, by one small call. Where a field that a person's wish may come by was there and is missing,
the channel stops alone; when it is there again, mended here or at the platform, it goes on by
itself. Where it was never seen, though we asked for it when the channel was connected, nobody can
tell a platform that lists less than it sends from one that sends less: that is said on the
channel's page, and stops nothing.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from sqlmodel import Session

from webapp.db import EVERY_BRAND
from webapp.domain import remark
from webapp.domain.errors import FanlightError, Refused
from webapp.domain.permission import Actor, job
from webapp.domain.retry import StopChannel
from webapp.domain.wording import Sentence, say
from webapp.house import House
from webapp.models.channel import Channel
from webapp.models.webhook_check import WebhookCheck
from webapp.platforms import webhook_subscription
from webapp.platforms.protocol import ChannelAccess
from webapp.platforms.webhook_subscription import Heard, Unknown
from webapp.services import alerting, recording
from webapp.services import channels as using
from webapp.services.channels import Outside
from webapp.store import audits, channels, webhook_checks

log = logging.getLogger(__name__)
EVERY = timedelta(minutes=2)  # a choice: thirty small calls an hour
AGAIN = timedelta(minutes=2)  # after an answer that says nothing
A_TICK = 10  # channels asked at one tick
WATCH = job("watch")


def look(house: House, outside: Outside | None = None) -> int:
    """Ask about the channels that are due; returns how many were asked."""
    outside = outside or Outside(house.platforms, house.vault, house.settings)
    with house.db.reader(EVERY_BRAND) as session:
        found = webhook_checks.due(session, house.clock.now(), A_TICK)
        due = [(channel.id or 0, channel.brand_id) for channel in found]
    for channel_id, brand_id in due:
        with house.db.writer(brand_id) as session:
            answer = _quietly(session, outside, channel_id)
            _keep(session, WATCH, channel_id, answer, house.clock.now())
            session.commit()
    return len(due)


def subscribe(
    session: Session, actor: Actor, outside: Outside, channel_id: int, now: datetime
) -> None:
    """Ask the platform for webhooks again, and whether they come. What stopped for want of them
    goes on by itself. Raises Refused with what the platform says."""
    actor.require("channel.edit")
    platform, access = _released(session, outside, channel_id)
    speaker = outside.platforms.get(platform)
    outside.call(speaker.subscribe_request(access))
    answer = _ask(outside, platform, access)
    if isinstance(answer, Unknown):
        raise Refused(answer.sentence)
    channel = channels.get(session, channel_id)
    if answer.missing:
        raise Refused(_deaf(channel, answer.missing))
    audits.add(session, actor, channel.brand_id, "channel.subscribe", channel_id, now)
    _keep(session, actor, channel_id, answer, now)
    session.commit()


def _keep(
    session: Session, actor: Actor, channel_id: int, answer: Heard | Unknown, now: datetime
) -> None:
    channel = channels.get(session, channel_id)
    check = webhook_checks.of(session, channel_id) or WebhookCheck(
        brand_id=channel.brand_id, channel_id=channel_id, due_at=now
    )
    session.add(check)
    if isinstance(answer, Unknown):
        check.due_at, check.trouble = now + AGAIN, remark.to_json(answer.sentence)
        if answer.dead:
            stop = StopChannel(webhook_subscription.DEAD_TOKEN, None, answer.sentence)
            recording.stop_channel(session, channel_id, stop, now)
        return
    if answer.missing and check.checked_at is None:
        unseen = _unseen(channel, answer.missing)
        check.due_at, check.trouble = now + AGAIN, remark.to_json(unseen)
        return
    check.due_at, check.checked_at, check.trouble = now + EVERY, now, None
    if answer.missing and channel.state != "stopped":
        _stop(session, channel, answer.missing, now)
    elif not answer.missing and using.is_deaf(channel):
        using.go_on(session, actor, channel, "resume", now)


def _stop(session: Session, channel: Channel, missing: tuple[str, ...], now: datetime) -> None:
    sentence = _deaf(channel, missing)
    channel.state, channel.stopped_at = "stopped", now
    channel.stopped_reason = {**remark.to_json(sentence), "code": using.DEAF}
    audits.add(
        session, WATCH, channel.brand_id, "channel.stop", channel.id, now,
        code=using.DEAF, missing=list(missing),
    )  # fmt: skip
    alerting.channel_stopped(session, channel, sentence, now)


def _unseen(channel: Channel, missing: tuple[str, ...]) -> Sentence:
    return say(
        "The platform does not list our app for %(fields)s on %(name)s. If nothing arrives when "
        "somebody writes, look at the app's webhooks there.",
        name=channel.name, fields=", ".join(missing),
    )  # fmt: skip


def _deaf(channel: Channel, missing: tuple[str, ...]) -> Sentence:
    return say(
        "The platform does not tell us what people do on %(name)s: its webhooks for %(fields)s are "
        "off. No STOP would be heard, so nothing is sent. Press “Subscribe again”; what was "
        "missed is read, and sending goes on by itself.",
        name=channel.name, fields=", ".join(missing),
    )  # fmt: skip


def _quietly(session: Session, outside: Outside, channel_id: int) -> Heard | Unknown:
    """One channel's trouble stops no other; secrets that cannot be opened are such a trouble."""
    try:
        return _ask(outside, *_released(session, outside, channel_id))
    except FanlightError as error:
        session.rollback()
        return Unknown(error.sentence)
    except Exception:
        log.exception("the webhooks of channel %s could not be looked after", channel_id)
        session.rollback()
        return Unknown(webhook_subscription.UNCLEAR)


def _ask(outside: Outside, platform: str, access: ChannelAccess) -> Heard | Unknown:
    speaker = outside.platforms.get(platform)
    reply = outside.call(speaker.subscriptions_request(access))
    return webhook_subscription.read(reply, speaker.needed_fields)


def _released(session: Session, outside: Outside, channel_id: int) -> tuple[str, ChannelAccess]:
    channel = channels.get(session, channel_id)
    platform, access = channel.platform, using.access_to(outside, session, channel)
    session.rollback()  # the network is asked without a transaction
    return platform, access
