"""POST /{page}/messages: who may be written to, when, and with which words a no is said."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.simulator.conftest import ANA, BEN, CARA, NOON, Platform, refusal
from webapp.simulator import calls, graph
from webapp.simulator.calls import Request
from webapp.simulator.clock import DAY, HOUR, MINUTE


def test_a_person_whose_window_is_open_is_sent_the_message(platform: Platform) -> None:
    answer = platform.send(ANA, {"text": "Hello", "metadata": "row-1"})
    assert answer.status == 200
    assert answer.body["recipient_id"] == ANA
    assert answer.body["message_id"].startswith("m_")


def test_a_person_silent_for_more_than_a_day_is_outside_the_window(platform: Platform) -> None:
    assert refusal(platform.send(BEN)) == (10, 2018278)


def test_the_window_ends_exactly_a_day_after_the_last_message(platform: Platform) -> None:
    platform.time.advance(23 * HOUR - 1)
    assert platform.send(ANA).status == 200
    platform.time.advance(1)
    assert refusal(platform.send(ANA)) == (10, 2018278)


@pytest.mark.parametrize(
    "act",
    [
        {"text": "hi"},
        {"payload": "GET_STARTED"},
        {"text": "Yes", "quick_reply": "YES"},
        {"reaction": "❤", "mid": "m_1"},
        {"ref": "summer"},
        {"plugin": "newsletter"},
    ],
)
def test_what_a_person_does_opens_the_window(platform: Platform, act: dict[str, Any]) -> None:
    platform.practice("POST", f"people/{BEN}/say", act)
    assert platform.send(BEN).status == 200


@pytest.mark.parametrize(
    "act", [{"reaction": "❤", "mid": "m_1", "action": "unreact"}, {"unblock": 1}]
)
def test_what_opens_nothing(platform: Platform, act: dict[str, Any]) -> None:
    platform.practice("POST", f"people/{BEN}/say", act)
    assert refusal(platform.send(BEN)) == (10, 2018278)


def test_an_opt_in_opens_no_window(platform: Platform) -> None:
    platform.practice("POST", "optin", {"psid": BEN, "topic": "price-drops"})
    assert refusal(platform.send(BEN)) == (10, 2018278)


def test_a_message_after_an_ad_opens_seven_days(platform: Platform) -> None:
    platform.practice("POST", f"people/{BEN}/say", {"text": "hi", "ad": "23850"})
    platform.time.advance(7 * DAY - 1)
    assert platform.send(BEN).status == 200
    platform.time.advance(1)
    assert refusal(platform.send(BEN)) == (10, 2018278)


def test_somebody_who_blocked_the_page_is_unavailable_until_they_write(platform: Platform) -> None:
    assert refusal(platform.send(CARA)) == (551, 1545041)
    platform.practice("POST", f"people/{CARA}/say", {"text": "hello again"})
    assert platform.send(CARA).status == 200


def test_somebody_never_met_is_trusted_once_for_a_day(platform: Platform) -> None:
    assert platform.send("9999").status == 200
    platform.time.advance(23 * HOUR)
    assert platform.send("9999").status == 200
    platform.time.advance(HOUR)
    assert refusal(platform.send("9999")) == (10, 2018278)
    notes = [entry["note"] for entry in platform.practice("GET", "journal?psid=9999")["entries"]]
    assert notes == ["unknown past: window trusted", None, None]


def test_a_strict_page_knows_only_whom_it_was_told_of(platform: Platform) -> None:
    platform.option(strict_people=True)
    assert refusal(platform.send("9999")) == (100, 2018001)
    assert platform.send(ANA).status == 200


def test_an_id_that_cannot_be_a_person_matches_nobody(platform: Platform) -> None:
    assert refusal(platform.send("not a person")) == (100, 2018001)


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("HUMAN_AGENT", None),
        ("CUSTOMER_FEEDBACK", None),
        ("ACCOUNT_UPDATE", (100, None)),
        ("POST_PURCHASE_UPDATE", (100, None)),
        ("CONFIRMED_EVENT_UPDATE", (100, None)),
        ("NON_PROMOTIONAL_SUBSCRIPTION", (10, 2018065)),
        ("SOMETHING", (100, None)),
        ("", (100, None)),
    ],
)
def test_what_each_tag_allows_two_days_after_the_last_message(
    platform: Platform, tag: str, expected: tuple[int, int | None] | None
) -> None:
    answer = platform.send(BEN, messaging_type="MESSAGE_TAG", tag=tag)
    assert (None if answer.status == 200 else refusal(answer)) == expected


def test_a_human_may_answer_for_seven_days(platform: Platform) -> None:
    platform.time.advance(5 * DAY)
    answer = platform.send(BEN, messaging_type="MESSAGE_TAG", tag="HUMAN_AGENT")
    assert refusal(answer) == (10, 2018278)


def test_the_three_tags_still_worked_the_day_before_they_ended(platform: Platform) -> None:
    platform.time.moment = NOON - 210 * DAY  # 2026-04-26
    answer = platform.send(BEN, messaging_type="MESSAGE_TAG", tag="ACCOUNT_UPDATE")
    assert answer.status == 200


def test_a_news_page_may_use_its_tag(platform: Platform) -> None:
    platform.option(news_page=True)
    tag = "NON_PROMOTIONAL_SUBSCRIPTION"
    assert platform.send(BEN, messaging_type="MESSAGE_TAG", tag=tag).status == 200


def test_a_utility_template_goes_outside_the_window_once_it_is_approved(platform: Platform) -> None:
    components = [{"type": "BODY", "text": "Order {{1}} has left"}]
    made = {"name": "order_left", "language": "en", "category": "UTILITY", "components": components}
    assert platform.ask("POST", "/500/message_templates", made).body["status"] == "PENDING"
    filled = [{"type": "body", "parameters": [{"type": "text", "text": "A-7"}]}]
    used = {"name": "order_left", "language": {"code": "en"}, "components": filled}
    message = {"template": used}
    assert refusal(platform.send(BEN, message, messaging_type="UTILITY")) == (100, None)
    platform.time.advance(MINUTE)
    assert platform.send(BEN, message, messaging_type="UTILITY").status == 200
    message = {"template": {**used, "components": []}}
    assert refusal(platform.send(BEN, message, messaging_type="UTILITY")) == (100, None)


def test_a_template_is_reviewed_within_a_second_and_the_page_is_told(platform: Platform) -> None:
    for name in ("order_left", "please_reject_me"):
        made = {"name": name, "language": "en", "category": "UTILITY", "components": []}
        platform.ask("POST", "/500/message_templates", made)
    platform.time.advance(1000)
    data = platform.ask("GET", "/500/message_templates").body["data"]
    assert [template["status"] for template in data] == ["APPROVED", "REJECTED"]
    assert [event["event"] for event in platform.events()] == ["APPROVED", "REJECTED"]


@pytest.mark.parametrize(
    ("option", "expected"), [("restricted", (10, 1893063)), ("policy_block", (368, None))]
)
def test_a_page_in_trouble_sends_nothing(
    platform: Platform, option: str, expected: tuple[int, int | None]
) -> None:
    platform.option(**{option: True})
    assert refusal(platform.send(ANA)) == expected


@pytest.mark.parametrize(
    "recipient",
    [None, {}, {"id": ""}, {"user_ref": "x"}, {"id": ANA, "notification_messages_token": "t"}, "1"],
)
def test_a_recipient_is_named_in_exactly_one_way(platform: Platform, recipient: Any) -> None:
    assert refusal(platform.send(ANA, recipient=recipient)) == (100, None)


def test_a_messaging_type_nobody_knows_is_a_bad_parameter(platform: Platform) -> None:
    assert refusal(platform.send(ANA, messaging_type="PROMO")) == (100, None)


def test_typing_bubbles_reach_the_person_and_count_as_no_message(platform: Platform) -> None:
    params = {"recipient": {"id": ANA}, "sender_action": "typing_on"}
    answer = platform.ask("POST", "/me/messages", params)
    assert answer.body == {"recipient_id": ANA}
    assert platform.practice("GET", "journal/count")["accepted"] == 0


def test_a_form_with_json_in_its_fields_is_read_like_json(platform: Platform) -> None:
    fields = {
        "recipient": json.dumps({"id": ANA}),
        "message": json.dumps({"text": "é 😊"}),
        "messaging_type": "RESPONSE",
        "access_token": "T",
    }
    request = Request("POST", "/v25.0/500/messages", {}, urlencode(fields).encode())
    answer = graph.serve(platform.world, calls.read(request))
    assert answer.body["recipient_id"] == ANA
    entry = platform.practice("GET", "journal")["entries"][-1]
    assert entry["content"] == {"text": "é 😊"}


@pytest.mark.parametrize("target", ["/me/messages", "/v26.0/me/messages", "/v99.1/500/messages"])
def test_any_version_or_none_means_the_same(platform: Platform, target: str) -> None:
    params = {"recipient": {"id": ANA}, "message": {"text": "Hello"}}
    assert platform.ask("POST", target, params).status == 200


def test_a_token_nobody_gave_out_is_refused(platform: Platform) -> None:
    answer = platform.ask("POST", "/me/messages", {"recipient": {"id": ANA}}, token="wrong")
    assert refusal(answer) == (190, None)
    assert answer.status == 401


def test_another_page_cannot_be_spoken_for(platform: Platform) -> None:
    platform.practice("POST", "pages", {"id": "501", "token": "other"})
    answer = platform.ask("POST", "/501/messages", {"recipient": {"id": ANA}})
    assert refusal(answer) == (100, 33)


def test_every_answer_reports_usage(platform: Platform) -> None:
    headers = platform.send(ANA).headers
    usage = json.loads(headers["x-business-use-case-usage"])["500"][0]
    assert usage["type"] == "messenger"
    assert usage["estimated_time_to_regain_access"] == 0
    assert "call_count" in json.loads(headers["x-app-usage"])
