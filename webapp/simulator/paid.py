"""Paid messages: POST /act_X/messages, one subscription token each.

Codes 2300000 to 2300080 of the Marketing Message reference (2026-04-24).
"""

from __future__ import annotations

import uuid
from typing import Any

from webapp.simulator import (
    campaigns,
    content,
    errors,
    events,
    life,
    outbox,
    people,
    sending,
    tokens,
)
from webapp.simulator.answers import Answer, Json
from webapp.simulator.calls import Call
from webapp.simulator.campaigns import Campaign
from webapp.simulator.clock import SECOND
from webapp.simulator.errors import Refusal
from webapp.simulator.pages import Page
from webapp.simulator.people import Person
from webapp.simulator.tokens import Token
from webapp.simulator.world import World


def send(world: World, page: Page, account: str, call: Call) -> Answer:
    sending.check_page(page)
    campaigns.check_business(page)
    campaign = _campaign(world, page, account, call.params.get("message_id"))
    message = _message(call.params.get("message"))
    now = world.clock.now()
    campaigns.check_running(campaign, page.option("warm_up_minutes"), now)
    sending.check_limits(world, page, message, now)
    token = _token(world, page, call.params.get("messenger_delivery_data"), now)
    person = _person(world, page, token)
    _check_token(token, person, now)
    _check_gap(token, person, call.params.get("min_conversation_gap_seconds"), now)
    campaigns.check_budget(world.state, campaign, campaigns.price(person.country), now)
    return _accept(world, page, campaign, token, person, message)


def _campaign(world: World, page: Page, account: str, identity: Any) -> Campaign:
    found = campaigns.find(world.state, str(identity or ""))
    if found is None or found.account != account:
        raise errors.paid(2300001, "The message campaign does not exist")
    if found.page != page.id:
        raise errors.paid(2300005, "The campaign belongs to another page")
    return found


def _message(given: Any) -> Json:
    """A paid message's content: the family of 2300021 is about what is in it."""
    try:
        message = content.check(given)
    except Refusal as refusal:
        raise errors.paid(2300021, refusal.message) from refusal
    if len(content.buttons(message)) and content.kind(message) == "media":
        card = message["attachment"]["payload"]["elements"][0]
        if card["media_type"] == "video" and events.choices(message):
            raise errors.paid(2300022, "A video cannot carry postback buttons")
    return message


def _token(world: World, page: Page, given: Any, now: int) -> Token:
    text = given.get("subscription_token") if isinstance(given, dict) else None
    token = tokens.find(world.state, page.id, str(text or ""), now)
    if token is None:
        raise errors.paid(2300004, "The subscription token is not valid for this page")
    return token


def _person(world: World, page: Page, token: Token) -> Person:
    try:
        return sending.holder(world, page, token)
    except Refusal as refusal:
        raise errors.paid(2300052, "The recipient is not available") from refusal


def _check_token(token: Token, person: Person, now: int) -> None:
    if token.stopped:
        raise errors.paid(2300034, "The subscriber has unsubscribed")
    if now >= token.expires:
        raise errors.paid(2300037, "The subscription token has expired")
    if person.region in campaigns.EXCLUDED_PEOPLE:
        raise errors.paid(2300032, "Marketing messages are not available in the recipient's region")
    if now < tokens.next_paid(token):
        left = (tokens.next_paid(token) - now) // SECOND
        words = "The minimum delay between marketing messages has not passed"
        raise errors.paid(2300035, words, remaining_seconds=left)


def _check_gap(token: Token, person: Person, gap: Any, now: int) -> None:
    if not str(gap or "").isdigit():
        return
    last = max(token.used_paid or 0, token.used or 0, person.last_inbound or 0)
    if now < last + int(gap) * SECOND:
        raise errors.paid(2300052, "The minimum conversation gap has not passed")


def _accept(
    world: World, page: Page, campaign: Campaign, token: Token, person: Person, message: Json
) -> Answer:
    now, mid, tracking = world.clock.now(), life.new_mid(), str(uuid.uuid4())
    tokens.spend_paid(world.state, token, now)
    people.has_heard(world.state, person)
    world.limits.accepted(page, now)
    world.state.write(
        "INSERT INTO paid_message (tracking, campaign, at, cost) VALUES (?, ?, ?, ?)",
        tracking, campaign.id, now, campaigns.price(person.country),
    )  # fmt: skip
    more = {"mid": mid, "marketing_message_tracking_id": tracking}
    outbox.put(world, page, events.paid("echoes", page, token, now, campaign.id, **more))
    about = {"mid": mid, "tracking": tracking, "campaign": campaign.id, "token": token.token}
    life.expect(world, page, person, message, about)
    body = {"success": True, "marketing_message_tracking_id": tracking}
    key = message.get("metadata") or f"{campaign.id}:{token.token}"
    return Answer(body, psid=person.psid, mid=mid, key=str(key))
