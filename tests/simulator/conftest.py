"""A practice world without its server: calls go straight to the Graph door, time is set by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from webapp.simulator import batch, calls, clock, graph, life, practice, world
from webapp.simulator.answers import Answer
from webapp.simulator.calls import Request
from webapp.simulator.clock import HOUR
from webapp.simulator.settings import Settings
from webapp.simulator.world import World

NOON = clock.parse("2026-11-22T12:00:00Z") or 0
ANA, BEN, CARA, DAO = "1001", "1002", "1003", "1004"
PAGE = {"id": "500", "token": "T", "app_secret": "sesame", "webhook_url": "http://127.0.0.1:9/"}


class HandClock:
    def __init__(self, moment: int = NOON) -> None:
        self.moment = moment

    def now(self) -> int:
        return self.moment

    def advance(self, milliseconds: int) -> None:
        self.moment += milliseconds


@dataclass
class Platform:
    world: World
    time: HandClock

    def ask(
        self,
        method: str,
        path: str,
        params: dict[str, Any] | None = None,
        token: str = "T",  # noqa: S107
    ) -> Answer:
        """One Graph call, as JSON."""
        bearer = {"authorization": f"Bearer {token}"}
        body = json.dumps(params).encode() if params is not None else b""
        return graph.serve(self.world, calls.read(Request(method, path, bearer, body)))

    def send(self, psid: str, message: Any = "Hello", **more: Any) -> Answer:
        content = {"text": message} if isinstance(message, str) else message
        params = {"recipient": {"id": psid}, "messaging_type": "UPDATE", "message": content}
        return self.ask("POST", "/v26.0/me/messages", params | more)

    def send_by_token(self, token: str, message: Any = "Hello") -> Answer:
        recipient = {"notification_messages_token": token}
        return self.send("", message, recipient=recipient)

    def batch(self, items: list[dict[str, Any]], **more: Any) -> Answer:
        body = json.dumps({"batch": items, **more}).encode()
        call = calls.read(Request("POST", "/v26.0/?access_token=T", {}, body))
        return batch.serve(self.world, call)

    def practice(self, method: str, path: str, body: Any = None) -> Any:
        raw = (
            b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        )
        answer = practice.serve(self.world, Request(method, f"/_practice/{path}", {}, raw))
        assert isinstance(answer, Answer)
        return answer.body

    def option(self, **options: Any) -> None:
        self.practice("POST", "pages", {"id": "500", "options": options})

    def people(self, *people: dict[str, Any]) -> None:
        told = self.practice("POST", "people", list(people))
        assert told == {"people": len(people)}, told

    def events(self) -> list[dict[str, Any]]:
        """What waits to be posted to the callback, reactions due by now included."""
        life.live(self.world)
        rows = self.world.state.all("SELECT event FROM outbox ORDER BY id")
        return [json.loads(row["event"]) for row in rows]


@pytest.fixture
def platform() -> Iterator[Platform]:
    """Ana wrote an hour ago, Ben two days ago, Cara has blocked the page, Dao lives in Germany."""
    made, time = world.make(Settings(seed=7)), HandClock()
    made.clock = time  # type: ignore[assignment]
    platform = Platform(made, time)
    platform.practice("POST", "pages", PAGE)
    hour, two_days = clock.text(NOON - HOUR), clock.text(NOON - 48 * HOUR)
    platform.people(
        {"psid": ANA, "page": "500", "country": "US", "last_inbound_at": hour},
        {"psid": BEN, "page": "500", "country": "BR", "last_inbound_at": two_days},
        {"psid": CARA, "page": "500", "last_inbound_at": hour, "blocked": True},
        {"psid": DAO, "page": "500", "country": "DE", "topics": ["price-drops"]},
    )
    yield platform
    made.state.close()


def refusal(answer: Answer) -> tuple[int, int | None]:
    """Code and subcode of a refusal, which must have come in the platform's envelope."""
    error = answer.body["error"]
    assert error["message"]
    assert error["type"] == "OAuthException"
    assert error["fbtrace_id"]
    return error["code"], error.get("error_subcode")
