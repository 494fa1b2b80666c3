"""The Send API for Messenger: POST /{page}/messages.

In the order the platform decides: is the page allowed to send, is the message well made, is there
room under the limits, is there such a person, and does anything allow writing to them now.
"""

from __future__ import annotations

from typing import Any

from webapp.simulator import (
    content,
    errors,
    grounds,
    life,
    outbox,
    people,
    tokens,
    voices,
    windows,
)
from webapp.simulator.answers import Answer, Json
from webapp.simulator.calls import Call
from webapp.simulator.pages import Page
from webapp.simulator.people import Person
from webapp.simulator.world import World

ACTIONS = frozenset({"typing_on", "typing_off", "mark_seen", "react", "unreact"})
WINDOW_DISAGREES = frozenset({"window_disagrees"})
TRUSTED = "unknown past: window trusted"


def send(world: World, page: Page, call: Call) -> Answer:
    check_page(page)
    recipient = _recipient(call.params.get("recipient"))
    if call.params.get("sender_action"):
        return _act(world, page, recipient, str(call.params["sender_action"]))
    message = content.check(call.params.get("message"))
    now = world.clock.now()
    grounds.check_tag_alive(call.params, now)
    check_limits(world, page, message, now)
    _check_attachment(world, page, message)
    if "notification_messages_token" in recipient:
        return _send_by_token(world, page, str(recipient["notification_messages_token"]), message)
    person, note = person_meant(world, page, str(recipient["id"]), now)
    _check_window_fault(world, page, person)
    grounds.check(world.state, page, person, call.params, now)
    return accept(world, page, person, message, {}, note)


def check_page(page: Page) -> None:
    """Raises the refusal of a page that may send nothing at all."""
    if page.option("restricted"):
        raise errors.page_restricted()
    if page.option("policy_block"):
        raise errors.policy_block()


def check_limits(world: World, page: Page, message: Json, now: int) -> None:
    world.limits.day(page, world.engaged(page), now)
    attachments = message.get("attachments") or [message.get("attachment") or {}]
    media = any(attachment.get("type") in content.MEDIA for attachment in attachments)
    world.limits.send(page, media=media)


def check_available(person: Person) -> None:
    if person.blocked:
        raise errors.unavailable()


def _recipient(given: Any) -> Json:
    """The recipient, naming exactly one id or token; other ways to name one are not practised."""
    if not isinstance(given, dict):
        raise errors.required("recipient")
    named = [name for name in ("id", "notification_messages_token") if given.get(name)]
    if len(named) != 1 or len(given) != 1:
        raise errors.bad_parameter(
            "Param recipient must hold exactly one of id, notification_messages_token"
        )
    return given


def _act(world: World, page: Page, recipient: Json, action: str) -> Answer:
    if action.lower() not in ACTIONS:
        raise errors.bad_parameter("Param sender_action is not supported")
    world.limits.send(page, media=False)
    person, _ = person_meant(world, page, str(recipient.get("id")), world.clock.now())
    return Answer({"recipient_id": person.psid}, psid=person.psid)


def person_meant(world: World, page: Page, psid: str, now: int) -> tuple[Person, str | None]:
    """Whom the id means, and a note for the journal when they were met just now."""
    person = people.find(world.state, page.id, psid)
    if person is not None:
        check_available(person)
        return person, None
    if page.option("strict_people") or not people.PSID.match(psid):
        raise errors.no_person()
    return stranger(world, page, psid, now), TRUSTED


def stranger(world: World, page: Page, psid: str, now: int) -> Person:
    """Somebody with an unknown past: their window is trusted once, for a day."""
    world.met(page, 1)
    ends = now + windows.STANDARD
    return people.meet(world.state, world.settings.seed, page, psid, ends)


def _check_window_fault(world: World, page: Page, person: Person) -> None:
    if world.faults.strike(WINDOW_DISAGREES, page.id, person.psid):
        raise errors.outside_window()


def _check_attachment(world: World, page: Page, message: Json) -> None:
    """An uploaded attachment must be this page's own."""
    payload = (message.get("attachment") or {}).get("payload") or {}
    identity = payload.get("attachment_id")
    if identity and not world.state.one(
        "SELECT 1 FROM attachment WHERE id=? AND page=?", str(identity), page.id
    ):
        raise errors.bad_parameter("Invalid attachment id", 2018074)


def _send_by_token(world: World, page: Page, text: str, message: Json) -> Answer:
    """A recurring notification: the token, not the window, allows it."""
    now = world.clock.now()
    token = tokens.find(world.state, page.id, text, now)
    if token is None:
        raise errors.subscription_token_invalid()
    person = holder(world, page, token)
    everywhere = page.option("legacy_tokens_everywhere")
    tokens.check_free(token, person.region, now, everywhere=everywhere)
    tokens.spend(world.state, token, now)
    return accept(world, page, person, message, {"token": token.token}, None)


def holder(world: World, page: Page, token: tokens.Token) -> Person:
    """Who gave the token; somebody never met gets no window from it."""
    person = people.find(world.state, page.id, token.psid)
    if person is None:
        if page.option("strict_people"):
            raise errors.no_person()
        world.met(page, 1)
        person = people.meet(world.state, world.settings.seed, page, token.psid, 0)
    check_available(person)
    return person


def accept(
    world: World, page: Page, person: Person, message: Json, about: Json, note: str | None
) -> Answer:
    now, mid = world.clock.now(), life.new_mid()
    people.has_heard(world.state, person)
    world.limits.accepted(page, now)
    outbox.put(world, page, voices.of(page).echo(page, person.psid, now, mid, message))
    life.expect(world, page, person, message, {"mid": mid, **about})
    key = message.get("metadata")
    body = {"recipient_id": person.psid, "message_id": mid}
    return Answer(body, psid=person.psid, mid=mid, key=str(key) if key else None, note=note)
