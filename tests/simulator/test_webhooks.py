"""Webhooks as they arrive: signed over their bytes, batched, retried, lost, doubled, shuffled."""

from __future__ import annotations

import collections
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.simulator.conftest import ANA, BEN
from tests.simulator_process import PAGE, Simulator, running, until


class Callback(BaseHTTPRequestHandler):
    """Keeps what it is sent; answers `status`, or the challenge to a verification."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        receiver = self.server
        assert isinstance(receiver, Receiver)
        receiver.posts.append((dict(self.headers), body))
        self._end(receiver.answers.pop(0) if receiver.answers else 200, b"EVENT_RECEIVED")

    def do_GET(self) -> None:
        receiver = self.server
        assert isinstance(receiver, Receiver)
        receiver.visits.append(self.path)
        query = parse_qs(urlsplit(self.path).query)
        known = query.get("hub.verify_token") == ["open sesame"]
        self._end(200 if known else 403, query.get("hub.challenge", [""])[0].encode())

    def _end(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: Any) -> None:
        pass


class Receiver(HTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Callback)
        self.posts: list[tuple[dict[str, str], bytes]] = []
        self.visits: list[str] = []
        self.answers: list[int] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/webhooks/meta/practice"

    def events(self) -> list[dict[str, Any]]:
        """Every event received so far, in the order of arrival."""
        entries = [entry for _, body in list(self.posts) for entry in json.loads(body)["entry"]]
        return [event for entry in entries for event in entry.get("messaging", [])]

    def texts(self) -> list[str]:
        return [event["message"]["text"] for event in self.events()]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    thread = threading.Thread(target=receiver.serve_forever, args=(0.02,))
    thread.start()
    yield receiver
    receiver.shutdown()
    thread.join()
    receiver.server_close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with running(tmp_path_factory.mktemp("instance")) as simulator:
        yield simulator


@pytest.fixture
def simulator(server: Simulator, receiver: Receiver) -> Iterator[Simulator]:
    """Its page is new for each test, so that no test hears another's events."""
    page = f"7{receiver.server_port}{len(server.state()['pages'])}"
    quiet = dict.fromkeys(("tapped", "clicked", "replied", "reacted", "stopped", "blocked"), 0)
    server.register_page(
        id=page, token=f"token-{page}", webhook_url=receiver.url, verify_token="open sesame",
        options={"behaviour": {**quiet, "delivered": 1, "read": 1}},
    )  # fmt: skip
    yield server
    server.no_faults()


def test_what_is_sent_comes_back_signed(simulator: Simulator, receiver: Receiver) -> None:
    _, answer = simulator.send(ANA, {"text": "Grüße 😊", "metadata": "row-1"})
    until(lambda: len(receiver.events()) == 3)
    headers, body = receiver.posts[0]
    expected = hmac.new(PAGE["app_secret"].encode(), body, hashlib.sha256).hexdigest()
    assert headers["x-hub-signature-256"] == f"sha256={expected}"
    assert body.isascii()  # other letters are escaped, as the platform does
    envelope = json.loads(body)
    assert envelope["object"] == "page"
    assert envelope["entry"][0]["id"] == simulator.page["id"]
    echo = receiver.events()[0]["message"]
    assert (echo["text"], echo["metadata"]) == ("Grüße 😊", "row-1")
    assert echo["mid"] == answer["message_id"]
    kinds = [next(k for k in ("message", "delivery", "read") if k in e) for e in receiver.events()]
    assert sorted(kinds) == ["delivery", "message", "read"]


def test_what_a_person_says_arrives_with_their_time(
    simulator: Simulator, receiver: Receiver
) -> None:
    said = simulator.say(BEN, "Is it open?")
    event = until(receiver.events)[0]
    assert event["sender"] == {"id": BEN}
    assert event["recipient"] == {"id": simulator.page["id"]}
    assert event["timestamp"] == said["at"]
    assert event["message"] == {"mid": said["mid"], "text": "Is it open?"}


def test_several_events_share_a_post(simulator: Simulator, receiver: Receiver) -> None:
    simulator.fault("webhook_shuffled", page=simulator.page["id"], count=40)
    for number in range(40):
        simulator.say(BEN, str(number))
    until(lambda: len(receiver.events()) == 40)
    assert len(receiver.posts) < 40


def test_a_refused_post_is_tried_again_until_it_is_taken(
    simulator: Simulator, receiver: Receiver
) -> None:
    receiver.answers += [500, 503]
    simulator.say(BEN, "hello")
    until(lambda: len(receiver.posts) == 3)
    until(lambda: simulator.state()["webhooks_waiting"] == 0)
    assert receiver.texts() == ["hello"] * 3


def test_a_callback_that_is_down_loses_nothing_and_blocks_nobody(
    simulator: Simulator, receiver: Receiver
) -> None:
    nowhere = "http://127.0.0.1:1/"
    simulator.register_page(**{**simulator.page, "webhook_url": nowhere})
    for number in range(5):
        simulator.say(BEN, str(number))
    assert simulator.state()["webhooks_waiting"] >= 5
    simulator.register_page(**{**simulator.page, "webhook_url": receiver.url})
    until(lambda: len(receiver.events()) == 5)
    assert receiver.texts() == ["0", "1", "2", "3", "4"]


def test_a_lost_webhook_never_comes(simulator: Simulator, receiver: Receiver) -> None:
    simulator.fault("webhook_lost", page=simulator.page["id"], count=1)
    simulator.say(BEN, "lost")
    simulator.say(BEN, "found")
    until(receiver.events)
    assert receiver.texts() == ["found"]


def test_a_doubled_webhook_comes_twice(simulator: Simulator, receiver: Receiver) -> None:
    simulator.fault("webhook_doubled", page=simulator.page["id"], count=1)
    simulator.say(BEN, "again")
    until(lambda: len(receiver.events()) == 2)
    first, second = receiver.events()
    assert first == second


def test_shuffled_webhooks_all_come_in_another_order(
    simulator: Simulator, receiver: Receiver
) -> None:
    simulator.fault("webhook_shuffled", page=simulator.page["id"])
    said = [str(number) for number in range(20)]
    for text in said:
        simulator.say(BEN, text)
    until(lambda: len(receiver.events()) == 20)
    assert receiver.texts() != said
    assert collections.Counter(receiver.texts()) == collections.Counter(said)


def test_a_callback_proves_itself_with_its_verify_token(
    simulator: Simulator, receiver: Receiver
) -> None:
    page = {"page": simulator.page["id"]}
    assert simulator.practice("POST", "verify", page) == {"verified": True, "status": 200}
    simulator.register_page(**{**simulator.page, "verify_token": "wrong"})
    assert simulator.practice("POST", "verify", page) == {"verified": False, "status": 403}
    simulator.register_page(**{**simulator.page, "webhook_url": "http://127.0.0.1:1/"})
    assert simulator.practice("POST", "verify", page)["verified"] is False


def test_the_web_is_found_where_its_callbacks_do_not_lead(
    tmp_path: Path, receiver: Receiver
) -> None:
    with running(tmp_path, web=f"http://127.0.0.1:{receiver.server_port}") as simulator:
        simulator.register_page(webhook_url="https://fanlight.invalid/webhooks/meta/practice?x=1")
        simulator.say(BEN, "hello")
        until(receiver.texts)
        simulator.practice("POST", "verify", {"page": simulator.page["id"]})
    assert receiver.texts() == ["hello"]
    assert receiver.visits[0].startswith("/webhooks/meta/practice?x=1&hub.mode=subscribe")


def test_people_who_click_open_links_of_this_machine_only_when_asked_to(
    simulator: Simulator, receiver: Receiver
) -> None:
    behaviour = {"delivered": 1, "read": 1, "clicked": 1}
    simulator.register_page(
        **{**simulator.page, "options": {"visit_links": True, "behaviour": behaviour}}
    )
    address = f"http://127.0.0.1:{receiver.server_port}/r/1"
    button = {"type": "web_url", "title": "Shop", "url": address}
    payload = {"template_type": "button", "text": "Look", "buttons": [button]}
    simulator.send(ANA, {"attachment": {"type": "template", "payload": payload}})
    until(lambda: receiver.visits == ["/r/1"])


def test_paid_messages_are_told_as_changes(simulator: Simulator, receiver: Receiver) -> None:
    options = {**simulator.page["options"], "warm_up_minutes": 0}
    simulator.register_page(**{**simulator.page, "options": options})
    page = simulator.page["id"]
    _, made = simulator.graph("POST", "act_1/message_campaign", {"name": "S", "page_id": page})
    token = {"subscription_token": f"sim-{BEN}-price-drops"}
    simulator.people([{"psid": BEN, "page": page, "country": "BR"}])
    params = {"message_id": made["id"], "messenger_delivery_data": token, "message": {"text": "S"}}
    _, sent = simulator.graph("POST", "act_1/messages", params)

    def changes() -> list[Any]:
        entries = [e for _, body in list(receiver.posts) for e in json.loads(body)["entry"]]
        return [change for entry in entries for change in entry.get("changes", [])]

    until(lambda: len(changes()) == 3)
    kinds = {change["field"].removeprefix("marketing_message_") for change in changes()}
    assert kinds == {"echoes", "deliveries", "reads"}
    values = [change["value"] for change in changes()]
    tracking = {value["marketing_message_tracking_id"] for value in values}
    assert tracking == {sent["marketing_message_tracking_id"]}
    assert {value["message_id"] for value in values} == {made["id"]}


def test_webhooks_that_waited_are_posted_after_a_restart(
    tmp_path: Path, receiver: Receiver
) -> None:
    state = tmp_path / "simulator.db"
    with running(tmp_path, state=state) as simulator:
        simulator.register_page(webhook_url="http://127.0.0.1:1/")
        simulator.say(BEN, "before")
    with running(tmp_path, state=state) as simulator:
        simulator.register_page(webhook_url=receiver.url)
        until(receiver.events)
    assert receiver.texts() == ["before"]


def test_pages_without_a_callback_use_the_one_the_process_was_given(
    tmp_path: Path, receiver: Receiver
) -> None:
    with running(tmp_path, webhook=receiver.url) as simulator:
        simulator.register_page()
        simulator.say(BEN, "hello")
        until(receiver.events)
