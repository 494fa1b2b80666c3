"""Faults on request, as a caller lives through them, and what was accepted all the same."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.simulator.conftest import ANA, BEN, Platform, refusal
from tests.simulator_process import PAGE, PATIENCE, Simulator, running, until
from webapp.simulator.answers import Ending

IMPATIENT = 0.8  # seconds


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with running(tmp_path_factory.mktemp("instance")) as simulator:
        simulator.register_page()
        yield simulator


@pytest.fixture
def simulator(server: Simulator) -> Iterator[Simulator]:
    server.practice("DELETE", "journal")
    yield server
    server.no_faults()


def send(simulator: Simulator, patience: float = PATIENCE) -> Any:
    """A send by a caller who waits so long: its answer, or what went wrong."""
    line = http.client.HTTPConnection(simulator.url.removeprefix("http://"), timeout=patience)
    body = {"recipient": {"id": ANA}, "message": {"text": "Hi", "metadata": "row-1"}}
    try:
        line.request("POST", f"/me/messages?access_token={PAGE['token']}", json.dumps(body))
        answer = line.getresponse()
        return answer.status, answer.read()
    except OSError as error:
        return type(error)
    finally:
        line.close()


@pytest.mark.parametrize(
    ("kind", "felt", "accepted"),
    [
        ("timeout_before", TimeoutError, 0),
        ("timeout_after", TimeoutError, 1),
        ("reset_before", ConnectionResetError, 0),
        ("reset_after", ConnectionResetError, 1),
    ],
)
def test_silence_and_resets_before_and_after_accepting(
    simulator: Simulator, kind: str, felt: type[OSError], accepted: int
) -> None:
    simulator.fault(kind, count=1)
    patience = IMPATIENT if felt is TimeoutError else PATIENCE
    assert send(simulator, patience) is felt
    until(lambda: simulator.count()["accepted"] == accepted)
    status, _ = send(simulator)
    assert status == 200


def test_latency_delays_the_answer_and_nothing_else(simulator: Simulator) -> None:
    simulator.fault("latency", delay_ms=100, count=1)
    assert send(simulator)[0] == 200
    simulator.fault("latency", delay_ms=5000, count=1)
    assert send(simulator, IMPATIENT) is TimeoutError
    until(lambda: simulator.count()["accepted"] == 2)


@pytest.mark.parametrize("accepted", [0, 1])
def test_a_broken_server_answers_with_a_web_page(simulator: Simulator, accepted: int) -> None:
    simulator.fault("http_5xx", status=502, accepted=bool(accepted), count=1)
    status, body = send(simulator)
    assert status == 502
    assert body.startswith(b"<html>")
    assert simulator.count()["accepted"] == accepted


def test_a_200_that_cannot_be_read_was_accepted(simulator: Simulator) -> None:
    simulator.fault("garbage_200", count=1)
    status, body = send(simulator)
    assert status == 200
    with pytest.raises(ValueError, match="Unterminated"):
        json.loads(body)
    assert simulator.count()["accepted"] == 1


def test_a_200_without_a_message_id_was_accepted(simulator: Simulator) -> None:
    simulator.fault("null_message_id", count=1)
    status, body = send(simulator)
    assert (status, json.loads(body)["message_id"]) == (200, None)
    assert simulator.count()["accepted"] == 1


def test_an_error_of_any_code_can_be_asked_for(platform: Platform) -> None:
    platform.practice("POST", "faults", {"kind": "error", "code": 1200, "count": 1})
    platform.practice(
        "POST", "faults", {"kind": "error", "code": 1, "subcode": 1357046, "count": 1}
    )
    assert refusal(platform.send(ANA)) == (1200, None)
    assert refusal(platform.send(ANA)) == (1, 1357046)
    assert platform.send(ANA).status == 200


def test_a_rate_limit_names_the_minutes_left(platform: Platform) -> None:
    platform.practice("POST", "faults", {"kind": "rate_limit", "seconds": 90})
    answer = platform.send(ANA)
    assert refusal(answer) == (613, None)
    usage = json.loads(answer.headers["x-business-use-case-usage"])["500"][0]
    assert usage["estimated_time_to_regain_access"] == 2


def test_a_dead_token_is_dead_for_every_call_until_the_page_gets_a_new_one(
    platform: Platform,
) -> None:
    platform.practice("POST", "faults", {"kind": "token_death", "page": "500"})
    assert refusal(platform.send(ANA)) == (190, 463)
    assert refusal(platform.ask("GET", "/me")) == (190, 463)
    platform.practice("POST", "pages", {"id": "500", "token": "fresh"})
    assert platform.ask("GET", "/me", token="fresh").status == 200
    assert refusal(platform.ask("GET", "/me")) == (190, None)


def test_the_platform_may_disagree_about_a_window(platform: Platform) -> None:
    platform.practice("POST", "faults", {"kind": "window_disagrees", "psid": ANA, "count": 1})
    assert refusal(platform.send(ANA)) == (10, 2018278)
    assert platform.send(ANA).status == 200


def test_a_fault_strikes_only_the_page_and_person_it_names(platform: Platform) -> None:
    platform.practice("POST", f"people/{BEN}/say", {"text": "hi"})
    platform.practice("POST", "faults", {"kind": "error", "code": 2, "psid": BEN})
    platform.practice("POST", "faults", {"kind": "error", "code": 2, "page": "999"})
    assert platform.send(ANA).status == 200
    assert refusal(platform.send(BEN)) == (2, None)


def test_other_calls_are_spared_unless_the_fault_is_everywhere(platform: Platform) -> None:
    platform.practice("POST", "faults", {"kind": "error", "code": 2})
    assert platform.ask("GET", "/me").status == 200
    platform.practice("POST", "faults", {"kind": "error", "code": 4, "everywhere": True})
    assert refusal(platform.ask("GET", "/me")) == (4, None)


def test_a_probability_strikes_some_and_spares_others(platform: Platform) -> None:
    platform.practice("POST", "faults", {"kind": "error", "code": 2, "probability": 0.5})
    statuses = [platform.send(ANA).status for _ in range(100)]
    assert 25 < statuses.count(400) < 75


def test_in_a_batch_a_silent_item_is_null_and_its_neighbours_answer(platform: Platform) -> None:
    platform.practice("POST", "faults", {"kind": "timeout_after", "count": 1})
    body = "recipient=%7B%22id%22%3A%221001%22%7D&message=%7B%22text%22%3A%22Hi%22%7D"
    item = {"method": "POST", "relative_url": "me/messages", "body": body}
    answers = platform.batch([item, item]).body
    assert answers[0] is None
    assert answers[1]["code"] == 200
    assert platform.practice("GET", "journal/count")["accepted"] == 2


def test_faults_are_listed_with_what_is_left_and_can_be_ended(platform: Platform) -> None:
    number = platform.practice("POST", "faults", {"kind": "rate_limit", "seconds": 5})["id"]
    platform.practice("POST", "faults", {"kind": "latency", "count": 3})
    shown = platform.practice("GET", "faults")
    assert [fault["kind"] for fault in shown] == ["rate_limit", "latency"]
    assert 4 < shown[0]["seconds_left"] <= 5
    assert platform.practice("DELETE", f"faults/{number}") == {"ended": 1}
    assert platform.practice("DELETE", "faults") == {"ended": 1}
    assert platform.practice("GET", "faults") == []


@pytest.mark.parametrize("given", [{}, {"kind": "earthquake"}, {"kind": "error", "colour": "red"}])
def test_a_fault_nobody_knows_is_refused_by_name(platform: Platform, given: Any) -> None:
    assert "error" in platform.practice("POST", "faults", given)


def test_a_paid_message_without_its_tracking_id_was_accepted(platform: Platform) -> None:
    platform.option(warm_up_minutes=0)
    campaign = platform.ask("POST", "/act_9/message_campaign", {"name": "S", "page_id": "500"})
    platform.practice("POST", "faults", {"kind": "null_message_id", "count": 1})
    params = {
        "message_id": campaign.body["id"],
        "messenger_delivery_data": {"subscription_token": f"sim-{BEN}-x"},
        "message": {"text": "Hi"},
    }
    answer = platform.ask("POST", "/act_9/messages", params)
    assert answer.body == {"success": True, "marketing_message_tracking_id": None}


def test_a_silent_line_is_not_answered_late(platform: Platform) -> None:
    platform.practice("POST", "faults", {"kind": "timeout_after", "count": 1})
    assert platform.send(ANA).fate.ending is Ending.HOLD


@pytest.mark.parametrize("at", ["received", "accepted", "answered"])
def test_a_caller_is_killed_at_a_point_of_its_request(tmp_path: Path, at: str) -> None:
    sleeper = subprocess.Popen(["sleep", "600"])
    with running(tmp_path, may_kill=True) as simulator:
        simulator.register_page()
        simulator.fault("kill", pid=sleeper.pid, at=at, count=1, delay_ms=5)
        assert simulator.send("1001")[0] == 200
        assert sleeper.wait(timeout=PATIENCE) == -signal.SIGKILL
        assert simulator.count()["accepted"] == 1


def test_a_simulator_for_people_kills_nobody(simulator: Simulator) -> None:
    about = {"kind": "kill", "pid": 2**30, "at": "received"}
    status, answer = simulator.ask("POST", "/_practice/faults", about)
    assert (status, "--may-kill" in answer["error"]) == (400, True)


ITEM = {
    "method": "POST",
    "relative_url": "me/messages",
    "body": "recipient=%7B%22id%22%3A%221001%22%7D&message=%7B%22text%22%3A%22Hi%22%7D",
}


@pytest.mark.parametrize(
    ("kind", "ending", "accepted"),
    [
        ("reset_before", Ending.RESET, 0),
        ("reset_after", Ending.RESET, 2),
        ("timeout_after", Ending.HOLD, 2),
    ],
)
def test_a_whole_batch_can_be_lost(
    platform: Platform, kind: str, ending: Ending, accepted: int
) -> None:
    platform.practice("POST", "faults", {"kind": kind, "whole": True, "count": 1})
    assert platform.send("1001").status == 200, "a single call is not struck"
    assert platform.batch([ITEM, ITEM]).fate.ending is ending
    assert platform.practice("GET", "journal/count")["accepted"] == accepted + 1
    assert [it["code"] for it in platform.batch([ITEM, ITEM]).body] == [200, 200]


def test_a_whole_batch_can_be_refused(platform: Platform) -> None:
    platform.practice("POST", "faults", {"kind": "error", "code": 4, "whole": True, "count": 1})
    answer = platform.batch([ITEM, ITEM])
    assert (answer.status, answer.body["error"]["code"]) == (400, 4)
    assert platform.practice("GET", "journal/count")["accepted"] == 0


def test_a_batch_is_as_late_as_the_slowest_in_it(platform: Platform) -> None:
    platform.practice("POST", "faults", {"kind": "latency", "delay_ms": 700, "count": 1})
    answer = platform.batch([ITEM, ITEM])
    assert answer.fate.delay == 0.7
    assert [it["code"] for it in answer.body] == [200, 200]


def test_a_batch_tells_the_usage_in_its_own_headers_too(platform: Platform) -> None:
    assert "x-app-usage" in platform.batch([ITEM]).headers


def test_a_body_in_a_batch_is_a_form_and_no_json(platform: Platform) -> None:
    (answer,) = platform.batch([{**ITEM, "body": '{"recipient": {"id": "1001"}}'}]).body
    assert answer["code"] == 400
