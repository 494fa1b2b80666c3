"""Channels of a brand: connected, tested, stopped and revived."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request, url_for

from webapp.domain import batch, remark
from webapp.domain.errors import Conflict, Invalid, Refused
from webapp.domain.wording import Sentence, say
from webapp.forms import reading
from webapp.forms.channels import ChannelForm, NewChannelForm, PracticeForm, TokenOnlyForm
from webapp.models.channel import Channel
from webapp.services import (
    calling,
    catching_up,
    connecting,
    portfolios,
    practising,
    webhook_checks,
)
from webapp.services import channels as using
from webapp.services.channels import Outside
from webapp.services.connecting import Connection
from webapp.store import catch_ups, channels
from webapp.store import webhook_checks as check_store
from webapp.views import access, htmx, notices
from webapp.views.channel_words import WORDS

GOES_ON = say("The channel sends again; what it may have missed meanwhile is read first.")

blueprint = Blueprint("channels", __name__, url_prefix="/b/<brand_slug>/settings/channels")


@blueprint.get("/")
@access.brand_screen("view")
def index() -> Response:
    found = channels.page(access.current().session)
    return htmx.render("channels/index.html", channels=found, reason_of=_reason, all_words=WORDS)


@blueprint.get("/new")
@access.brand_screen("channel.edit")
def new() -> Response:
    asked = {"platform": request.args.get("platform")}
    return _new({"rate_per_second": 40, "app_slug": "default", **asked}, {})


@blueprint.post("/")
@access.brand_screen("channel.edit")
def create() -> Response:
    asking = access.current()
    try:
        form = reading.read(NewChannelForm, request.form)
        given = Connection(**form.model_dump())
        made = connecting.connect(asking.session, asking.actor, _outside(), given, asking.now)
    except Invalid as refused:
        return _new(request.form, refused.errors, htmx.UNPROCESSABLE)
    except Conflict as taken:
        return _new(request.form, {"key": [taken.sentence]}, htmx.UNPROCESSABLE)
    notices.tell(say("%(name)s is connected. Enter its webhook next.", name=made.name))
    return htmx.redirect(url_for("channels.show", channel_id=made.id))


@blueprint.post("/practice")
@access.brand_screen("channel.edit")
def practise() -> Response:
    asking = access.current()
    try:
        form = reading.read(PracticeForm, request.form)
        made = practising.add(
            asking.session, asking.actor, _outside(), asking.now,
            name=form.name or None, platform=form.platform, simulator=form.simulator,
        )  # fmt: skip
    except Refused as refusal:
        notices.tell(refusal.sentence, "bad")
        return htmx.redirect(url_for("channels.index"))
    except Invalid as refused:
        notices.tell(next(iter(refused.errors.values()))[0], "bad")
        return htmx.redirect(url_for("channels.index"))
    notices.tell(say("The practice channel is ready. Nothing you send on it reaches real people."))
    return htmx.redirect(url_for("channels.show", channel_id=made.id))


@blueprint.get("/<int:channel_id>")
@access.brand_screen("view")
def show(channel_id: int) -> Response:
    return _show(channel_id)


@blueprint.post("/<int:channel_id>")
@access.brand_screen("channel.edit")
def update(channel_id: int) -> Response:
    asking = access.current()
    try:
        form = reading.read(ChannelForm, request.form)
        using.edit(
            asking.session, asking.actor, channel_id, name=form.name,
            rate_per_second=form.rate_per_second, ad_account=form.ad_account,
            batch_size=form.chosen_size, now=asking.now,
        )  # fmt: skip
    except Invalid as refused:
        return _show(channel_id, refused.errors)
    return _told(channel_id, say("The channel is saved."))


@blueprint.post("/<int:channel_id>/test")
@access.brand_screen("channel.edit")
def test(channel_id: int) -> Response:
    asking = access.current()
    check = using.test(asking.session, asking.actor, _outside(), channel_id, asking.now)
    if check.alive:
        return _told(channel_id, say("The platform answers, and the token works."))
    notices.tell(check.sentence or using.UNCLEAR, "bad" if check.certain else "warn")
    return htmx.redirect(url_for("channels.show", channel_id=channel_id))


@blueprint.post("/<int:channel_id>/stop")
@access.brand_screen("channel.edit")
def stop(channel_id: int) -> Response:
    asking = access.current()
    using.stop(asking.session, asking.actor, channel_id, asking.now)
    return _told(channel_id, say("The channel is stopped. What waits on it keeps waiting."))


@blueprint.post("/<int:channel_id>/resume")
@access.brand_screen("channel.edit")
def resume(channel_id: int) -> Response:
    asking = access.current()
    try:
        using.resume(asking.session, asking.actor, _outside(), channel_id, asking.now)
    except Refused as refusal:
        notices.tell(refusal.sentence, "bad")
        return htmx.redirect(url_for("channels.show", channel_id=channel_id))
    return _told(channel_id, GOES_ON)


@blueprint.post("/<int:channel_id>/webhooks")
@access.brand_screen("channel.edit")
def subscribe(channel_id: int) -> Response:
    asking = access.current()
    try:
        webhook_checks.subscribe(asking.session, asking.actor, _outside(), channel_id, asking.now)
    except Refused as refusal:
        notices.tell(refusal.sentence, "bad")
        return htmx.redirect(url_for("channels.show", channel_id=channel_id))
    return _told(channel_id, say("The platform tells us again what people do here."))


@blueprint.post("/<int:channel_id>/send-anyway")
@access.brand_screen("channel.edit")
def send_anyway(channel_id: int) -> Response:
    asking = access.current()
    try:
        catching_up.send_anyway(asking.session, asking.actor, channel_id, asking.now)
    except Conflict as done:
        return _told(channel_id, done.sentence)
    return _told(channel_id, say("The channel sends without what it may have missed."))


@blueprint.post("/<int:channel_id>/seen")
@access.brand_screen("channel.edit")
def see(channel_id: int) -> Response:
    asking = access.current()
    catching_up.see(asking.session, asking.actor, channel_id, asking.now)
    return htmx.redirect(url_for("channels.show", channel_id=channel_id))


@blueprint.post("/<int:channel_id>/token")
@access.brand_screen("channel.edit")
def reconnect(channel_id: int) -> Response:
    asking = access.current()
    try:
        form = reading.read(TokenOnlyForm, request.form)
        using.reconnect(
            asking.session, asking.actor, _outside(), channel_id, form.token, asking.now
        )
    except Invalid as refused:
        return _show(channel_id, refused.errors)
    return _told(channel_id, say("The new token works. %(then)s", then=GOES_ON))


def _told(channel_id: int, sentence: Sentence) -> Response:
    notices.tell(sentence)
    return htmx.redirect(url_for("channels.show", channel_id=channel_id))


def _show(channel_id: int, errors: Mapping[str, list[Sentence]] | None = None) -> Response:
    asking = access.current()
    channel = channels.get(asking.session, channel_id)
    return htmx.render(
        "channels/show.html",
        status=htmx.UNPROCESSABLE if errors else 200,
        channel=channel,
        words=WORDS[channel.platform],
        reason=_reason(channel.stopped_reason),
        reason_of=_reason,
        graph_url=channel.graph_url or asking.house.settings.graph_url,
        values=request.form if errors else channel.model_dump(),
        batches=_batches(channel),
        errors=errors or {},
        catch_up=catch_ups.of(asking.session, channel_id),
        check=check_store.of(asking.session, channel_id),
        is_deaf=using.is_deaf(channel),
        calls=calling.standing(asking.session, channel, asking.house.book, asking.now),
        portfolio=portfolios.standing(asking.session, channel, asking.house.book, asking.now),
        **(_webhook(channel) if asking.can("channel.edit") else {}),
    )


def _batches(channel: Channel) -> dict[str, int] | None:
    """How many messages a batch holds now, 1 for one by one, and at most at this rate; None on a
    platform without."""
    if channel.platform not in batch.OFFERED:
        return None
    rate = channel.rate_per_second
    return {
        "now": batch.most_of(channel.batch_size, rate),
        "most": batch.most_of(batch.MOST, rate),
    }


def _webhook(channel: Channel) -> dict[str, Any]:
    """What to enter at the platform; only for who may connect."""
    asking = access.current()
    app = channels.app(asking.session, channel.app_id)
    return {
        "webhook_url": connecting.webhook_url(_outside(), app.slug),
        "deletion_url": connecting.deletion_url(_outside(), app.slug),
        "verify_token": asking.house.vault.open(app.verify_token),
        "webhook_fields": asking.house.platforms.get(channel.platform).subscribed_fields,
    }


def _new(
    values: Mapping[str, object], errors: Mapping[str, list[Sentence]], status: int = 200
) -> Response:
    shown = {**values, "platform": _known(values.get("platform"))}
    return htmx.render(
        "channels/new.html", "form", status=status, values=shown, errors=errors, all_words=WORDS
    )


def _known(platform: object) -> str:
    """The platform chosen on the way here, else the first one."""
    return str(platform) if platform in WORDS else next(iter(WORDS))


def _outside() -> Outside:
    house = access.house()
    return Outside(house.platforms, house.vault, house.settings)


def _reason(kept: Mapping[str, object] | None) -> Sentence | None:
    return remark.from_json(kept)
