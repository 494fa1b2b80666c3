"""A browser for the tests of doors: keeps its cookie, answers for CSRF, may speak htmx."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from werkzeug.test import TestResponse

from webapp.db import NO_BRAND
from webapp.services import sign_in
from webapp.store import users

CSRF = "a token of the tests"


@dataclass
class StoppedClock:
    """A clock that moves when told."""

    at: datetime

    def now(self) -> datetime:
        return self.at

    def advance(self, by: timedelta) -> None:
        self.at += by


class Browser:
    """`get` and `post` like a person's browser; `htmx=True` asks as htmx 4 does."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.client = app.test_client()

    def sign_in(self, email: str) -> Browser:
        """By a one-time link, without its screens."""
        house = self.app.extensions["fanlight"]
        now = house.clock.now()
        with house.db.writer(NO_BRAND) as session:
            user = users.by_email(session, email)
            assert user is not None, email
            token = sign_in.make_link(session, house.vault, user, now)
            key = sign_in.with_link(session, house.vault, token, now)
        with self.client.session_transaction() as cookie:
            cookie.update({"_user_id": key, "_fresh": True, "csrf_token": CSRF})
        return self

    def get(self, path: str, *, htmx: bool = False, **query: Any) -> TestResponse:
        headers = self._htmx() if htmx else {}
        return self.client.get(path, headers=headers, query_string=query or None, buffered=True)

    def post(
        self, path: str, data: Any = None, *, htmx: bool = False, csrf: bool = True
    ) -> TestResponse:
        headers = self._htmx() if htmx else {}
        if csrf:
            headers["X-CSRFToken"] = self.csrf_token()
        return self.client.post(path, data=data, headers=headers)

    def csrf_token(self) -> str:
        with self.client.session_transaction() as cookie:
            raw = cookie.setdefault("csrf_token", CSRF)
        maker = URLSafeTimedSerializer(str(self.app.secret_key), salt="wtf-csrf-token")
        return str(maker.dumps(raw))

    def cookie(self) -> str:
        found = self.client.get_cookie(self.app.config["SESSION_COOKIE_NAME"])
        return found.value if found else ""

    @staticmethod
    def _htmx() -> dict[str, str]:
        return {"HX-Request": "true", "HX-Request-Type": "partial"}
