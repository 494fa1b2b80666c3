"""What is sent after the session ended, or with the token of an earlier one."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser as Chrome
from playwright.sync_api import expect
from werkzeug.test import TestResponse

from tests.cast import Cast
from tests.views.browser import Browser
from tests.views.conftest import SignIn
from tests.views.test_screens_in_a_browser import address, browser, entered
from webapp.house import House

__all__ = ["address", "browser"]  # fixtures

SEGMENTS = "/b/rosewood/segments/"
TREE = {"name": "Half an hour's work", "kind.r": "all"}
HERE = {"Origin": "http://localhost", "Referer": "http://localhost/b/rosewood/segments/new"}
HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


def send(
    browser: Browser, path: str, data: dict[str, str], token: str = "", **headers: Any
) -> TestResponse:
    return browser.client.post(
        path, data={"csrf_token": token or browser.csrf_token(), **data}, headers=headers
    )


def test_a_form_sent_after_signing_out_is_kept_with_all_that_was_typed(app: Flask) -> None:
    answer = send(Browser(app), SEGMENTS, TREE, **HERE)
    assert answer.status_code == 401
    assert "Nothing you typed is lost" in answer.text
    assert 'value="Half an hour&#39;s work"' in answer.text
    assert f'action="{SEGMENTS}"' in answer.text


def test_what_another_site_posts_is_never_kept(app: Flask, client: SignIn) -> None:
    elsewhere = {"Origin": "https://evil.example"}
    answer = send(Browser(app), SEGMENTS, TREE, **elsewhere)
    assert (answer.status_code, answer.location) == (303, "/sign-in")
    assert send(client("manager"), SEGMENTS, TREE, "of before", **elsewhere).status_code == 400


def test_the_token_of_an_earlier_session_loses_nothing(client: SignIn) -> None:
    manager = client("manager")
    kept = send(manager, SEGMENTS, TREE, "of before", **HERE)
    assert kept.status_code == 400
    assert "Go on with what I typed" in kept.text
    assert send(manager, SEGMENTS, TREE, **HERE).status_code == 303


@pytest.mark.parametrize("act", ["run", "cancellation", "approval"])
def test_what_sends_or_stops_is_pressed_again_on_its_own_page(
    app: Flask, client: SignIn, act: str
) -> None:
    path, page = f"/b/rosewood/broadcasts/1/{act}", "/b/rosewood/broadcasts/1"
    here = {**HERE, "Referer": f"http://localhost{page}"}
    away = send(Browser(app), path, {"people": "4"}, **here)
    assert away.location == f"/sign-in?next={page}"
    anew = send(client("manager"), path, {"people": "4"}, "of before", **here)
    assert (anew.status_code, anew.location) == (303, page)


def test_a_fragment_tells_whoever_is_signed_in_anew_their_token(client: SignIn) -> None:
    answer = send(client("manager"), f"{SEGMENTS}draft", TREE, "of before", **HERE, **HTMX)
    assert answer.status_code == 400
    assert answer.headers["HX-Retarget"] == "#notices"
    assert "fanlight:token" in answer.headers["HX-Trigger"]
    stranger = {"Origin": "https://evil.example"}
    other = send(client("manager"), f"{SEGMENTS}draft", TREE, "of before", **stranger, **HTMX)
    assert "HX-Trigger" not in other.headers


def test_typing_on_after_the_session_ended_loses_nothing(
    browser: Chrome, house: House, address: str, cast: Cast
) -> None:
    page = entered(browser, house, address, 1440, "light")
    page.goto(f"{address}{SEGMENTS}new")
    page.get_by_label("Name", exact=True).fill("Half an hour")
    page.context.clear_cookies()
    page.get_by_role("button", name="Add a condition").first.click()
    expect(page.locator("#notices")).to_contain_text("You are signed out")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Half an hour")
    again = entered(browser, house, address, 1440, "light")
    page.context.add_cookies(again.context.cookies())  # type: ignore[arg-type]
    page.get_by_role("button", name="Add a condition").first.click()
    expect(page.locator("#notices")).to_contain_text("Press the button again")
    page.get_by_role("button", name="Add a condition").first.click()
    page.get_by_role("button", name="Remove this condition").click()
    expect(page.locator("#f-field-r-0")).to_have_count(0)
    expect(page.locator("#notices")).to_be_empty()
    page.get_by_role("button", name="Save the segment").click()
    expect(page.get_by_text("The segment is saved.")).to_be_visible()
    page.context.close()
    again.context.close()
