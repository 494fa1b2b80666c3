"""Every component in a real browser: accessible, inside the page, quiet under the policy."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright
from werkzeug.serving import make_server

from tests.views import chromium, look

PAGE = "/b/rosewood/broadcasts"
SIZES = [1440, 390, 360]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = make_server("127.0.0.1", 0, look.make(look.Person()), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = chromium.launch(playwright)
        yield opened
        opened.close()


def visit(browser: Browser, url: str, width: int = 1440, theme: Any = "light") -> Page:
    """A page whose console must stay silent: the policy's complaints are errors."""
    context = browser.new_context(viewport={"width": width, "height": 844}, color_scheme=theme)
    page = context.new_page()
    page.on("console", _complain)
    page.goto(url)
    return page


def _complain(message: ConsoleMessage) -> None:
    if message.type == "error" and "the server responded" not in message.text:
        pytest.fail(message.text)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", SIZES)
def test_every_component_is_accessible_and_fits(
    browser: Browser, address: str, width: int, theme: str
) -> None:
    page = visit(browser, address + PAGE, width, theme)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert chromium.violations(page) == []
    page.context.close()


def test_open_dialogs_and_menus_are_accessible(browser: Browser, address: str) -> None:
    page = visit(browser, address + PAGE)
    page.click("details.person summary")
    assert chromium.violations(page) == []
    page.keyboard.press("?")
    page.wait_for_selector("dialog#shortcuts[open]")
    assert chromium.violations(page) == []
    page.context.close()


def test_the_phones_menu_opens_and_closes_by_keyboard(browser: Browser, address: str) -> None:
    page = visit(browser, address + PAGE, 360)
    page.focus("button.opener")
    page.keyboard.press("Enter")
    page.wait_for_selector("#places:popover-open")
    assert chromium.violations(page) == []
    page.keyboard.press("Escape")
    assert page.locator("#places").is_hidden()
    page.context.close()


def test_a_refused_form_takes_the_focus_to_its_errors(browser: Browser, address: str) -> None:
    page = visit(browser, address + PAGE)
    page.click("text=Save the schedule")
    page.wait_for_selector(".errors:focus")
    assert page.get_attribute("#f-name", "aria-invalid") == "true"
    assert chromium.violations(page) == []
    page.context.close()


def test_the_counter_counts_while_typing(browser: Browser, address: str) -> None:
    page = visit(browser, address + PAGE)
    page.fill("#f-name", "\U0001f381" * 41)
    assert page.text_content("output[for=f-name]") == "41 / 40"
    assert page.get_attribute("output[for=f-name]", "data-over") is not None
    page.context.close()


def test_keys_lead_but_never_while_typing(browser: Browser, address: str) -> None:
    page = visit(browser, address + PAGE)
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "f-q"
    page.keyboard.type("gs")
    assert page.input_value("#f-q") == "gs"
    page.click("h1")
    page.keyboard.press("g")
    page.keyboard.press("s")
    page.wait_for_url("**/b/rosewood/segments")
    page.context.close()


def test_the_chosen_theme_is_there_before_the_next_paint(browser: Browser, address: str) -> None:
    page = visit(browser, address + PAGE)
    page.click("details.person summary")
    page.click("[data-theme-choice=dark]")
    page.reload()
    assert page.get_attribute("html", "data-theme") == "dark"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(22, 23, 26)"
    page.context.close()


def test_an_error_of_a_fragment_shows_on_top_and_the_page_stays(
    browser: Browser, address: str
) -> None:
    page = visit(browser, address + PAGE)
    page.evaluate("htmx.ajax('GET', '/fail/refused', {target: '#form'})")
    page.wait_for_selector("#notices .notice:focus")
    assert page.locator("#form").is_visible()
    page.context.close()


def test_an_act_that_matters_names_its_effect_first(browser: Browser, address: str) -> None:
    page = visit(browser, address + PAGE, 390)
    page.click("text=Stop this broadcast")
    dialog = page.locator("dialog#stop")
    assert "3,130 people get nothing" in dialog.inner_text()
    page.click("dialog#stop >> text=Keep as it is")
    assert dialog.is_hidden()
    page.context.close()
