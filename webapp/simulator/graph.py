"""The Graph door: which call means what, who may make it, and the envelope it is answered in.

Each platform has its own table of edges; the page says which is meant.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from webapp.simulator import (
    calls,
    campaigns,
    conversations,
    errors,
    faults,
    identity,
    instagram_sending,
    journal,
    killing,
    paid,
    sending,
    signature,
    templates,
    uploads,
    whatsapp_sending,
)
from webapp.simulator.answers import Answer
from webapp.simulator.calls import Call
from webapp.simulator.errors import Refusal
from webapp.simulator.pages import Page
from webapp.simulator.world import World

Edge = Callable[[World, Page, Call], Answer]
log = logging.getLogger(__name__)

MESSENGER: dict[tuple[str, str], Edge] = {
    ("POST", "messages"): sending.send,
    ("POST", "message_attachments"): uploads.keep,
    ("GET", "conversations"): conversations.every,
    ("GET", "notification_message_tokens"): identity.subscription_tokens,
    ("GET", "subscribed_apps"): identity.subscriptions,
    ("POST", "subscribed_apps"): identity.subscribe,
    ("DELETE", "subscribed_apps"): identity.unsubscribe,
    ("GET", "message_templates"): templates.every,
    ("POST", "message_templates"): templates.make,
    ("DELETE", "message_templates"): templates.remove,
}
INSTAGRAM: dict[tuple[str, str], Edge] = {
    ("POST", "messages"): instagram_sending.send,
    ("POST", "message_attachments"): uploads.keep,
    ("GET", "conversations"): conversations.every,
    ("GET", "subscribed_apps"): identity.subscriptions,
    ("POST", "subscribed_apps"): identity.subscribe,
    ("DELETE", "subscribed_apps"): identity.unsubscribe,
}
WHATSAPP: dict[tuple[str, str], Edge] = {
    ("POST", "messages"): whatsapp_sending.send,
    ("GET", "subscribed_apps"): identity.subscriptions,
    ("POST", "subscribed_apps"): identity.subscribe_all,
    ("DELETE", "subscribed_apps"): identity.unsubscribe,
    ("GET", "message_templates"): templates.every,
    ("POST", "message_templates"): templates.make,
    ("DELETE", "message_templates"): templates.remove,
}
EDGES = {"messenger": MESSENGER, "instagram": INSTAGRAM, "whatsapp": WHATSAPP}


def serve(world: World, call: Call) -> Answer:
    """One call, answered and written into the journal."""
    page = world.pages.by_token(call.token or "")
    kill = world.faults.strike(killing.KILLS, page.id if page else None, sends=call.sends)
    killing.at("received", kill)
    answer = _with_faults(world, page, call)
    journal.write(world.state, world.clock.now(), call, page.id if page else None, answer)
    headers = {**_headers(world, page, call), **answer.headers}
    passes = partial(killing.at, fault=kill) if kill else None
    return replace(answer, headers=headers, passes=passes)


def _with_faults(world: World, page: Page | None, call: Call) -> Answer:
    """The call as it ends: handled, refused, or struck by a fault before or after."""
    psid, _ = calls.target(call)
    about = (page.id if page else None, psid, call.token)
    try:
        before = world.faults.strike(faults.BEFORE, *about, sends=call.sends)
        if before and not before.accepted:
            return replace(faults.instead(before), note=before.kind)
        answer = _handled(world, page, call)
    except Refusal as refusal:
        return refusal.answer(_trace())
    except Exception:
        log.exception("%s %s", call.method, call.path)
        return errors.unknown().answer(_trace())
    after = before or world.faults.strike(faults.AFTER, *about, sends=call.sends)
    return faults.spoilt(after, answer) if after else answer


def _handled(world: World, page: Page | None, call: Call) -> Answer:
    if page is None:
        raise errors.token_invalid()
    _check_proof(page, call)
    match call.parts:
        case ("debug_token",):
            return identity.debug_token(world, page, call)
        case (name,) if name in ("me", page.id):
            return _page(world, page, call)
        case (name, edge) if name in ("me", page.id, page.account):
            return _edge(page, call, edge)(world, page, call)
        case (name, *edge) if name.startswith("act_"):
            return _account(world, page, call, name, edge)
        case (name, *edge):
            return _object(world, page, call, name, edge)
    raise errors.no_object("/")


def _page(world: World, page: Page, call: Call) -> Answer:
    if call.method != "GET":
        raise errors.no_object(page.id)
    return identity.page(world, page, call)


def _edge(page: Page, call: Call, edge: str) -> Edge:
    try:
        return EDGES[page.platform][call.method, edge]
    except KeyError:
        words = f"Unknown path components: /{edge}"
        raise Refusal(2500, f"(#2500) {words}") from None


def _account(world: World, page: Page, call: Call, account: str, edge: list[str]) -> Answer:
    match (call.method, *edge):
        case ("POST", "message_campaign"):
            return campaigns.make(world, page, account, call)
        case ("POST", "messages"):
            return paid.send(world, page, account, call)
        case ("GET", "message_delivery_estimate"):
            return campaigns.estimate(world, page, call)
    raise errors.no_object(account)


def _object(world: World, page: Page, call: Call, name: str, edge: list[str]) -> Answer:
    """A campaign or a person; anything else does not exist for this token."""
    campaign = campaigns.find(world.state, name)
    mine = campaign is not None and campaign.page == page.id
    match (call.method, *edge):
        case ("GET",) if campaign and mine:
            return campaigns.shown(campaign)
        case ("DELETE",) if campaign and mine:
            return campaigns.remove(world, campaign)
        case ("GET", "insights") if campaign and mine:
            return campaigns.insights(world, campaign)
        case ("GET",) if world.pages.find(name) is None and campaign is None:
            return identity.profile(world, page, call, name)
    raise errors.no_object(name)


def _check_proof(page: Page, call: Call) -> None:
    given = call.params.get("appsecret_proof")
    if given is None and not page.option("require_proof"):
        return
    if given != signature.proof(page.app_secret, page.token):
        raise errors.bad_parameter("Invalid appsecret_proof provided in the API argument")


def usage(world: World, call: Call) -> dict[str, str]:
    """The headers of a call that others travel in."""
    return _headers(world, world.pages.by_token(call.token or ""), call)


def _headers(world: World, page: Page | None, call: Call) -> dict[str, str]:
    headers = {"facebook-api-version": call.version, "x-fb-trace-id": _trace()}
    if page is not None:
        now = world.clock.now()
        regain = world.faults.regain_minutes(page.id)
        headers |= world.limits.headers(page, world.engaged(page), now, regain)
    return headers


def _trace() -> str:
    return f"A{secrets.token_urlsafe(16)}"
