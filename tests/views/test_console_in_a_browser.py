"""What the browser complains about: nothing, whatever is clicked in the builder of segments."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

from tests.cast import Cast
from tests.views.test_screens_in_a_browser import address, browser, entered
from webapp.house import House

__all__ = ["address", "browser"]  # fixtures


def complaints(page: Page) -> list[str]:
    """Filled while the page lives."""
    found: list[str] = []
    page.on("console", lambda said: found.append(said.text) if said.type != "log" else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


def options(page: Page, select: str) -> list[str]:
    """What may be chosen."""
    found: list[str] = page.eval_on_selector_all(
        f"{select} option", "all => all.map(it => it.value)"
    )
    return found


@pytest.mark.timeout(300)
def test_the_builder_asks_for_nothing_that_our_policy_forbids(
    browser: Browser, house: House, cast: Cast, address: str
) -> None:
    page = entered(browser, house, address, 1440, "light")
    found = complaints(page)
    page.goto(f"{address}/b/rosewood/segments/new")
    page.get_by_role("button", name="Add a condition").first.click()
    page.wait_for_selector("#f-field-r-0")
    for field in options(page, "#f-field-r-0"):
        with page.expect_response("**/draft"):
            page.select_option("#f-field-r-0", field)
    for name in ("Add a group", "Remove the group", "Remove this condition"):
        with page.expect_response("**/draft"):
            page.get_by_role("button", name=name).first.click()
    for control, value in (("#f-person", "Ana"), ("#f-at", "2026-11-23T10:00")):
        with page.expect_response("**/draft"):
            page.fill(control, value)
            page.dispatch_event(control, "change")
    page.wait_for_load_state("networkidle")
    assert found == []
