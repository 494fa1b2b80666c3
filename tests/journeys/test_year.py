"""The year plan moved without a mouse."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.journeys.conftest import Desk

pytestmark = [pytest.mark.journey, pytest.mark.timeout(400)]
CAMPAIGN = "Christmas gifts"
BEGINS = "SELECT max(starts_on) FROM campaign WHERE name = ?"


def begins(desk: Desk) -> date:
    with closing(sqlite3.connect(desk.program.instance / "fanlight.db")) as database:
        return date.fromisoformat(database.execute(BEGINS, (CAMPAIGN,)).fetchone()[0])


def test_a_campaign_moves_by_keyboard_alone(desk: Desk) -> None:
    page, before = desk.you, begins(desk)
    page.goto(desk.path(f"year/{datetime.now(UTC).year}/"))
    page.locator("#f-campaign").focus()
    page.keyboard.type(CAMPAIGN)
    for _ in range(3):  # a week earlier, a day earlier, a day later
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent").strip() == "A day later"
    page.keyboard.press("Enter")
    end = time.monotonic() + 120
    while begins(desk) == before:
        assert time.monotonic() < end, "it did not move"
        page.wait_for_timeout(200)
    assert begins(desk) == before + timedelta(days=1)
    assert not desk.complaints
