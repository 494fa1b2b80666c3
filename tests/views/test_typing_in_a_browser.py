"""Typing in a real browser on a slow network: what is typed meanwhile stays."""

from __future__ import annotations

from playwright.sync_api import Browser, Dialog, Page, Route, expect

from tests.views.test_screens_in_a_browser import address, browser, entered
from webapp.house import House

__all__ = ["address", "browser"]  # fixtures


def hold_the_next(page: Page) -> list[Route]:
    """The next redrawing of the rule waits in the list until it is let go on."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        if held:
            route.continue_()
        else:
            held.append(route)

    page.route("**/segments/draft", hold)
    return held


def until(page: Page, held: list[Route]) -> None:
    for _ in range(200):
        if held:
            return
        page.wait_for_timeout(20)
    raise AssertionError("nothing was asked of the server")


def test_days_typed_while_the_rule_is_drawn_anew_are_kept_and_counted(
    browser: Browser, house: House, address: str
) -> None:
    page = entered(browser, house, address, 1440, "light")
    page.goto(address + "/b/rosewood/segments/new")
    page.get_by_role("button", name="Add a condition").first.click()
    page.locator("#f-field-r-0").select_option("last_inbound_at")
    days = page.locator("#f-value-r-0[type=number]")
    expect(days).to_be_visible()
    held = hold_the_next(page)
    page.locator("#f-op-r-0").select_option("within_days")
    until(page, held)
    page.evaluate("document.querySelector('#f-value-r-0').dataset.old = 'yes'")
    days.evaluate("field => { field.value = '30' }")  # silently: no count replaces what is held
    with page.expect_request(lambda request: "value.r.0=30" in (request.post_data or "")):
        held[0].continue_()
        page.locator("#f-value-r-0:not([data-old])").wait_for()
        expect(days).to_have_value("30")
    page.context.close()


def test_a_value_of_another_condition_is_not_put_where_it_does_not_belong(
    browser: Browser, house: House, address: str
) -> None:
    page = entered(browser, house, address, 1440, "light")
    page.goto(address + "/b/rosewood/segments/new")
    for n, word in enumerate(("ana", "bob")):
        page.get_by_role("button", name="Add a condition").first.click()
        page.locator(f"#f-field-r-{n}").select_option("first_name")
        page.locator(f"#f-op-r-{n} option[value=contains]").wait_for(state="attached")
        page.locator(f"#f-op-r-{n}").select_option("contains")
        page.locator(f"input#f-value-r-{n}").fill(word)
        page.wait_for_timeout(600)
    held = hold_the_next(page)
    page.get_by_role("button", name="Remove this condition").first.click()
    until(page, held)
    page.locator("#f-value-r-0").evaluate("field => { field.value = 'anastasia' }")
    held[0].continue_()
    page.locator("#f-value-r-1").wait_for(state="detached")
    expect(page.locator("#f-value-r-0")).to_have_value("bob")
    page.context.close()


def test_leaving_what_is_typed_is_asked_about_and_sending_or_cancelling_it_is_not(
    browser: Browser, house: House, address: str
) -> None:
    page = entered(browser, house, address, 1440, "light")
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", answer)
    page.goto(f"{address}/b/rosewood/segments/new")
    page.get_by_label("Name", exact=True).press_sequentially("Half an hour")
    page.get_by_role("link", name="Rules").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Half an hour")
    assert asked == ["beforeunload"]
    page.get_by_role("button", name="Save the segment").click()
    page.wait_for_url("**/segments/*/")
    page.get_by_label("Name", exact=True).press_sequentially(" more")
    page.get_by_role("link", name="Discard the changes").click()
    page.get_by_role("link", name="Rules").click()
    page.wait_for_url("**/rules/")
    assert asked == ["beforeunload"]
    page.context.close()
