from __future__ import annotations

import json

import pytest

from webapp.domain.rate import Usage
from webapp.platforms import registry
from webapp.platforms.protocol import Profile
from webapp.platforms.wire import Reply, TransportError

MESSENGER = registry.default().get("messenger")


def reply(body: object, status: int = 200, **headers: object) -> Reply:
    named = {name.replace("_", "-"): json.dumps(value) for name, value in headers.items()}
    return Reply(status, named, json.dumps(body).encode())


def test_a_living_token_names_its_page() -> None:
    check = MESSENGER.check_of(reply({"id": "123", "name": "Rosewood"}))
    assert (check.alive, check.key, check.name) == (True, "123", "Rosewood")


def test_a_dead_token_says_what_to_do() -> None:
    check = MESSENGER.check_of(reply({"error": {"code": 190, "error_subcode": 463}}, 400))
    assert (check.alive, check.certain) == (False, True)
    assert "Reconnect" in str(check.sentence)


@pytest.mark.parametrize(
    "answer",
    [
        Reply(0, error=TransportError.REFUSED, sent_first_byte=False),
        Reply(0, error=TransportError.TIMEOUT),
        Reply(502),
        Reply(200, {}, b"<html>"),
        reply({"error": {"code": 4}}, 400),
        reply({"error": {"code": 2}}, 500),
    ],
)
def test_trouble_on_the_way_proves_nothing_about_a_token(answer: Reply) -> None:
    check = MESSENGER.check_of(answer)
    assert (check.alive, check.certain) == (False, False)
    assert check.sentence is not None


@pytest.mark.parametrize(
    ("told", "people"),
    [
        ("TIER_250", 250), ("TIER_1K", 1_000), ("TIER_100K", 100_000), ("TIER_UNLIMITED", -1),
        (2000, 2_000), (-1, -1), (0, None), (True, None), ("TIER_", None), (None, None),
        ("TIER_9" + "9" * 40, None), ({}, None),
    ],
)  # fmt: skip
def test_a_whatsapp_number_tells_how_many_people_its_business_may_reach(
    told: object, people: int | None
) -> None:
    body = {"id": "1", "whatsapp_business_manager_messaging_limit": told}
    assert registry.default().get("whatsapp").check_of(reply(body)).people_a_day == people


def test_a_profile_holds_what_was_given() -> None:
    body = {"id": "ana", "first_name": "Ana", "locale": "pt_BR", "timezone": -3, "profile_pic": "u"}
    assert MESSENGER.profile_of(reply(body)) == Profile(
        first_name="Ana", locale="pt_BR", utc_offset_hours=-3.0, picture_url="u"
    )


def test_nobody_has_a_profile_in_a_refusal() -> None:
    assert MESSENGER.profile_of(reply({"error": {"code": 100}}, 400)) is None
    assert MESSENGER.profile_of(reply({"error": {"code": 100}})) is None
    assert MESSENGER.profile_of(Reply(0, error=TransportError.TIMEOUT)) is None


@pytest.mark.parametrize("value", [True, "3", 99, None, [1]])
def test_an_impossible_offset_is_none(value: object) -> None:
    profile = MESSENGER.profile_of(reply({"first_name": "Ana", "timezone": value}))
    assert profile is not None
    assert profile.utc_offset_hours is None


def test_usage_is_the_highest_share_and_the_longest_wait() -> None:
    business = {
        "123": [
            {"type": "messenger", "call_count": 12, "estimated_time_to_regain_access": 3},
            {"type": "pages", "total_time": 81.5, "estimated_time_to_regain_access": 0},
            "noise",
        ],
        "456": "noise",
    }
    answer = reply({}, x_app_usage={"call_count": 40}, x_business_use_case_usage=business)
    assert MESSENGER.usage(answer) == Usage(81.5, 3)


def test_usage_under_either_documented_name() -> None:
    assert MESSENGER.usage(reply({}, x_business_use_case={"1": [{"call_count": 5}]})) == Usage(5)


@pytest.mark.parametrize("header", ["", "{", "[]", "null", '{"call_count": "NaN"}', '"x"'])
def test_unreadable_usage_is_none(header: str) -> None:
    assert MESSENGER.usage(Reply(200, {"x-app-usage": header})) is None
