"""Paid messages: campaigns, tokens, regions, budgets, and the codes of each refusal."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.conftest import ANA, BEN, CARA, DAO, Platform, refusal
from webapp.simulator.answers import Answer
from webapp.simulator.clock import DAY, HOUR, MINUTE

SAID = {
    "attachment": {
        "type": "template",
        "payload": {
            "template_type": "generic",
            "elements": [
                {
                    "title": "Sale",
                    "subtitle": "Today",
                    "buttons": [{"type": "web_url", "url": "https://x.example", "title": "Shop"}],
                }
            ],
        },
    }
}
BENS = f"sim-{BEN}-price-drops"


def campaign(platform: Platform, **more: Any) -> str:
    params = {"name": "Sale", "page_id": "500", "lifetime_budget": 30000, **more}
    answer = platform.ask("POST", "/act_9/message_campaign", params)
    assert answer.status == 200, answer.body
    return str(answer.body["id"])


def warm(platform: Platform, **more: Any) -> str:
    made = campaign(platform, **more)
    platform.time.advance(HOUR)
    return made


def pay(platform: Platform, made: str, token: str = BENS, **more: Any) -> Answer:
    params = {"message_id": made, "messenger_delivery_data": {"subscription_token": token}}
    return platform.ask("POST", "/act_9/messages", {**params, "message": SAID, **more})


def test_a_paid_message_reaches_a_token_outside_the_window(platform: Platform) -> None:
    answer = pay(platform, warm(platform))
    assert answer.body["success"] is True
    assert len(answer.body["marketing_message_tracking_id"]) == 36
    assert platform.practice("GET", "journal/count")["accepted"] == 1


def test_a_new_campaign_warms_up_for_an_hour(platform: Platform) -> None:
    made = campaign(platform)
    platform.time.advance(59 * MINUTE)
    answer = pay(platform, made)
    assert refusal(answer) == (2300041, None)
    assert answer.body["error"]["error_data"]["remaining_seconds"] == 60
    platform.option(warm_up_minutes=0)
    assert pay(platform, made).status == 200


def test_a_campaign_sends_between_its_start_and_its_end(platform: Platform) -> None:
    begins = platform.time.now() + DAY
    made = campaign(platform, start_time=begins // 1000, end_time=(begins + DAY) // 1000)
    platform.time.advance(2 * HOUR)
    assert refusal(pay(platform, made)) == (2300003, None)
    platform.time.advance(DAY)
    assert pay(platform, made).status == 200
    platform.time.advance(DAY)
    assert refusal(pay(platform, made)) == (2300003, None)


def test_twelve_hours_lie_between_two_messages_to_one_token(platform: Platform) -> None:
    made = warm(platform)
    pay(platform, made)
    platform.time.advance(12 * HOUR - 1)
    assert refusal(pay(platform, made)) == (2300035, None)
    platform.time.advance(1)
    assert pay(platform, made).status == 200


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("nonsense", 2300004),
        (f"sim-{DAO}-price-drops", 2300032),
        (f"sim-{CARA}-price-drops", 2300052),
    ],
)
def test_people_who_cannot_be_reached_by_paying(platform: Platform, token: str, code: int) -> None:
    assert refusal(pay(platform, warm(platform), token)) == (code, None)


def test_a_stopped_or_expired_token_is_refused(platform: Platform) -> None:
    platform.practice("POST", "optin", {"psid": BEN, "topic": "price-drops"})
    platform.practice("POST", "optin", {"psid": BEN, "topic": "price-drops", "status": "STOP"})
    assert refusal(pay(platform, warm(platform))) == (2300034, None)
    platform.practice("POST", "optin", {"psid": BEN, "topic": "price-drops", "status": "RESUME"})
    platform.time.advance(183 * DAY)
    assert refusal(pay(platform, warm(platform))) == (2300037, None)


def test_a_business_in_europe_cannot_pay_for_messages(platform: Platform) -> None:
    platform.practice("POST", "pages", {"id": "500", "country": "FR"})
    answer = platform.ask("POST", "/act_9/message_campaign", {"name": "Sale", "page_id": "500"})
    assert refusal(answer) == (2300030, None)


def test_an_app_without_review_cannot_either(platform: Platform) -> None:
    platform.option(business_reviewed=False)
    answer = platform.ask("POST", "/act_9/message_campaign", {"name": "Sale", "page_id": "500"})
    assert refusal(answer) == (2300039, None)


def test_a_lifetime_budget_is_never_overdrawn(platform: Platform) -> None:
    made = warm(platform, lifetime_budget=4)  # two messages to Brazil at 1.9
    sent = [pay(platform, made, f"{BENS}{n}").status for n in range(3)]
    assert sent == [200, 200, 400]
    assert refusal(pay(platform, made, f"{BENS}9")) == (2300053, None)


def test_a_daily_budget_comes_back_the_next_day(platform: Platform) -> None:
    made = warm(platform, lifetime_budget=None, daily_budget=2)
    assert pay(platform, made, BENS).status == 200
    assert refusal(pay(platform, made, f"{BENS}2")) == (2300054, None)
    platform.time.advance(DAY)
    assert pay(platform, made, f"{BENS}2").status == 200


def test_a_gap_to_the_last_conversation_can_be_asked_for(platform: Platform) -> None:
    made = warm(platform)
    answer = pay(platform, made, f"sim-{ANA}-x", min_conversation_gap_seconds=86400)
    assert refusal(answer) == (2300052, None)


def test_bad_content_and_unknown_campaigns_have_codes_of_their_own(platform: Platform) -> None:
    made = warm(platform)
    assert refusal(pay(platform, made, message={"text": "x" * 2001})) == (2300021, None)
    assert refusal(pay(platform, "1")) == (2300001, None)
    assert platform.ask("DELETE", f"/{made}").body == {"success": True}
    assert refusal(pay(platform, made)) == (2300001, None)


def test_what_came_of_a_campaign_is_counted_and_told(platform: Platform) -> None:
    platform.option(behaviour={"delivered": 1, "read": 1, "clicked": 1, "stopped": 1})
    made = warm(platform)
    pay(platform, made)
    platform.time.advance(2 * HOUR)
    events = platform.events()
    assert all(
        event["messenger_subscription_token"] == BENS for event in events if "page_id" in event
    )
    tracked = [event for event in events if "marketing_message_tracking_id" in event]
    assert len(tracked) == 3  # echo, delivery, read; a click carries none
    stops = [event for event in events if "optin" in event]
    assert [e["optin"]["notification_messages_status"] for e in stops] == ["STOP_NOTIFICATIONS"]
    data = platform.ask("GET", f"/{made}/insights?fields=marketing_messages_delivered").body[
        "data"
    ][0]
    assert data["marketing_messages_delivered"] == 1
    assert data["marketing_messages_link_btn_click"] == 1
    assert data["marketing_messages_spend"] == "0.02"


def test_an_estimate_says_how_many_a_budget_reaches(platform: Platform) -> None:
    data = platform.ask("GET", "/act_9/message_delivery_estimate?daily_budget=1000").body["data"][0]
    assert data["estimate_delivery_upper_bound"] == 1
    assert data["estimate_cost_upper_bound"] > 0
