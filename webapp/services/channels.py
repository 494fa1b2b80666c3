"""Channels in use: edited, tested, stopped, resumed, given a new token.

The platform is asked first and the row written after: no transaction is open across the network.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session

from webapp.config import Settings
from webapp.domain import batch, errors, remark
from webapp.domain.errors import Invalid
from webapp.domain.event import MESSENGER
from webapp.domain.permission import Actor
from webapp.domain.wording import Sentence, say
from webapp.models.channel import Channel
from webapp.platforms.protocol import ChannelAccess, Check
from webapp.platforms.registry import Registry
from webapp.platforms.transport import Transport
from webapp.platforms.wire import Reply, Request
from webapp.services import alerting, missing
from webapp.store import audits, channels
from webapp.vault import Vault

DEAF = "webhooks"  # `code` of why it stopped: what people write does not come in
NO_AD_ACCOUNT = say("Only a Page buys messages through an ad account.")
NO_BATCHES = say("Only Pages and Instagram accounts send in batches.")
STOPPED_BY_HAND = say("Stopped by a person. Resume it when it may send again.")


def call_once(request: Request) -> Reply:
    """One request on a connection of its own, waiting for the reply."""
    transport = Transport(connections=1)
    try:
        return transport.call(request)
    finally:
        transport.close()


@dataclass(frozen=True, slots=True)
class Outside:
    """How platforms are reached: who speaks their wire, our keys, one call at a time."""

    platforms: Registry
    vault: Vault
    settings: Settings
    call: Callable[[Request], Reply] = call_once


def access_to(outside: Outside, session: Session, channel: Channel) -> ChannelAccess:
    """What a request needs of this channel, its secrets opened."""
    app = channels.app(session, channel.app_id)
    return ChannelAccess(
        key=channel.key,
        token=outside.vault.open(channel.access_token),
        graph_url=channel.graph_url or outside.settings.graph_url,
        version=outside.settings.graph_version,
        app_secret=outside.vault.open(app.app_secret),
        ad_account=channel.ad_account,
        account=channel.account,
    )


def ask(outside: Outside, platform: str, access: ChannelAccess) -> Check:
    """Whether the token works, and for this very channel."""
    speaker = outside.platforms.get(platform)
    check = speaker.check_of(outside.call(speaker.check_request(access)))
    if check.alive and check.key is not None and check.key != access.key:
        return replace(
            check,
            alive=False,
            sentence=say(
                "This token belongs to %(name)s (%(key)s), not to %(asked)s.",
                name=check.name or "",
                key=check.key,
                asked=access.key,
            ),
        )
    return check


def edit(
    session: Session,
    actor: Actor,
    channel_id: int,
    *,
    name: str,
    rate_per_second: int,
    ad_account: str | None,
    batch_size: int | None,
    now: datetime,
) -> Channel:
    """`batch_size`: messages in one request, None for one by one (`domain.batch`)."""
    actor.require("channel.edit")
    channel = channels.get(session, channel_id)
    if ad_account and channel.platform != MESSENGER:
        raise Invalid({"ad_account": [NO_AD_ACCOUNT]})
    if batch_size and channel.platform not in batch.OFFERED:
        raise Invalid({"batch_size": [NO_BATCHES]})
    channel.name, channel.ad_account = name, ad_account
    channel.rate_per_second, channel.batch_size = rate_per_second, batch_size
    changed = {"name": name, "rate": rate_per_second, "batch": batch_size}
    _note(session, actor, channel, "edit", now, **changed)
    session.commit()
    return channel


def test(session: Session, actor: Actor, outside: Outside, channel_id: int, now: datetime) -> Check:
    """Ask the platform whether the token works. A token it calls dead stops the channel."""
    actor.require("channel.edit")
    platform, access = _released(session, outside, channel_id)
    check = ask(outside, platform, access)
    channel = channels.get(session, channel_id)
    channel.checked_at = now
    channel.people_a_day = check.people_a_day or channel.people_a_day
    if not check.alive and check.certain and check.sentence is not None:
        _stop(channel, check.sentence, now)
        _note(session, actor, channel, "test", now, alive=False)
        alerting.channel_stopped(session, channel, check.sentence, now)
    session.commit()
    return check


def stop(session: Session, actor: Actor, channel_id: int, now: datetime) -> None:
    """Nothing is claimed on it any more; what waits, waits."""
    actor.require("channel.edit")
    channel = channels.get(session, channel_id)
    _stop(channel, STOPPED_BY_HAND, now)
    _note(session, actor, channel, "stop", now)
    session.commit()


def resume(
    session: Session, actor: Actor, outside: Outside, channel_id: int, now: datetime
) -> None:
    """Send again, with the token it has; raises Refused when that one does not work."""
    actor.require("channel.edit")
    if is_deaf(channels.get(session, channel_id)):
        raise errors.Refused(say("Its webhooks are off. Press “Subscribe again” instead."))
    platform, access = _released(session, outside, channel_id)
    check = ask(outside, platform, access)
    if not check.alive:
        raise errors.Refused(check.sentence or UNCLEAR)
    _go_on(session, actor, channel_id, check, "resume", now)


def reconnect(
    session: Session, actor: Actor, outside: Outside, channel_id: int, token: str, now: datetime
) -> None:
    """A new token for a channel whose old one died; it sends again. Raises Invalid (`token`)."""
    actor.require("channel.edit")
    platform, access = _released(session, outside, channel_id)
    check = ask(outside, platform, replace(access, token=token))
    if not check.alive:
        raise errors.Invalid({"token": [check.sentence or UNCLEAR]})
    channels.get(session, channel_id).access_token = outside.vault.seal(token)
    _go_on(session, actor, channel_id, check, "reconnect", now)


UNCLEAR = say("The platform did not answer clearly. Try again in a minute.")


def is_deaf(channel: Channel) -> bool:
    """Whether it stopped since its webhooks do not come: see `services.webhook_checks`."""
    return channel.state == "stopped" and (channel.stopped_reason or {}).get("code") == DEAF


def _released(session: Session, outside: Outside, channel_id: int) -> tuple[str, ChannelAccess]:
    """Read what a call needs, then let go of the database before the network is used."""
    channel = channels.get(session, channel_id)
    platform, access = channel.platform, access_to(outside, session, channel)
    session.rollback()
    return platform, access


def go_on(session: Session, actor: Actor, channel: Channel, verb: str, now: datetime) -> None:
    """What it stopped for is mended: it sends, or reads first what it may have missed meanwhile
    (`services.missing`). In the caller's transaction."""
    if channel.state == "stopped":
        by_hand = (channel.stopped_reason or {}).get("text") == STOPPED_BY_HAND.text
        channel.state = missing.state_after(session, channel, now, by_hand=by_hand)
    channel.stopped_at = channel.stopped_reason = channel.resume_at = None
    _note(session, actor, channel, verb, now)


def _go_on(
    session: Session, actor: Actor, channel_id: int, check: Check, verb: str, now: datetime
) -> None:
    channel = channels.get(session, channel_id)
    channel.checked_at = now
    channel.people_a_day = check.people_a_day or channel.people_a_day
    go_on(session, actor, channel, verb, now)
    session.commit()


def _stop(channel: Channel, reason: Sentence, now: datetime) -> None:
    channel.state, channel.stopped_at = "stopped", now
    channel.stopped_reason = remark.to_json(reason)


def _note(
    session: Session, actor: Actor, channel: Channel, verb: str, now: datetime, **detail: object
) -> None:
    audits.add(session, actor, channel.brand_id, f"channel.{verb}", channel.id, now, **detail)
