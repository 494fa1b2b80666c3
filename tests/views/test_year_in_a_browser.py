"""The year in a real browser: campaigns move by pointer and by key, and the focus stays."""

from __future__ import annotations

from datetime import date

import pytest
from playwright.sync_api import Browser, Locator, Page
from sqlmodel import select

from tests.cast import Cast
from tests.views import chromium
from tests.views.test_screens_in_a_browser import address, browser, entered
from webapp import db as database
from webapp.house import House
from webapp.models.campaign import Campaign, Moment

__all__ = ["address", "browser"]  # fixtures
YEAR = "/b/rosewood/year/2026/"
LONG = "A campaign with a rather long name that nobody could fit anywhere at all"


@pytest.fixture
def sale(sqlite_db: database.Database, cast: Cast, house: House) -> int:
    now = house.clock.now()
    with sqlite_db.writer(cast.rosewood) as session:

        def put(name: str, first: date, last: date) -> Campaign:
            row = Campaign(brand_id=cast.rosewood, name=name, starts_on=first, ends_on=last,
                           lane="Seasons", created_at=now, updated_at=now)  # fmt: skip
            session.add(row)
            return row

        put(LONG, date(2026, 2, 3), date(2026, 2, 5))
        moved = put("Summer edit", date(2026, 5, 20), date(2026, 7, 10))
        session.add(Moment(brand_id=cast.rosewood, on=date(2026, 6, 12), name="Namorados"))
        session.commit()
        return moved.id or 0


def days(db: database.Database, cast: Cast, key: int) -> tuple[date, date]:
    with db.reader(cast.rosewood) as session:
        row = session.get_one(Campaign, key)
        return row.starts_on, row.ends_on


def open_year(browser: Browser, house: House, address: str, key: int) -> tuple[Page, Locator]:
    page = entered(browser, house, address, 1440, "light")
    page.goto(address + YEAR)
    return page, page.locator(f"#campaign-{key}")


def test_arrow_keys_move_a_campaign_and_the_focus_stays(
    browser: Browser,
    house: House,
    address: str,
    sqlite_db: database.Database,
    cast: Cast,
    sale: int,
) -> None:
    page, bar = open_year(browser, house, address, sale)
    bar.focus()
    for key in ("ArrowRight", "ArrowRight", "Shift+ArrowLeft"):
        page.keyboard.press(key)
    page.wait_for_selector("#toasts >> text=now runs from Fri 15 May 2026 to Sun 5 Jul 2026")
    assert days(sqlite_db, cast, sale) == (date(2026, 5, 15), date(2026, 7, 5))
    assert page.evaluate("document.activeElement.id") == f"campaign-{sale}"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Escape")
    assert bar.get_attribute("transform") is None
    page.context.close()


def test_a_drag_moves_by_whole_days_and_opens_nothing(
    browser: Browser,
    house: House,
    address: str,
    sqlite_db: database.Database,
    cast: Cast,
    sale: int,
) -> None:
    page, bar = open_year(browser, house, address, sale)
    box = bar.locator("rect").bounding_box()
    assert box
    a_day = box["width"] / 52
    page.mouse.move(box["x"] + 20, box["y"] + 8)
    page.mouse.down()
    page.mouse.move(box["x"] + 20 + 10 * a_day, box["y"] + 10, steps=6)
    page.mouse.up()
    page.wait_for_selector("#toasts >> text=now runs from Sat 30 May 2026")
    assert days(sqlite_db, cast, sale)[0] == date(2026, 5, 30)
    assert page.url == address + YEAR
    bar.click()
    page.wait_for_url(f"**/campaigns/{sale}")
    page.context.close()


def test_a_double_click_adds_once_and_moves_twice(
    browser: Browser,
    house: House,
    address: str,
    sqlite_db: database.Database,
    cast: Cast,
    sale: int,
) -> None:
    page, _ = open_year(browser, house, address, sale)
    page.set_default_timeout(8_000)
    page.fill("[name=name]", "Doors open")
    page.get_by_role("button", name="Add the moment").dblclick()
    page.get_by_text("Doors open is on the plan.").first.wait_for()
    page.select_option("#f-campaign", str(sale))
    page.get_by_role("button", name="A day later").dblclick()
    page.wait_for_selector("#toasts >> text=now runs from Fri 22 May 2026")
    page.goto(f"{address}/b/rosewood/campaigns/new")
    page.fill("[name=name]", "Twice")
    page.fill("[name=ends_on]", "2027-01-01")
    page.get_by_role("button", name="Save the campaign").dblclick()
    page.wait_for_url("**/year/*/")
    page.wait_for_load_state("networkidle")
    with sqlite_db.reader(cast.rosewood) as session:
        added = session.exec(select(Moment.name).where(Moment.name == "Doors open")).all()
        added += session.exec(select(Campaign.name).where(Campaign.name == "Twice")).all()
    assert list(added) == ["Doors open", "Twice"]
    page.context.close()


@pytest.mark.parametrize(("width", "theme"), [(1440, "dark"), (390, "light"), (360, "dark")])
def test_the_year_is_accessible_and_fits(
    browser: Browser, house: House, cast: Cast, address: str, sale: int, width: int, theme: str
) -> None:
    page = entered(browser, house, address, width, theme)
    pages = ("", "?show=q2", "?show=6", "?as=table", f"../../campaigns/{sale}")
    for path in pages:
        page.goto(address + YEAR + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert chromium.violations(page) == []
    page.context.close()
