"""Channels: connected, changed, tested, stopped and revived."""

from __future__ import annotations

from collections.abc import Callable

from webapp.api import cursors
from webapp.api.calls import Call
from webapp.api.routes import Table
from webapp.api.schemas.base import Page, PageQuery
from webapp.api.schemas.channels import Channel, ChannelChange, NewChannel, Test
from webapp.domain import remark
from webapp.models.channel import Channel as Row
from webapp.services import catching_up, connecting, webhook_checks
from webapp.services import channels as using
from webapp.services.connecting import Connection
from webapp.store import channels

table = Table("channels")


@table.get("/channels", "view", answers=Page[Channel], query=PageQuery)
def index(call: Call, query: PageQuery) -> Page[Channel]:
    """The channels of the brand."""
    rows, cursor = cursors.of_all(channels.page(call.session), query, lambda row: row.id or 0)
    return Page(items=[_shown(call, row) for row in rows], next_cursor=cursor)


@table.post("/channels", "channel.edit", answers=Channel, body=NewChannel, status=201)
def connect(call: Call, body: NewChannel) -> Channel:
    """Connect a Page, an Instagram account or a WhatsApp number: its token is tried first."""
    given = body.model_dump()
    connection = Connection(token=given.pop("access_token"), app_slug=given.pop("app"), **given)
    return _shown(
        call, connecting.connect(call.session, call.actor, call.outside, connection, call.now)
    )


@table.get("/channels/{channel_id}", "view", answers=Channel)
def show(call: Call, channel_id: int) -> Channel:
    """One channel."""
    return _shown(call, channels.get(call.session, channel_id))


@table.patch("/channels/{channel_id}", "channel.edit", answers=Channel, body=ChannelChange)
def change(call: Call, channel_id: int, body: ChannelChange) -> Channel:
    """Change its name, rate, batches or ad account; give it a new token; stop it, let it go on."""
    channels.get(call.session, channel_id)
    if body.access_token is not None:
        using.reconnect(
            call.session, call.actor, call.outside, channel_id, body.access_token, call.now
        )
    if body.model_fields_set & {"name", "rate_per_second", "ad_account", "batch_size"}:
        _edit(call, channel_id, body)
    if body.state is not None and body.state != channels.get(call.session, channel_id).state:
        _STATES[body.state](call, channel_id)
    return _shown(call, channels.get(call.session, channel_id))


@table.post("/channels/{channel_id}/test", "channel.edit", answers=Test)
def test(call: Call, channel_id: int) -> Test:
    """Ask the platform whether the token works; one that is dead stops the channel."""
    check = using.test(call.session, call.actor, call.outside, channel_id, call.now)
    return Test(
        alive=check.alive,
        certain=check.certain,
        name=check.name,
        detail=None if check.sentence is None else str(check.sentence),
    )


@table.post("/channels/{channel_id}/webhooks", "channel.edit", answers=Channel)
def subscribe(call: Call, channel_id: int) -> Channel:
    """Ask the platform for webhooks again; a channel that stopped for want of them goes on."""
    webhook_checks.subscribe(call.session, call.actor, call.outside, channel_id, call.now)
    return _shown(call, channels.get(call.session, channel_id))


@table.post("/channels/{channel_id}/send-anyway", "channel.edit", answers=Channel)
def send_anyway(call: Call, channel_id: int) -> Channel:
    """Send without what may have been missed, on a channel that reads it first."""
    catching_up.send_anyway(call.session, call.actor, channel_id, call.now)
    return _shown(call, channels.get(call.session, channel_id))


def _edit(call: Call, channel_id: int, body: ChannelChange) -> None:
    row = channels.get(call.session, channel_id)
    given = body.model_fields_set
    using.edit(
        call.session,
        call.actor,
        channel_id,
        name=body.name or row.name,
        rate_per_second=body.rate_per_second or row.rate_per_second,
        ad_account=body.ad_account if "ad_account" in given else row.ad_account,
        batch_size=body.batch_size if "batch_size" in given else row.batch_size,
        now=call.now,
    )


def _stop(call: Call, channel_id: int) -> None:
    using.stop(call.session, call.actor, channel_id, call.now)


def _resume(call: Call, channel_id: int) -> None:
    using.resume(call.session, call.actor, call.outside, channel_id, call.now)


_STATES: dict[str, Callable[[Call, int], None]] = {"stopped": _stop, "connected": _resume}


def _shown(call: Call, row: Row) -> Channel:
    reason = remark.from_json(row.stopped_reason)
    values = row.model_dump(exclude={"stopped_reason", "access_token"})
    shown = Channel(stopped_reason=None if reason is None else str(reason), **values)
    if call.actor.can("channel.edit"):
        app = channels.app(call.session, row.app_id)
        shown.webhook_url = connecting.webhook_url(call.outside, app.slug)
    return shown
