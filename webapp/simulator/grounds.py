"""On what ground a message may go to a person: their window, a tag, an approved template.

Written from the policy and error pages, apart from the product's rulebook.
"""

from __future__ import annotations

from typing import Any

from webapp.simulator import clock, errors, templates, windows
from webapp.simulator.answers import Json
from webapp.simulator.pages import Page
from webapp.simulator.people import Person
from webapp.simulator.state import State

TYPES = frozenset({"RESPONSE", "UPDATE", "MESSAGE_TAG", "UTILITY"})
RETIRED_TAGS = frozenset({"CONFIRMED_EVENT_UPDATE", "ACCOUNT_UPDATE", "POST_PURCHASE_UPDATE"})
TAGS_RETIRED = clock.day("2026-04-27")
NEWS = "NON_PROMOTIONAL_SUBSCRIPTION"
SEVEN_DAY_TAGS = frozenset({"HUMAN_AGENT", "CUSTOMER_FEEDBACK"})


def messaging_type(params: Json) -> str:
    """RESPONSE when none is named, as the platform still does; refuses names it does not know."""
    given = str(params.get("messaging_type") or "RESPONSE")
    if given not in TYPES:
        raise errors.bad_parameter(
            f"Param messaging_type must be one of {', '.join(sorted(TYPES))}"
        )
    if params.get("tag") and given != "MESSAGE_TAG":
        raise errors.bad_parameter("Param tag needs messaging_type MESSAGE_TAG")
    return given


def check(state: State, page: Page, person: Person, params: Json, now: int) -> None:
    """Raises the refusal when nothing allows this send to this person now."""
    match messaging_type(params):
        case "MESSAGE_TAG":
            _check_tag(page, person, params.get("tag"), now)
        case "UTILITY":
            templates.check(state, page, params["message"].get("template"), now)
        case _:
            if not windows.is_open(person.window_ends, now):
                raise errors.outside_window()


def check_tag_alive(params: Json, now: int) -> None:
    """A tag that is gone fails whoever it is sent to."""
    tag = params.get("tag")
    if messaging_type(params) == "MESSAGE_TAG" and tag in RETIRED_TAGS and now >= TAGS_RETIRED:
        raise errors.tag_gone(str(tag))


def _check_tag(page: Page, person: Person, tag: Any, now: int) -> None:
    if not tag:
        raise errors.required("tag")
    if tag == NEWS:
        if not page.option("news_page"):
            raise errors.needs_news()
    elif tag in SEVEN_DAY_TAGS:
        if not windows.human_may_answer(person.last_inbound, now):
            raise errors.outside_window()
    elif tag not in RETIRED_TAGS:
        raise errors.tag_unknown(str(tag))
