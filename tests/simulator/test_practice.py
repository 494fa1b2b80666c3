"""The control door: pages, people and what it says to nonsense."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.simulator.conftest import ANA, BEN, NOON, Platform
from webapp.simulator.clock import HOUR


def test_a_page_without_a_token_is_given_one(platform: Platform) -> None:
    page = platform.practice("POST", "pages", {"id": "501", "name": "Rosewood"})
    assert page["token"].startswith("SIM-")
    assert platform.ask("GET", "/me", token=page["token"]).body["name"] == "Rosewood"


def test_registering_again_changes_only_what_is_named(platform: Platform) -> None:
    before = platform.practice("GET", "pages")[0]
    platform.practice("POST", "pages", {"id": "500", "options": {"rate": 5}})
    after = platform.practice("POST", "pages", {"id": "500", "name": "Rosewood"})
    assert after["options"]["rate"] == 5
    assert after["name"] == "Rosewood"
    assert after["token"] == before["token"]
    assert "app_secret" not in after


@pytest.mark.parametrize(
    "given", [{}, {"id": "501", "colour": "red"}, {"id": "501", "options": {"speed": 1}}]
)
def test_a_page_that_makes_no_sense_is_refused_by_name(
    platform: Platform, given: dict[str, Any]
) -> None:
    assert "error" in platform.practice("POST", "pages", given)
    assert len(platform.practice("GET", "pages")) == 1


def test_people_are_told_as_ndjson_with_a_byte_order_mark_too(platform: Platform) -> None:
    told = [{"psid": "1", "page": "500"}, {"psid": "2", "page": "500", "topics": ["a", "b"]}]
    raw = "\ufeff" + "\n".join(map(json.dumps, told)) + "\n"
    assert platform.practice("POST", "people", raw.encode()) == {"people": 2}
    assert platform.practice("GET", "state")["tokens"] == 3


def test_a_person_keeps_what_was_said_of_them(platform: Platform) -> None:
    platform.people(
        {"psid": "1", "page": "500", "first_name": "Đức", "country": "VN",
         "last_inbound_at": "2026-11-22T10:00:00Z"}
    )  # fmt: skip
    person = platform.practice("GET", "people/500/1")
    assert (person["first_name"], person["country"]) == ("Đức", "VN")
    assert person["window_ends"] == NOON + 22 * HOUR
    assert person["window_open"] is True
    assert "error" in platform.practice("GET", "people/500/2")


def test_a_window_may_be_told_apart_from_the_last_message(platform: Platform) -> None:
    platform.people({"psid": "1", "page": "500", "window_ends_at": NOON + HOUR})
    assert platform.practice("GET", "people/500/1")["window_open"] is True


@pytest.mark.parametrize(
    "told",
    [
        b'{"psid": "1", "page": "500"}\nnonsense',
        b'[{"page": "500"}]',
        b'[{"psid": "1", "page": "999"}]',
        b'[{"psid": "1", "page": "500", "shoe_size": 7}]',
        b'[{"psid": "1", "page": "500", "last_inbound_at": "2026-11-22T10:00:00"}]',
        b"[1]",
    ],
)
def test_people_that_make_no_sense_are_refused_and_none_is_kept(
    platform: Platform, told: bytes
) -> None:
    before = platform.practice("GET", "state")["people"]
    assert "error" in platform.practice("POST", "people", told)
    assert platform.practice("GET", "state")["people"] == before


@pytest.mark.parametrize("act", [{}, {"page": "999", "text": "hi"}, {"reaction": "❤"}])
def test_a_person_cannot_do_nothing(platform: Platform, act: dict[str, Any]) -> None:
    assert "error" in platform.practice("POST", f"people/{BEN}/say", act)


def test_a_reaction_is_to_the_last_message_unless_it_names_one(platform: Platform) -> None:
    mid = platform.send(ANA).body["message_id"]
    assert platform.practice("POST", f"people/{ANA}/say", {"reaction": "❤"})["mid"] == mid


def test_an_opt_in_needs_a_topic(platform: Platform) -> None:
    assert "error" in platform.practice("POST", "optin", {"psid": ANA})


def test_what_is_not_there_says_so(platform: Platform) -> None:
    assert "README" in platform.practice("GET", "ponies")["error"]
    assert "error" in platform.practice("POST", "pages", b"[1]")
    assert "error" in platform.practice("POST", "pages", b"{")


def test_the_state_tells_everything_at_a_glance(platform: Platform) -> None:
    state = platform.practice("GET", "state")
    assert state["people"] == 4
    assert state["now"] == "2026-11-22T12:00:00.000+00:00"
    assert state["paused"] is False
    assert state["pages"][0]["id"] == "500"
