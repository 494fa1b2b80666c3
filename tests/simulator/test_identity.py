"""Profiles, pages, tokens' health, conversations, batches, and what there is not."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from tests.simulator.conftest import ANA, BEN, CARA, Platform, refusal
from webapp.simulator import signature
from webapp.simulator.clock import HOUR


@pytest.mark.parametrize("path", ["/me", "/500", "/v26.0/500?fields=id,name"])
def test_a_token_tells_which_page_it_speaks_for(platform: Platform, path: str) -> None:
    assert platform.ask("GET", path).body == {"id": "500", "name": "Practice Page"}


def test_a_profile_holds_the_fields_asked_for(platform: Platform) -> None:
    platform.people(
        {"psid": ANA, "page": "500", "first_name": "Ana", "last_name": "Lima",
         "locale": "pt_BR", "timezone": "America/Sao_Paulo", "country": "BR"}
    )  # fmt: skip
    body = platform.ask("GET", f"/{ANA}?fields=first_name,last_name,locale,timezone").body
    assert body == {
        "id": ANA,
        "first_name": "Ana",
        "last_name": "Lima",
        "locale": "pt_BR",
        "timezone": -3,
    }
    assert platform.ask("GET", f"/{ANA}").body["name"] == "Ana Lima"


def test_one_field_not_granted_fails_the_whole_profile(platform: Platform) -> None:
    platform.option(profile_fields=["first_name"])
    assert platform.ask("GET", f"/{ANA}?fields=first_name").status == 200
    assert refusal(platform.ask("GET", f"/{ANA}?fields=first_name,locale")) == (100, 2018247)


def test_nobody_has_a_profile_on_a_strict_page_before_they_are_known(platform: Platform) -> None:
    assert platform.ask("GET", "/9999").status == 200
    platform.option(strict_people=True)
    assert refusal(platform.ask("GET", "/9999")) == (100, 33)


def test_debug_token_tells_the_living_from_the_dead(platform: Platform) -> None:
    alive = platform.ask("GET", "/debug_token?input_token=T").body["data"]
    assert (alive["is_valid"], alive["profile_id"]) == (True, "500")
    assert platform.ask("GET", "/debug_token?input_token=X").body["data"]["is_valid"] is False


def test_a_wrong_appsecret_proof_is_refused(platform: Platform) -> None:
    proof = signature.proof("sesame", "T")
    assert platform.ask("GET", f"/me?appsecret_proof={proof}").status == 200
    assert refusal(platform.ask("GET", "/me?appsecret_proof=0")) == (100, None)
    platform.option(require_proof=True)
    assert refusal(platform.ask("GET", "/me")) == (100, None)


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/me/ponies", (2500, None)),
        ("POST", "/me", (100, 33)),
        ("GET", "/act_9/ponies", (100, 33)),
        ("GET", "/", (100, 33)),
        ("DELETE", f"/{ANA}", (100, 33)),
    ],
)
def test_what_does_not_exist(
    platform: Platform, method: str, path: str, expected: tuple[int, int | None]
) -> None:
    assert refusal(platform.ask(method, path)) == expected


def test_conversations_show_both_sides(platform: Platform) -> None:
    platform.practice("POST", f"people/{BEN}/say", {"text": "Is it open?"})
    platform.time.advance(1000)
    platform.send(ANA, "Hello Ana")
    platform.time.advance(1000)
    platform.send(BEN, "Until nine")
    fields = "fields=id,updated_time,participants,messages{id,message,from}"
    threads = platform.ask("GET", f"/me/conversations?{fields}").body["data"]
    assert [thread["participants"]["data"][0]["id"] for thread in threads] == [BEN, ANA]
    said = [message["message"] for message in threads[0]["messages"]["data"]]
    assert said == ["Until nine", "Is it open?"]
    assert threads[0]["messages"]["data"][1]["from"]["id"] == BEN
    one = platform.ask("GET", f"/me/conversations?user_id={ANA}").body
    assert len(one["data"]) == 1
    assert "messages" not in one["data"][0]


def test_conversations_go_on_behind_a_cursor(platform: Platform) -> None:
    platform.send(ANA)
    platform.time.advance(HOUR)
    platform.send("9999")
    first = platform.ask("GET", "/me/conversations?limit=1").body
    second = platform.ask(
        "GET", f"/me/conversations?after={first['paging']['cursors']['after']}"
    ).body
    assert second["data"][0]["id"] == f"t_{ANA}"


def item(psid: str, text: str = "Hi") -> dict[str, str]:
    recipient, message = json.dumps({"id": psid}), json.dumps({"text": text})
    body = f"recipient={quote(recipient)}&message={quote(message)}&messaging_type=UPDATE"
    return {"method": "POST", "relative_url": "me/messages", "body": body}


def test_each_item_of_a_batch_has_its_own_answer_in_order(platform: Platform) -> None:
    answers = platform.batch([item(ANA), item(BEN), {"method": "GET", "relative_url": "me"}]).body
    assert [answer["code"] for answer in answers] == [200, 403, 200]
    assert json.loads(answers[1]["body"])["error"]["error_subcode"] == 2018278
    assert json.loads(answers[2]["body"])["id"] == "500"
    assert {"name", "value"} == set(answers[0]["headers"][0])
    assert platform.practice("GET", "journal/count")["requests"] == 3


def test_a_batch_may_do_without_headers_and_successes(platform: Platform) -> None:
    quiet = {**item(ANA), "omit_response_on_success": True}
    answers = platform.batch([quiet, item(ANA)], include_headers=False).body
    assert answers[0] is None
    assert "headers" not in answers[1]


def test_fifty_items_are_taken_and_fifty_one_are_not(platform: Platform) -> None:
    assert len(platform.batch([item(ANA)] * 50).body) == 50
    answer = platform.batch([item(ANA)] * 51)
    assert answer.status == 400
    assert answer.body["error"]["type"] == "GraphBatchException"


def test_an_item_that_cannot_be_read_leaves_its_neighbours_alone(platform: Platform) -> None:
    answers = platform.batch([{"method": "GET"}, item(ANA)]).body
    assert [answer["code"] for answer in answers] == [400, 200]


def test_conversations_of_one_moment_are_all_told(platform: Platform) -> None:
    for psid in (ANA, BEN, CARA):
        platform.practice("POST", f"people/{psid}/say", {"text": "Hello"})
    first = platform.ask("GET", "/me/conversations?limit=2").body
    after = first["paging"]["cursors"]["after"]
    second = platform.ask("GET", f"/me/conversations?limit=2&after={after}").body
    found = [thread["id"] for page in (first, second) for thread in page["data"]]
    assert sorted(found) == [f"t_{psid}" for psid in (ANA, BEN, CARA)]
