"""Pages and fragments, redirects and notices: what htmx gets and what a plain browser gets."""

from __future__ import annotations

import json

import pytest
from flask.testing import FlaskClient

from tests.views import look

PAGE = "/b/rosewood/broadcasts"
ASKED = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture
def client() -> FlaskClient:
    return look.make(look.Person()).test_client()


def test_a_plain_visit_gets_the_whole_page(client: FlaskClient) -> None:
    assert client.get(PAGE).text.startswith("<!doctype html>")


def test_htmx_gets_the_block_alone(client: FlaskClient) -> None:
    text = client.get(PAGE, headers=ASKED).text
    assert text.strip().startswith("<form")
    assert "<html" not in text


@pytest.mark.parametrize(
    "headers",
    [{**ASKED, "HX-History-Restore-Request": "true"}, {**ASKED, "HX-Request-Type": "full"}],
)
def test_history_and_whole_page_requests_get_the_page(
    client: FlaskClient, headers: dict[str, str]
) -> None:
    assert "<html" in client.get(PAGE, headers=headers).text


def test_caches_keep_page_and_fragment_apart(client: FlaskClient) -> None:
    answer = client.get(PAGE)
    assert "HX-Request" in answer.headers["Vary"]
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_refused_form_comes_back_as_422_with_its_errors(client: FlaskClient) -> None:
    answer = client.post(f"{PAGE}?wrong", headers=ASKED)
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert 'href="#f-name"' in answer.text


def test_a_notice_is_a_line_on_the_next_page(client: FlaskClient) -> None:
    assert '<div class="notice good">1,240 people were added.</div>' in client.get(
        f"{PAGE}?told"
    ).text.replace("\n", "")


def test_a_notice_after_a_swap_travels_as_an_event(client: FlaskClient) -> None:
    answer = client.get(f"{PAGE}?told", headers=ASKED)
    fired = json.loads(answer.headers["HX-Trigger"])
    assert fired["fanlight:toast"]["lines"] == [
        {"mood": "good", "text": "1,240 people were added."}
    ]


def test_a_redirect_is_303_for_a_browser_and_a_header_for_htmx(client: FlaskClient) -> None:
    plain, asked = client.get("/away"), client.get("/away", headers=ASKED)
    assert (plain.status_code, plain.location) == (303, PAGE)
    assert (asked.status_code, asked.headers["HX-Redirect"]) == (204, PAGE)


def test_a_notice_survives_the_redirect_of_htmx(client: FlaskClient) -> None:
    client.get("/away?told", headers=ASKED)
    assert "1,240 people were added." in client.get(PAGE).text


def test_the_target_is_named_by_its_id(client: FlaskClient) -> None:
    answer = client.get("/target", headers={**ASKED, "HX-Target": "div#results"})
    assert answer.text == "results"
