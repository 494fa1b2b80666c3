"""The builder with a condition of every kind, in a real browser: wide, narrow, by keyboard."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.cast import Cast
from tests.views import chromium
from tests.views.test_screens_in_a_browser import address, browser, entered
from webapp.domain.permission import Actor, Role
from webapp.house import House
from webapp.models.broadcast import Broadcast
from webapp.services import freezing, segments

__all__ = ["address", "browser"]  # fixtures

EVERY_KIND = {
    "all": [
        {"field": "country", "op": "in", "value": ["FR", "BR"]},
        {"field": "first_name", "op": "ends_with", "value": "a"},
        {"field": "last_inbound_at", "op": "over_days_ago", "value": 30},
        {"field": "read", "op": "at_least", "value": {"times": 3, "days": 30}},
        {"none": [
            {"field": "wrote", "op": "ever", "value": {}},
            {"field": "window", "op": "closes_within", "value": 4},
            {"field": "window", "op": "open_at", "value": "2026-11-23T10:00:00Z"},
            {"field": "topic", "op": "expires_within",
             "value": {"topic": "price-drops", "days": 30}},
            {"any": [{"field": "share", "op": "in_share",
                      "value": {"name": "spring", "percent": 10}},
                     {"field": "received", "op": "never", "value": {"days": 7, "broadcast": 1}}]},
        ]},
    ]
}  # fmt: skip


def kept(house: House, cast: Cast) -> tuple[int, int]:
    """A segment with everything, and a frozen one that others may ask about; one broadcast to
    choose has a name too long for a phone."""
    actor, now = Actor(cast.admin, "Ada", Role.ADMIN), house.clock.now()
    with house.db.writer(cast.rosewood) as session:
        session.add(Broadcast(brand_id=cast.rosewood, channel_id=cast.channel, name="Spring " * 15,
                              kind="standard", created_at=now, updated_at=now))  # fmt: skip
        open_ones = segments.read(session, {"field": "window", "op": "open"})
        frozen = segments.create(session, actor, "Were open", open_ones, now).id or 0
        freezing.freeze(session, actor, frozen, now)
        about = {"field": "segment", "op": "not_member", "value": frozen}
        tree = {"any": [about, EVERY_KIND]}
        made = segments.create(session, actor, "All", segments.read(session, tree), now)
    return made.id or 0, frozen


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (390, "dark")])
def test_every_kind_of_condition_is_accessible_and_fits(
    browser: Browser, house: House, cast: Cast, address: str, width: int, theme: str
) -> None:
    page = entered(browser, house, address, width, theme)
    for number in kept(house, cast):
        page.goto(f"{address}/b/rosewood/segments/{number}/")
        assert chromium.violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.context.close()


def choose(page: Page, label: str, wanted: str) -> None:
    """With the keyboard alone: to the control, and its option by typing."""
    control = page.get_by_label(label).last
    control.focus()
    page.keyboard.type(wanted)
    page.keyboard.press("Tab")


def test_a_condition_about_reading_is_built_by_keyboard(
    browser: Browser, house: House, cast: Cast, address: str
) -> None:
    page = entered(browser, house, address, 1440, "light")
    page.goto(f"{address}/b/rosewood/segments/new")
    page.get_by_role("button", name="Add a condition").focus()
    page.keyboard.press("Enter")
    choose(page, "What it is about", "Read a m")
    expect(page.get_by_label("Of which broadcast")).to_be_visible()
    choose(page, "How it compares", "never")
    expect(page.get_by_label("How many times")).to_have_count(0)
    page.get_by_label("Number of days; empty for ever").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("7")
    expect(page.locator("#found")).to_contain_text("never read a message in the last 7 days")
    expect(page.locator("#found .figure")).to_have_text("4")
    page.get_by_label("Name", exact=True).fill("Silent for a week")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Save the segment").press("Enter")
    page.wait_for_url(re.compile(r"/segments/\d+"))
    page.context.close()


def test_the_focus_goes_on_from_what_was_added_or_taken_away(
    browser: Browser, house: House, cast: Cast, address: str
) -> None:
    page = entered(browser, house, address, 1440, "light")
    page.goto(f"{address}/b/rosewood/segments/new")
    for act, then in (
        ("Add a group", "#f-kind-r-0"),
        ("Add a condition", "#f-field-r-0-1"),
        ("Remove this condition", "#f-kind-r-0"),
        ("Remove the group", "#f-kind-r"),
    ):
        page.get_by_role("button", name=act).first.press("Enter")
        expect(page.locator(then)).to_be_focused()
    page.context.close()
