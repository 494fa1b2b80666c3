"""A channel is connected: its token tried, its secrets sealed, its webhooks asked for."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from sqlmodel import Session

from webapp import config, db
from webapp.domain import errors
from webapp.domain.event import INSTAGRAM, MESSENGER, WHATSAPP
from webapp.domain.permission import Actor
from webapp.domain.wording import Sentence, say
from webapp.models.channel import Channel, MetaApp, RateBucket
from webapp.platforms.protocol import ChannelAccess, Check
from webapp.services import channels as using
from webapp.services.channels import Outside
from webapp.store import audits, channels

DEFAULT_APP: Final = "default"
PLATFORMS: Final = (MESSENGER, INSTAGRAM, WHATSAPP)
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Connection:
    """What connecting asks for. Without `app_secret` the app must be known already."""

    key: str
    token: str = field(repr=False)
    name: str = ""
    platform: str = "messenger"
    app_slug: str = DEFAULT_APP
    app_secret: str | None = field(default=None, repr=False)
    verify_token: str | None = field(default=None, repr=False)
    graph_url: str | None = None
    ad_account: str | None = None
    account: str | None = None  # WhatsApp: the business account the number belongs to
    rate_per_second: int = 40
    practice: bool = False


def webhook_url(outside: Outside, app_slug: str) -> str:
    """The address to enter at the platform as callback."""
    return f"{outside.settings.base_url}/webhooks/meta/{app_slug}"


def deletion_url(outside: Outside, app_slug: str) -> str:
    """The address to enter at the platform for people who ask it to be deleted here."""
    return f"{webhook_url(outside, app_slug)}/deletion"


def connect(
    session: Session, actor: Actor, outside: Outside, given: Connection, now: datetime
) -> Channel:
    """Raises Invalid by field, or Conflict when the channel is connected already."""
    actor.require("channel.edit")
    check_address(actor, outside, given)
    check_platform(given)
    _check_free(session, given)
    secret = _app_secret(session, outside, given)
    session.rollback()  # the network is asked without a transaction
    access = _access(outside, given, secret)
    check = using.ask(outside, given.platform, access)
    if not check.alive:
        raise errors.Invalid({"token": [check.sentence or using.UNCLEAR]})
    outside.call(outside.platforms.get(given.platform).subscribe_request(access))
    return _write(session, actor, outside, given, check, now)


def _write(
    session: Session,
    actor: Actor,
    outside: Outside,
    given: Connection,
    check: Check,
    now: datetime,
) -> Channel:
    _check_free(session, given)
    app = app_for(session, outside, given, now)
    channel = Channel(
        brand_id=db.brand_of(session),
        app_id=app.id or 0,
        platform=given.platform,
        key=given.key,
        name=given.name or check.name or given.key,
        access_token=outside.vault.seal(given.token),
        graph_url=given.graph_url,
        practice=given.practice,
        ad_account=given.ad_account,
        account=given.account,
        rate_per_second=given.rate_per_second,
        people_a_day=check.people_a_day,
        checked_at=now,
        created_at=now,
    )
    session.add(channel)
    session.flush()
    session.add(RateBucket(channel_id=channel.id or 0))
    audits.add(
        session, actor, channel.brand_id, "channel.connect", channel.id, now,
        platform=given.platform, key=given.key, practice=given.practice,
    )  # fmt: skip
    session.commit()
    return channel


def check_address(actor: Actor, outside: Outside, given: Connection) -> None:
    """Only an operator may name any address: our server would call it for them."""
    known = {None, outside.settings.graph_url, config.GRAPH_URL}
    if given.graph_url in known or actor.operator:
        return
    parts = urlsplit(given.graph_url or "")
    if parts.scheme not in ("http", "https") or parts.hostname not in LOOPBACK:
        raise errors.Invalid(
            {"graph_url": [say("Only an operator can connect a channel at another address.")]}
        )


def check_platform(given: Connection) -> None:
    """What one platform needs and the others do not have. Raises Invalid by field."""
    wrong: dict[str, list[Sentence]] = {}
    if given.platform not in PLATFORMS:
        known = ", ".join(PLATFORMS)
        wrong["platform"] = [say("Choose one of these platforms: %(known)s.", known=known)]
    elif given.platform == WHATSAPP and given.account is None:
        wrong["account"] = [say("Give the id of the WhatsApp business account of this number.")]
    elif given.platform != WHATSAPP and given.account is not None:
        wrong["account"] = [say("Only a WhatsApp number belongs to a business account.")]
    if given.platform != MESSENGER and given.ad_account is not None:
        wrong["ad_account"] = [using.NO_AD_ACCOUNT]
    if wrong:
        raise errors.Invalid(wrong)


def _check_free(session: Session, given: Connection) -> None:
    taken = channels.anywhere(session, given.platform, given.key)
    if taken is None:
        return
    mine = taken.brand_id == db.brand_of(session)
    raise errors.Conflict(
        say("This channel is connected to this brand already.")
        if mine
        else say("This channel is connected to another brand of this installation.")
    )


def _app_secret(session: Session, outside: Outside, given: Connection) -> str:
    """The secret events are signed with; one app serves several brands, so nobody changes it."""
    app = channels.app_by_slug(session, given.app_slug)
    if app is None:
        if given.app_secret is None:
            raise errors.Invalid({"app_secret": [say("Fill this in: this app is new here.")]})
        return given.app_secret
    kept = outside.vault.open(app.app_secret)
    if given.app_secret not in (None, kept):
        raise errors.Invalid({"app_secret": [OTHER_SECRET]})
    return kept


OTHER_SECRET: Final[Sentence] = say(
    "This app is known here with another secret. "
    "Leave this empty to use it, or choose another name."
)


def app_for(session: Session, outside: Outside, given: Connection, now: datetime) -> MetaApp:
    known = channels.app_by_slug(session, given.app_slug)
    if known is not None:
        return known
    secret = given.app_secret or secrets.token_hex(16)
    verify = given.verify_token or secrets.token_urlsafe(18)
    app = MetaApp(
        slug=given.app_slug,
        app_secret=outside.vault.seal(secret),
        verify_token=outside.vault.seal(verify),
        created_at=now,
    )
    session.add(app)
    session.flush()
    return app


def _access(outside: Outside, given: Connection, secret: str) -> ChannelAccess:
    return ChannelAccess(
        key=given.key,
        token=given.token,
        graph_url=given.graph_url or outside.settings.graph_url,
        version=outside.settings.graph_version,
        app_secret=secret,
        ad_account=given.ad_account,
        account=given.account,
    )
