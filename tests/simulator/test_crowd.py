"""The crowd: the same seed makes the same people, who react the same way, in plausible numbers."""

from __future__ import annotations

import collections
from typing import Any

from tests.simulator.conftest import ANA, NOON, Platform
from webapp.simulator import crowd, reactions
from webapp.simulator.clock import DAY, HOUR

SAID = {"text": "Hi", "quick_replies": [{"content_type": "text", "title": "Yes", "payload": "Y"}]}


def planned(seed: int, message: int = 0, **shares: float) -> list[reactions.Reaction]:
    dice = crowd.chance(seed, "500", ANA, message)
    return list(reactions.plan(dice, SAID, {"mid": "m_1"}, "fr_FR", shares, 1.0))


def test_the_same_seed_makes_the_same_person() -> None:
    assert crowd.someone(7, "FR", ANA) == crowd.someone(7, "FR", ANA)
    people = {crowd.someone(seed, "FR", ANA) for seed in range(50)}
    assert len(people) > 5


def test_most_people_live_where_their_page_is() -> None:
    homes = collections.Counter(crowd.someone(7, "BR", str(n)).country for n in range(1000))
    assert 650 < homes["BR"] < 850
    assert len(homes) > 5


def test_the_same_seed_makes_the_same_crowd() -> None:
    first, again = (list(crowd.members(7, "500", 100, NOON)) for _ in range(2))
    assert first == again
    assert len({psid for psid, _ in first}) == 100
    assert list(crowd.members(8, "500", 100, NOON)) != first


def test_a_made_crowd_can_be_written_to_as_its_windows_allow(platform: Platform) -> None:
    made = platform.practice("POST", "crowd", {"page": "500", "size": 300})
    assert made["people"] == 300
    accepted = sum(platform.send(psid).status == 200 for psid in made["psids"])
    assert 75 < accepted < 150  # about 35 % wrote in the last day
    assert accepted == sum(NOON - at < DAY for _, at in crowd.members(7, "500", 300, NOON))


def test_reactions_are_seeded_by_person_and_message() -> None:
    assert planned(7, 3) == planned(7, 3)
    assert len({tuple(r.delay for r in planned(7, n)) for n in range(20)}) > 10


def test_about_as_many_react_as_was_said() -> None:
    plans = [planned(7, number) for number in range(5000)]
    seen = collections.Counter(reaction.kind for plan in plans for reaction in plan)
    shares = {kind: count / len(plans) for kind, count in seen.items()}
    assert abs(shares["deliver"] - 0.92) < 0.02
    assert abs(shares["read"] - 0.60) < 0.02
    assert abs(shares["tap"] - 0.08) < 0.015
    assert abs(shares["reply"] - 0.05) < 0.015
    assert 0 < shares["stop"] < 0.012


def test_nobody_answers_what_they_have_not_read() -> None:
    for number in range(500):
        at = {reaction.kind: reaction.delay for reaction in planned(7, number)}
        answers = set(at) - {"deliver", "read"}
        assert not answers or at["deliver"] < at["read"] < min(at[kind] for kind in answers)


def test_deliveries_take_seconds_and_reads_take_minutes() -> None:
    delays: dict[str, list[int]] = collections.defaultdict(list)
    for number in range(2000):
        for reaction in planned(7, number):
            delays[reaction.kind].append(reaction.delay)
    assert max(delays["deliver"]) <= 6000
    assert 60_000 < sorted(delays["read"])[len(delays["read"]) // 2] < 240_000


def test_speed_divides_every_delay() -> None:
    dice = crowd.chance(7, "500", ANA, 0)
    fast = list(reactions.plan(dice, SAID, {"mid": "m_1"}, "fr_FR", {"delivered": 1}, 100.0))
    slow = planned(7, delivered=1)
    assert all(abs(f.delay - s.delay / 100) <= 1 for f, s in zip(fast, slow, strict=True))


def lived(platform: Platform, message: dict[str, Any], **shares: float) -> list[dict[str, Any]]:
    everything = {"delivered": 1, "read": 1, "tapped": 0, "clicked": 0, "replied": 0}
    quiet = {"reacted": 0, "stopped": 0, "blocked": 0}
    platform.option(behaviour=everything | quiet | shares)
    assert platform.send(ANA, message).status == 200
    platform.time.advance(3 * HOUR)
    return platform.events()


def test_a_message_comes_back_as_echo_delivery_and_read(platform: Platform) -> None:
    echo, delivery, read = lived(platform, {"text": "Hi", "metadata": "row-1"})
    mid = echo["message"]["mid"]
    assert echo["sender"] == {"id": "500"}
    assert echo["recipient"] == {"id": ANA}
    assert echo["message"]["is_echo"] is True
    assert echo["message"]["metadata"] == "row-1"
    assert isinstance(echo["message"]["app_id"], int)
    assert delivery["delivery"]["mids"] == [mid]
    assert delivery["timestamp"] < read["timestamp"]
    assert read["read"] == {"watermark": read["timestamp"]}


def test_a_tapped_quick_reply_comes_with_its_payload_and_opens_the_window(
    platform: Platform,
) -> None:
    tap = lived(platform, SAID, tapped=1)[-1]
    assert tap["message"]["text"] == "Yes"
    assert tap["message"]["quick_reply"] == {"payload": "Y"}
    platform.time.moment = tap["timestamp"] + DAY - 1
    assert platform.send(ANA).status == 200


def test_a_pressed_button_is_a_postback(platform: Platform) -> None:
    button = {"type": "postback", "title": "Go", "payload": "GO"}
    payload = {"template_type": "button", "text": "?", "buttons": [button]}
    message = {"attachment": {"type": "template", "payload": payload}}
    pressed = lived(platform, message, tapped=1)[-1]
    assert pressed["postback"]["title"] == "Go"
    assert pressed["postback"]["payload"] == "GO"


def test_people_reply_in_their_own_language(platform: Platform) -> None:
    platform.people({"psid": ANA, "page": "500", "locale": "vi_VN", "last_inbound_at": NOON})
    said = lived(platform, {"text": "Hi"}, replied=1)[-1]["message"]["text"]
    assert said in ("Còn hàng không ạ?", "Cảm ơn shop!", "Phí ship bao nhiêu?")


def test_some_write_stop(platform: Platform) -> None:
    assert (
        lived(platform, {"text": "Hi"}, stopped=1)[-1]["message"]["text"].strip().lower() == "stop"
    )


def test_some_react_with_an_emoji(platform: Platform) -> None:
    reaction = lived(platform, {"text": "Hi"}, reacted=1)[-1]["reaction"]
    assert reaction["action"] == "react"
    assert reaction["mid"].startswith("m_")


def test_whoever_blocks_the_page_is_gone_without_a_word(platform: Platform) -> None:
    events = lived(platform, {"text": "Hi"}, blocked=1)
    assert len(events) == 3
    assert platform.send(ANA).body["error"]["code"] == 551


def test_an_accepted_request_to_opt_in_brings_a_token(platform: Platform) -> None:
    payload = {"template_type": "notification_messages", "title": "Drops", "payload": "price-drops"}
    message = {"attachment": {"type": "template", "payload": payload}}
    optin = lived(platform, message, opted_in=1)[-1]["optin"]
    assert optin["notification_messages_token"] == f"sim-{ANA}-price-drops"
    assert optin["title"] == "Drops"


def test_a_paused_crowd_holds_still_and_goes_on_later(platform: Platform) -> None:
    platform.practice("POST", "pause_reactions", {})
    assert len(lived(platform, {"text": "Hi"})) == 1  # the echo
    platform.practice("POST", "pause_reactions", {"paused": False})
    assert len(platform.events()) == 3


def test_only_subscribed_fields_are_told(platform: Platform) -> None:
    platform.ask("POST", "/me/subscribed_apps", {"subscribed_fields": "messages,message_reads"})
    assert [list(event)[-1] for event in lived(platform, {"text": "Hi"})] == ["read"]
    platform.ask("DELETE", "/me/subscribed_apps")
    assert platform.ask("GET", "/me/subscribed_apps").body == {"data": []}
