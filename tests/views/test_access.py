"""The gate: every address has a rule, a copied cookie dies, other brands are not found."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from tests.views.browser import Browser, StoppedClock
from tests.views.conftest import SignIn
from webapp import app as webapp_app
from webapp.house import House
from webapp.services import sign_in
from webapp.views import access

HOME = "/b/rosewood/"


def test_every_address_declares_who_may_call_it(app: Flask) -> None:
    undeclared = [path for _, path, _, rule in access.rules(app) if rule is None]
    assert undeclared == []


def test_an_address_without_a_rule_answers_nobody(house: House) -> None:
    app = webapp_app.create_app(house)
    app.testing = True
    app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    with pytest.raises(RuntimeError, match="forgotten declares no access rule"):
        Browser(app).get("/forgotten")


def test_nobody_is_led_to_sign_in_and_back(client: SignIn) -> None:
    answer = client(None).get("/b/rosewood/?x=1")
    assert (answer.status_code, answer.location) == (303, "/sign-in?next=/b/rosewood/?x%3D1")


def test_a_fragment_for_nobody_is_401_and_leads_the_whole_page_away(client: SignIn) -> None:
    answer = client(None).get(HOME, htmx=True)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/sign-in")


def test_a_member_enters_the_brand(client: SignIn) -> None:
    assert client("viewer").get(HOME).status_code == 200


def test_another_brand_is_not_found(client: SignIn) -> None:
    assert client("admin").get("/b/other/").status_code == 404
    assert client("admin").get("/b/nowhere/").status_code == 404


def test_a_copied_cookie_dies_with_the_sign_out(app: Flask, client: SignIn) -> None:
    browser = client("manager")
    name, stolen = app.config["SESSION_COOKIE_NAME"], browser.cookie()
    thief = Browser(app)
    thief.client.set_cookie(name, stolen)
    assert thief.get(HOME).status_code == 200
    browser.post("/sign-out")
    thief.client.set_cookie(name, stolen)
    assert thief.get(HOME).location.startswith("/sign-in")


def test_a_session_in_use_lives_on_and_an_unused_one_ends(
    client: SignIn, clock: StoppedClock
) -> None:
    browser = client("viewer")
    for _ in range(3):
        clock.advance(sign_in.LIFE - timedelta(hours=1))
        assert browser.get(HOME).status_code == 200
    clock.advance(sign_in.LIFE + timedelta(seconds=1))
    assert browser.get(HOME).status_code == 303


def test_a_post_without_a_token_is_refused(client: SignIn) -> None:
    browser = client("manager")
    assert browser.post("/sign-out", csrf=False).status_code == 400
    assert browser.get(HOME).status_code == 200


def test_htmx_is_asked_for_the_token_too(client: SignIn) -> None:
    browser = client("manager")
    assert browser.post("/sign-out", htmx=True, csrf=False).status_code == 400
    assert browser.post("/sign-out", htmx=True).headers["HX-Redirect"] == "/sign-in"


def test_a_nul_is_refused_before_it_reaches_the_database(client: SignIn) -> None:
    assert client(None).post("/sign-in", {"email": "a\x00b", "password": "x"}).status_code == 400
    assert client("viewer").get("/b/rosewood/rules/", at="\x00").status_code == 400


def test_no_answer_allows_inline_script_or_style(client: SignIn) -> None:
    for path in ("/sign-in", HOME, "/static/css/tokens.css", "/nowhere"):
        policy = client("viewer").get(path).headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "default-src 'self'" in policy


@pytest.mark.parametrize(
    "place",
    ["broadcasts/{}", "subscribers/{}/", "imports/{}/", "segments/{}/", "campaigns/{}",
     "settings/topics/{}", "settings/channels/{}", "year/{}/"],
)  # fmt: skip
def test_a_number_that_no_database_holds_is_nobodys_address(place: str, client: SignIn) -> None:
    browser = client("admin")
    for number in (2**31, 2**63, 10**30):
        answer = browser.get(f"/b/rosewood/{place.format(number)}")
        assert answer.status_code == 404, (place, number)


@pytest.mark.parametrize("place", ["settings/audit/?before={}", "broadcasts/?before={}"])
def test_a_number_that_no_database_holds_is_none(place: str, client: SignIn) -> None:
    answer = client("admin").get(f"/b/rosewood/{place.format(10**30)}")
    assert answer.status_code == 200
