"""Signing in by screen: password, link, profile."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text
from sqlmodel import select

from tests.cast import Cast
from tests.views.browser import Browser, StoppedClock
from tests.views.conftest import SignIn
from webapp.db import NO_BRAND
from webapp.house import House
from webapp.models.user import SignIn as SignInRow
from webapp.services import passwords, sign_in
from webapp.store import users

ADDRESS = "manager@rosewood.example"
PASSWORD = "a long enough password"
LINK_TEXT = "Press the button"


@pytest.fixture
def with_password(house: House, cast: Cast) -> None:
    with house.db.writer(NO_BRAND) as session:
        person = users.by_email(session, ADDRESS)
        assert person is not None
        person.password_hash = passwords.hashed(PASSWORD)
        session.commit()


def link(house: House) -> str:
    with house.db.writer(NO_BRAND) as session:
        person = users.by_email(session, ADDRESS)
        assert person is not None
        return sign_in.make_link(session, house.vault, person, house.clock.now())


@pytest.mark.usefixtures("with_password")
def test_a_person_signs_in_and_lands_where_they_wanted(app: Flask) -> None:
    browser = Browser(app)
    answer = browser.post(
        "/sign-in", {"email": ADDRESS, "password": PASSWORD, "next": "/b/rosewood/rules/"}
    )
    assert (answer.status_code, answer.location) == (303, "/b/rosewood/rules/")
    assert browser.get("/b/rosewood/rules/").status_code == 200


@pytest.mark.usefixtures("with_password")
@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example"]
)
def test_nobody_is_led_to_another_site(app: Flask, elsewhere: str) -> None:
    answer = Browser(app).post(
        "/sign-in", {"email": ADDRESS, "password": PASSWORD, "next": elsewhere}
    )
    assert answer.location == "/"


def test_a_wrong_password_is_422_in_words_and_keeps_the_address(app: Flask) -> None:
    answer = Browser(app).post("/sign-in", {"email": ADDRESS, "password": "guess"})
    assert answer.status_code == 422
    assert "do not belong together" in answer.text
    assert f'value="{ADDRESS}"' in answer.text


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(app: Flask, house: House) -> None:
    answer = Browser(app).post(f"/sign-in/link/{link(house)}")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_looking_at_a_link_does_not_spend_it(app: Flask, house: House) -> None:
    browser, path = Browser(app), f"/sign-in/link/{link(house)}"
    for _ in range(3):
        assert LINK_TEXT in browser.get(path).text
    assert browser.post(path).location == "/"
    assert browser.get("/").location == "/b/rosewood/"


def test_a_spent_link_says_what_to_do(app: Flask, house: House) -> None:
    path = f"/sign-in/link/{link(house)}"
    Browser(app).post(path)
    assert "no longer works" in Browser(app).get(path).text
    assert Browser(app).post(path).status_code == 409


def test_a_new_session_holds_nothing_of_the_one_before(app: Flask, house: House) -> None:
    browser = Browser(app)
    browser.get("/sign-in")
    with browser.client.session_transaction() as cookie:
        cookie["planted"] = "by somebody else"
    browser.post(f"/sign-in/link/{link(house)}")
    with browser.client.session_transaction() as cookie:
        assert "planted" not in cookie


def test_the_profile_sets_language_and_zone(client: SignIn) -> None:
    browser = client("manager")
    answer = browser.post(
        "/profile/", {"name": "Mara", "language": "fr", "timezone": "Asia/Tokyo", "theme": "dark"}
    )
    assert answer.status_code == 303
    page = browser.get("/profile/").text
    assert '<html lang="fr" data-theme="dark">' in page
    assert "Mara" in page


def test_a_profile_with_a_made_up_zone_is_refused_by_field(client: SignIn) -> None:
    answer = client("manager").post(
        "/profile/", {"name": "Mara", "language": "fr", "timezone": "Mars/Base"}
    )
    assert answer.status_code == 422
    assert "f-timezone-error" in answer.text


def test_a_password_is_chosen_and_then_asked_for(client: SignIn, app: Flask) -> None:
    browser = client("manager")
    wrong = browser.post("/profile/password", {"password": PASSWORD, "again": "another one here"})
    assert wrong.status_code == 422
    assert "differ" in wrong.text
    chosen = browser.post("/profile/password", {"password": PASSWORD, "again": PASSWORD})
    assert chosen.status_code == 303
    assert "f-old" in browser.get("/profile/").text
    answer = Browser(app).post("/sign-in", {"email": ADDRESS, "password": PASSWORD})
    assert answer.status_code == 303


def test_signing_out_everywhere_else_leaves_this_browser_in(client: SignIn) -> None:
    here, there = client("manager"), client("manager")
    here.post("/profile/sessions/end")
    assert here.get("/b/rosewood/").status_code == 200
    assert there.get("/b/rosewood/").status_code == 303


def test_who_signed_in_already_is_not_asked_again(client: SignIn) -> None:
    assert client("manager").get("/sign-in").location == "/"


def test_a_page_waits_for_no_other_writer(
    client: SignIn, house: House, cast: Cast, clock: StoppedClock
) -> None:
    browser = client("manager")
    clock.advance(sign_in.SEEN_EVERY * 2)  # so that having been here would be written down
    with house.db.writer(cast.rosewood) as session:
        session.connection().execute(text("SELECT 1"))
        assert browser.get("/b/rosewood/").status_code == 200
    seen = house.clock.now()
    assert browser.get("/b/rosewood/").status_code == 200
    with house.db.reader(NO_BRAND) as session:
        assert max(session.exec(select(SignInRow.seen_at)).all()) == seen
