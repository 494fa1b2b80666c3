"""The platform's deletion callback, from outside: signed, answered as it asks, and quiet."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from sqlmodel import select
from werkzeug.test import Client

from tests import cast as casting
from tests.cast import Cast
from tests.simulator_process import Simulator
from tests.views.conftest import SignIn
from webapp import app as webapp_app
from webapp.db import EVERY_BRAND
from webapp.house import House
from webapp.models.subscriber import Subscriber
from webapp.platforms import signed_request
from webapp.services import deletions

DOOR = "/webhooks/meta/default/deletion"


@pytest.fixture
def outside(house: House) -> Client:
    """A caller without cookies, at the very callable a server mounts."""
    return Client(webapp_app.wsgi(house))


def signed(person: str, secret: str = casting.APP_SECRET) -> dict[str, str]:
    return {"signed_request": signed_request.write({"user_id": person, "issued_at": 1}, secret)}


def names(house: House) -> set[str | None]:
    with house.db.reader(EVERY_BRAND) as session:
        return {row.first_name for row in session.exec(select(Subscriber)) if not row.erased_at}


def test_the_answer_has_the_two_texts_and_its_page_says_nothing_else(
    outside: Client, house: House
) -> None:
    answer = outside.post(DOOR, data=signed("1"))
    assert answer.status_code == 200
    said = answer.json
    assert said.keys() == {"url", "confirmation_code"}
    assert said["url"] == f"{house.settings.base_url}/deletions/{said['confirmation_code']}"
    assert names(house) == {"Ben", "Cara", "Dao"}
    page = outside.get(f"/deletions/{said['confirmation_code']}")
    assert page.status_code == 200
    assert "It is done." in page.text
    assert "answer STOP" in page.text
    assert page.headers["X-Robots-Tag"] == "noindex"
    assert not [word for word in ("Ana", "Eva", "Rosewood", "Other", "Page") if word in page.text]


def test_the_page_of_an_unknown_person_is_the_same(outside: Client) -> None:
    pages = []
    for person in ("1", "nobody-here"):
        code = outside.post(DOOR, data=signed(person)).json["confirmation_code"]
        pages.append(outside.get(f"/deletions/{code}").text.replace(code, "CODE"))
    assert pages[0] == pages[1]


def test_the_page_of_an_unknown_code_is_not_found(outside: Client) -> None:
    assert outside.get("/deletions/0123456789abcdef").status_code == 404


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (signed("1", "another secret"), 403),
        ({"signed_request": "nonsense"}, 403),
        ({"signed_request": ".é\ud83d".encode("utf-8", "surrogatepass")}, 403),
        ({}, 403),
        (b"\x00\xff{", 403),
        ({"signed_request": "a\x00b"}, 400),
        ({"signed_request": "A" * 20_000}, 413),
    ],
)
def test_what_is_not_signed_is_refused_without_a_failure(
    outside: Client, house: House, data: object, status: int
) -> None:
    assert outside.post(DOOR, data=data).status_code == status
    assert "Ana" in names(house)


def test_another_app_and_another_method_are_refused(outside: Client) -> None:
    assert outside.post("/webhooks/meta/nowhere/deletion", data=signed("1")).status_code == 404
    assert outside.get(DOOR).status_code == 405
    assert outside.post("/webhooks/meta/default/else", data=signed("1")).status_code == 404


def test_too_many_at_once_are_told_when_to_come_again(
    outside: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deletions, "BURST", 1)
    outside.post(DOOR, data=signed("1"))
    answer = outside.post(DOOR, data=signed("2"))
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")


def test_the_channel_shows_the_address_to_whoever_may_connect(client: SignIn, cast: Cast) -> None:
    path = f"/b/rosewood/settings/channels/{cast.channel}"
    assert DOOR in client("admin").get(path).text
    assert DOOR not in client("viewer").get(path).text


@pytest.fixture
def address(house: House) -> Iterator[str]:
    server = webapp_app.server(house, "127.0.0.1", 0)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.close()


def test_a_person_of_the_simulator_asks_to_be_deleted(
    simulator: Simulator, address: str, house: House
) -> None:
    simulator.register_page(
        app_secret=casting.APP_SECRET, webhook_url=f"{address}/webhooks/meta/default"
    )
    told = simulator.practice("POST", "deletion", {"psid": "1"})
    assert told["status"] == 200
    assert told["url"].endswith(f"/deletions/{told['confirmation_code']}")
    assert "Ana" not in names(house)
    assert simulator.ask("POST", "/_practice/deletion", {})[0] == 400
