"""Every error of the catalogue is a page for a browser and a notice for htmx."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.views import look

ASKED = {"HX-Request": "true", "HX-Request-Type": "partial"}
CASES = [
    ("refused", 409, "This broadcast is done and can no longer be changed."),
    ("forbidden", 403, "Only a manager may approve."),
    ("missing", 404, "There is no segment 7 here."),
    ("invalid", 422, "Give it a name people will recognise."),
    ("broken", 500, "nothing was sent because of it"),
]


@pytest.fixture(params=[look.Person(), None], ids=["signed in", "signed out"])
def client(request: pytest.FixtureRequest) -> FlaskClient:
    app = look.make(request.param)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app.test_client()


@pytest.mark.parametrize(("kind", "status", "words"), CASES)
def test_a_browser_gets_a_page(client: FlaskClient, kind: str, status: int, words: str) -> None:
    answer = client.get(f"/fail/{kind}")
    assert answer.status_code == status
    assert words in answer.text
    assert answer.text.count("<h1>") == 1


@pytest.mark.parametrize(("kind", "status", "words"), CASES)
def test_htmx_gets_a_notice_on_top(client: FlaskClient, kind: str, status: int, words: str) -> None:
    answer = client.get(f"/fail/{kind}", headers=ASKED)
    assert answer.status_code == status
    assert answer.headers["HX-Retarget"] == "#notices"
    assert words in answer.text
    assert "<html" not in answer.text


def test_an_address_that_is_not_there_says_so(client: FlaskClient) -> None:
    answer = client.get("/nowhere")
    assert answer.status_code == 404
    assert "There is nothing at this address" in answer.text


def test_a_page_that_breaks_asks_nobody_who_is_signed_in() -> None:
    app = look.make(look.Person())
    app.config["PROPAGATE_EXCEPTIONS"] = False

    def no_database() -> dict[str, object]:
        raise RuntimeError("the database is away")

    app.extensions["fanlight_viewer"] = no_database
    app.context_processor(no_database)
    answer = app.test_client().get("/b/rosewood/broadcasts")
    assert answer.status_code == 500
    assert "Something went wrong" in answer.text
