"""The Send API for Instagram: POST /{ig-id}/messages. One way to write: the person's own window."""

from __future__ import annotations

from typing import Any

from webapp.simulator import content, errors, grounds, sending, windows
from webapp.simulator.answers import Answer, Json
from webapp.simulator.calls import Call
from webapp.simulator.pages import Page
from webapp.simulator.people import Person
from webapp.simulator.world import World

TEXT_BYTES = 1000


def send(world: World, page: Page, call: Call) -> Answer:
    sending.check_page(page)
    given = call.params.get("recipient")
    if not isinstance(given, dict) or list(given) != ["id"]:
        raise errors.bad_parameter("Param recipient must hold exactly one id")
    message = content.check(call.params.get("message"))
    _check_text(message.get("text"))
    now = world.clock.now()
    sending.check_limits(world, page, message, now)
    person, note = sending.person_meant(world, page, str(given["id"]), now)
    check(person, call.params, now)
    return sending.accept(world, page, person, message, {}, note)


def check(person: Person, params: Json, now: int) -> None:
    """Raises the refusal when nothing allows this send to this person now."""
    tag = params.get("tag")
    if tag not in (None, "HUMAN_AGENT") or grounds.messaging_type(params) == "UTILITY":
        raise errors.bad_parameter("Instagram has no such message tag or type")
    if tag is None and not windows.is_open(person.window_ends, now):
        raise errors.outside_instagram_window()
    if tag is not None and not windows.human_may_answer(person.last_inbound, now):
        raise errors.outside_instagram_window()


def _check_text(text: Any) -> None:
    if isinstance(text, str) and len(text.encode()) > TEXT_BYTES:
        raise errors.too_long("message[text] in bytes", TEXT_BYTES)
