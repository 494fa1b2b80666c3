"""The application on SQLite with the cast in it, and browsers signed in by role.

`client("manager")` is a Browser signed in as Rosewood's manager; `client(None)` is nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask

from tests import cast as casting
from tests import shared_app
from tests.cast import Cast
from tests.simulator_process import simulator
from tests.views.browser import Browser, StoppedClock
from webapp import db as database
from webapp.config import Settings
from webapp.domain.policy import rulebook
from webapp.house import House
from webapp.platforms import registry

__all__ = ["simulator"]  # a fixture made elsewhere
SignIn = Callable[[str | None], Browser]


@pytest.fixture
def cast(sqlite_db: database.Database, now: datetime) -> Cast:
    return casting.enter(sqlite_db, now)


@pytest.fixture
def clock(now: datetime) -> StoppedClock:
    return StoppedClock(now)


@pytest.fixture(scope="session")
def book() -> rulebook.Rulebook:
    return rulebook.load()


@pytest.fixture
def house(
    sqlite_db: database.Database,
    clock: StoppedClock,
    book: rulebook.Rulebook,
    tmp_path: Path,
    cast: Cast,
) -> House:
    settings = Settings(tmp_path, sqlite_db.url, "a key for the tests only")
    return House(settings, sqlite_db, clock, casting.VAULT, registry.default(), book)


@pytest.fixture
def app(house: House) -> Flask:
    return shared_app.of(house)


@pytest.fixture
def client(app: Flask) -> SignIn:
    def open_browser(role: str | None = None) -> Browser:
        browser = Browser(app)
        return browser.sign_in(f"{role}@rosewood.example") if role else browser

    return open_browser
