"""Subscription tokens: `sim-<psid>-<topic>`, their spacing, life, region and stop."""

from __future__ import annotations

import pytest

from tests.simulator.conftest import ANA, BEN, CARA, DAO, NOON, Platform, refusal
from webapp.simulator.clock import DAY, HOUR

DAOS = f"sim-{DAO}-price-drops"


def test_a_token_reaches_its_person_outside_the_window(platform: Platform) -> None:
    assert refusal(platform.send(DAO)) == (10, 2018278)
    assert platform.send_by_token(DAOS).body["recipient_id"] == DAO


def test_a_token_opens_no_window(platform: Platform) -> None:
    platform.send_by_token("sim-7777-price-drops")
    assert refusal(platform.send("7777")) == (10, 2018278)


def test_the_second_message_waits_48_hours(platform: Platform) -> None:
    platform.send_by_token(DAOS)
    platform.time.advance(48 * HOUR - 1)
    assert refusal(platform.send_by_token(DAOS)) == (4, 2018354)
    platform.time.advance(1)
    assert platform.send_by_token(DAOS).status == 200


def test_before_september_2025_it_waited_24_hours(platform: Platform) -> None:
    platform.time.moment = NOON - 500 * DAY
    assert platform.send_by_token(f"sim-{ANA}-news").status == 200
    platform.time.advance(24 * HOUR)
    assert platform.send_by_token(f"sim-{ANA}-news").status == 200


def test_topics_of_one_person_are_spaced_apart_from_each_other(platform: Platform) -> None:
    assert platform.send_by_token(DAOS).status == 200
    assert platform.send_by_token(f"sim-{DAO}-events").status == 200


def test_a_token_ends_after_six_months_and_lives_again_when_renewed(platform: Platform) -> None:
    platform.time.advance(183 * DAY)
    assert refusal(platform.send_by_token(DAOS)) == (100, None)
    platform.practice("POST", "optin", {"psid": DAO, "topic": "price-drops", "status": "REFRESHED"})
    assert platform.send_by_token(DAOS).status == 200


@pytest.mark.parametrize("text", ["", "abc", "sim-", "sim-1", "sim--topic", "SIM-1-topic"])
def test_any_other_string_is_no_token(platform: Platform, text: str) -> None:
    assert refusal(platform.send_by_token(text)) == (100, None)


def test_a_stopped_topic_is_refused_and_may_be_resumed(platform: Platform) -> None:
    platform.practice("POST", "optin", {"psid": DAO, "topic": "price-drops", "status": "STOP"})
    assert refusal(platform.send_by_token(DAOS)) == (10, 1893015)
    platform.practice("POST", "optin", {"psid": DAO, "topic": "price-drops", "status": "RESUME"})
    assert platform.send_by_token(DAOS).status == 200
    statuses = [e["optin"]["notification_messages_status"] for e in platform.events()[:2]]
    assert statuses == ["STOP_NOTIFICATIONS", "RESUME_NOTIFICATIONS"]


def test_outside_the_old_regions_recurring_notifications_ended(platform: Platform) -> None:
    token = f"sim-{BEN}-price-drops"
    assert refusal(platform.send_by_token(token)) == (100, None)
    platform.option(legacy_tokens_everywhere=True)
    assert platform.send_by_token(token).status == 200


def test_a_strangers_region_is_trusted(platform: Platform) -> None:
    statuses = [platform.send_by_token(f"sim-{psid}-x").status for psid in range(8000, 8030)]
    assert statuses == [200] * 30


def test_they_had_not_ended_yet_in_january(platform: Platform) -> None:
    platform.time.moment = NOON - 300 * DAY  # 2026-01-26
    assert platform.send_by_token(f"sim-{BEN}-price-drops").status == 200


def test_a_refused_send_does_not_spend_the_token(platform: Platform) -> None:
    assert refusal(platform.send_by_token(DAOS, {"text": "x" * 2001})) == (100, None)
    assert platform.send_by_token(DAOS).status == 200


def test_a_token_of_somebody_who_blocked_the_page(platform: Platform) -> None:
    assert refusal(platform.send_by_token(f"sim-{CARA}-x")) == (551, 1545041)


def test_the_list_of_tokens_tells_when_each_may_be_used_next(platform: Platform) -> None:
    platform.send_by_token(DAOS)
    body = platform.ask("GET", "/me/notification_message_tokens?limit=1").body
    token = body["data"][0]
    assert token["notification_messages_token"] == DAOS
    assert token["recipient_id"] == DAO
    assert token["next_eligible_time"] == (NOON + 48 * HOUR) // 1000
    assert token["next_eligible_time_for_paid_messaging"] <= NOON // 1000
    after = body["paging"]["cursors"]["after"]
    assert platform.ask("GET", f"/me/notification_message_tokens?after={after}").body["data"] == []


def test_an_opt_in_is_told_with_everything_about_the_token(platform: Platform) -> None:
    given = {"psid": ANA, "topic": "events", "title": "Events near you"}
    assert platform.practice("POST", "optin", given) == {"token": f"sim-{ANA}-events"}
    optin = platform.events()[0]["optin"]
    assert optin["type"] == "notification_messages"
    assert optin["notification_messages_token"] == f"sim-{ANA}-events"
    assert optin["token_expiry_timestamp"] == NOON + 183 * DAY
    assert optin["user_token_status"] == "NOT_REFRESHED"
    assert optin["title"] == "Events near you"
    assert "notification_messages_status" not in optin
