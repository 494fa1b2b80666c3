"""The application with the cast in it, and programs that call it with real tokens.

`api("manager")` speaks for Rosewood's manager; `api("other")` for the other brand's admin.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests import cast as casting
from tests import fakes, shared_app
from tests.cast import Cast
from webapp import db as database
from webapp.api.calls import Call
from webapp.config import Settings
from webapp.domain.permission import Actor, Role
from webapp.domain.policy import rulebook
from webapp.house import House
from webapp.models.user import Membership, User
from webapp.platforms import registry
from webapp.services import tokens
from webapp.services.channels import Outside

BOOK = rulebook.load()


@dataclass
class Program:
    """A caller of /api/v1 with one token."""

    app: Flask
    token: str
    headers: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, json_: Any = None, **more: Any) -> TestResponse:
        headers = {
            "Authorization": f"Bearer {self.token}", **self.headers, **more.pop("headers", {})
        }  # fmt: skip
        if json_ is not None:
            more["json"] = json_
        return self.app.test_client().open(f"/api/v1{path}", method=method, headers=headers, **more)

    def get(self, path: str, **more: Any) -> Any:
        """The answer's JSON; it must be a good one."""
        return self._good("GET", path, None, **more)

    def post(self, path: str, json_: Any = None, **more: Any) -> Any:
        return self._good("POST", path, json_, **more)

    def put(self, path: str, json_: Any = None, **more: Any) -> Any:
        return self._good("PUT", path, json_, **more)

    def patch(self, path: str, json_: Any = None, **more: Any) -> Any:
        return self._good("PATCH", path, json_, **more)

    def delete(self, path: str, **more: Any) -> Any:
        return self._good("DELETE", path, None, **more)

    def _good(self, method: str, path: str, json_: Any, **more: Any) -> Any:
        response = self.ask(method, path, json_, **more)
        assert response.status_code < 400, response.get_data(as_text=True)
        return response.get_json(silent=True)


@dataclass
class World:
    """A house with the cast, its application, its clock and programs by role."""

    house: House
    app: Flask
    clock: fakes.HandClock
    cast: Cast

    def program(self, role: str) -> Program:
        cast = self.cast
        if role == "other":
            return self.program_of(_other_admin(self.house, cast), cast.other, Role.ADMIN)
        return self.program_of(getattr(cast, role), cast.rosewood, Role[role.upper()])

    def program_of(self, user_id: int, brand_id: int, role: Role) -> Program:
        actor = Actor(user_id, "a test", role)
        with self.house.db.writer(brand_id) as session:
            _, text = tokens.create(
                session, self.house.vault, actor, name="test", role=role, now=self.clock.now()
            ) if role is Role.ADMIN else tokens.create_for(
                session, self.house.vault, Actor(None, "cli", Role.ADMIN, operator=True),
                session.get_one(User, user_id), name="test", role=role, now=self.clock.now(),
            )  # fmt: skip
        return Program(self.app, text)

    def everywhere(self, user_id: int) -> Program:
        """A token that reaches every brand of a person."""
        operator = Actor(None, "cli", Role.ADMIN, operator=True, door="cli")
        with self.house.db.writer(database.NO_BRAND) as session:
            _, text = tokens.create_everywhere(
                session, self.house.vault, operator, session.get_one(User, user_id),
                name="all", role=Role.ADMIN, now=self.clock.now(),
            )  # fmt: skip
        return Program(self.app, text)


def build(db: database.Database, now: datetime, folder: Path) -> World:
    clock = fakes.HandClock(now)
    cast = casting.enter(db, now)
    settings = Settings(folder, db.url, "a key for the tests only")
    house = House(settings, db, clock, casting.VAULT, registry.default(), BOOK)
    return World(house, shared_app.of(house), clock, cast)


@pytest.fixture
def world(sqlite_db: database.Database, now: datetime, tmp_path: Path) -> World:
    return build(sqlite_db, now, tmp_path)


@pytest.fixture
def both(db: database.Database, now: datetime, tmp_path: Path) -> World:
    """The same, once on each database."""
    return build(db, now, tmp_path)


@pytest.fixture
def api(world: World) -> Callable[[str], Program]:
    return world.program


@pytest.fixture(autouse=True)
def platform(monkeypatch: pytest.MonkeyPatch) -> fakes.FakeTransport:
    """Calls to the platform are answered here; nothing leaves the machine."""
    transport = fakes.FakeTransport()

    def outside(call: Call) -> Outside:
        house = call.house
        return Outside(house.platforms, house.vault, house.settings, transport.call)

    monkeypatch.setattr(Call, "outside", property(outside))
    return transport


def problem(response: TestResponse, status: int) -> dict[str, Any]:
    """The problem document of a refused call; it must be one, of that status."""
    assert response.status_code == status, response.get_data(as_text=True)
    assert response.content_type == "application/problem+json"
    found: dict[str, Any] = json.loads(response.get_data())
    assert found["status"] == status
    assert found["type"]
    assert found["title"]
    assert found["detail"]
    return found


def _other_admin(house: House, cast: Cast) -> int:
    with house.db.writer(cast.other) as session:
        now = house.clock.now()
        user = User(email="eve@other.example", name="Eve", created_at=now)
        session.add(user)
        session.flush()
        session.add(
            Membership(brand_id=cast.other, user_id=user.id or 0, role="admin", created_at=now)
        )
        session.commit()
        return user.id or 0
