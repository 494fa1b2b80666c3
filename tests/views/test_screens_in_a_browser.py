"""Every screen of a brand in a real browser: accessible, inside the page, silent console."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from tests.cast import Cast
from tests.views import chromium
from tests.views.test_other_brands import ARGUMENT
from webapp import app as webapp_app
from webapp.db import NO_BRAND
from webapp.house import House
from webapp.services import importing, sign_in
from webapp.store import users
from webapp.views import access

FILES = (".csv", ".json", ".svg", ".png", ".pdf", ".ics")


@pytest.fixture
def address(house: House) -> Iterator[str]:
    """The application on a free port, as `fanlight serve` serves it."""
    server = webapp_app.server(house, "127.0.0.1", 0)

    def serve() -> None:
        with suppress(OSError):  # its sockets are closed under it at the end
            server.run()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"  # type: ignore[attr-defined]
    server.close()
    thread.join(timeout=60)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = chromium.launch(playwright)
        yield opened
        opened.close()


def screens(house: House, cast: Cast) -> list[str]:
    """Addresses of every screen of a brand that can be filled from the cast."""
    known = {
        "brand_slug": "rosewood",
        "channel_id": cast.channel,
        "subscriber_id": cast.ana,
        "topic_id": cast.topic,
    }
    found = ["/brands", "/brands/new", "/profile/"]
    for methods, path, _, rule in access.rules(webapp_app.create_app(house)):
        named = set(ARGUMENT.findall(path))
        fits = rule is not None and rule.who == "brand" and named <= known.keys()
        if fits and "GET" in methods.split() and not path.endswith(FILES):
            found.append(ARGUMENT.sub(lambda match: str(known[match[1]]), path))
    return found


def entered(browser: Browser, house: House, address: str, width: int, theme: str) -> Page:
    """A page signed in as the admin, by pressing the button of a one-time link."""
    with house.db.writer(NO_BRAND) as session:
        admin = users.by_email(session, "admin@rosewood.example")
        assert admin is not None
        token = sign_in.make_link(session, house.vault, admin, house.clock.now())
    shown = {"width": width, "height": 844}
    page = browser.new_context(viewport=shown, color_scheme=theme).new_page()  # type: ignore[arg-type]
    page.goto(f"{address}/sign-in/link/{token}")
    page.click("button[type=submit]")
    page.wait_for_url("**/b/rosewood/")
    return page


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (390, "dark")])
def test_every_screen_is_accessible_and_fits(
    browser: Browser, house: House, cast: Cast, address: str, width: int, theme: str
) -> None:
    page = entered(browser, house, address, width, theme)
    said: list[str] = []
    page.on("console", lambda message: said.extend(_complaint(message)))
    wrong: list[str] = []
    for path in screens(house, cast):
        answer = page.goto(address + path)
        if answer is None or "text/html" not in answer.headers.get("content-type", ""):
            continue
        wide = page.evaluate("document.documentElement.scrollWidth")
        wrong += [f"{path}: {wide} px wide"] if wide > width else []
        wrong += [f"{path}: {line}" for line in chromium.violations(page)]
    page.context.close()
    assert wrong == []
    assert said == []


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("width", "theme"), [(1440, "dark"), (390, "light")])
def test_an_import_is_run_and_undone_by_hand_on_accessible_screens(
    browser: Browser, house: House, address: str, width: int, theme: str
) -> None:
    page = entered(browser, house, address, width, theme)
    wrong: list[str] = []

    def look(words: str) -> None:
        expect(page.get_by_text(words).first).to_be_visible()
        wide = page.evaluate("document.documentElement.scrollWidth")
        wrong.extend([f"{words}: {wide} px wide"] if wide > width else [])
        wrong.extend(f"{words}: {line}" for line in chromium.violations(page))

    def press(name: str) -> None:
        """And wait for the page that answers: it has the same address."""
        with page.expect_navigation():
            page.get_by_role("button", name=name).click()

    def tick() -> None:
        now, instance = house.clock.now(), house.settings.instance
        assert importing.advance(house.db, house.vault, instance, now)
        page.reload()

    page.goto(f"{address}/b/rosewood/imports/")
    people = b"psid,first_name,tags\n501,Elise,vip\n5E+15,Lost,\n502,Marc,\n"
    file = {"name": "people.csv", "mimeType": "text/csv", "buffer": people}
    page.set_input_files("input[type=file]", file)  # type: ignore[arg-type]
    page.get_by_role("button", name="Upload and look at the columns").click()
    look("What do the columns mean?")
    press("Check the file")
    tick()
    look("Throw this file away")
    press("Import 2 people")
    tick()
    page.get_by_role("button", name="Undo this import").click()
    look("2 people whom this import created go, unless:")
    press("Undo it")
    tick()
    look("2 people whom this import had created are gone")
    page.context.close()
    assert wrong == []


@pytest.mark.parametrize("width", [1440, 360])
def test_the_sign_in_page_is_accessible(browser: Browser, address: str, width: int) -> None:
    page = browser.new_context(viewport={"width": width, "height": 844}).new_page()
    for path in ("/sign-in", "/sign-in/link/of-long-ago", "/b/rosewood/nowhere"):
        page.goto(address + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert chromium.violations(page) == []
    page.context.close()


def _complaint(message: ConsoleMessage) -> list[str]:
    loud = message.type == "error" and "the server responded" not in message.text
    return [f"{message.location.get('url')}: {message.text}"] if loud else []
