"""The practice platform as a process of its own, for any test that needs a platform to talk to.

def test_something(simulator):
    page = simulator.register_page(webhook_url=...)
    simulator.say("1001", "Hello")
    assert simulator.count()["accepted"] == 1
"""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

ROOT = Path(__file__).parent.parent
PAGE = {"id": "100200300", "token": "page-token", "app_secret": "app-secret"}  # as in cast.py
READY = "ready on "
PATIENCE = 90.0  # seconds: a ceiling on a machine that stands still, not a measure
BEAT = 0.02


@dataclass
class Simulator:
    """A running simulator. `url` has no path; every method raises AssertionError on a refusal."""

    url: str
    process: subprocess.Popen[str]
    page: dict[str, Any] = field(default_factory=lambda: dict(PAGE))

    def register_page(self, **facts: Any) -> dict[str, Any]:
        """Registers a page; its id, token and app secret are those of PAGE unless given."""
        self.page = {**PAGE, **facts}
        return self.practice("POST", "pages", self.page)

    def people(self, people: list[dict[str, Any]]) -> int:
        return int(self.practice("POST", "people", people)["people"])

    def say(self, psid: str, text: str | None = None, **what: Any) -> dict[str, Any]:
        """The person writes `text`, or does `what`: payload=, quick_reply=, reaction=, block=."""
        said = {"text": text} if text is not None else {}
        return self.practice("POST", f"people/{psid}/say", {**self._where(what), **said, **what})

    def opt_in(self, psid: str, topic: str, **more: Any) -> str:
        """The person opts in to a topic; returns the token."""
        given = {**self._where(more), "psid": psid, "topic": topic, **more}
        return str(self.practice("POST", "optin", given)["token"])

    def journal(self, **query: Any) -> list[dict[str, Any]]:
        """Entries, oldest first: page=, psid=, since=, accepted=1, after=, limit=."""
        entries: list[dict[str, Any]] = self.practice("GET", f"journal?{urlencode(query)}")[
            "entries"
        ]
        return entries

    def count(self, page: str | None = None) -> dict[str, Any]:
        """requests, accepted, people, keys, doubles, refused."""
        return self.practice("GET", f"journal/count?{urlencode({'page': page} if page else {})}")

    def fault(self, kind: str, **about: Any) -> int:
        """Asks for a fault; returns its number."""
        return int(self.practice("POST", "faults", {"kind": kind, **about})["id"])

    def no_faults(self) -> None:
        self.practice("DELETE", "faults")

    def pause_reactions(self, *, paused: bool = True) -> None:
        self.practice("POST", "pause_reactions", {"paused": paused})

    def state(self) -> dict[str, Any]:
        return self.practice("GET", "state")

    def practice(self, method: str, path: str, body: Any = None) -> Any:
        status, answer = self.ask(method, f"/_practice/{path}", body)
        assert status == 200, answer
        return answer

    def graph(
        self, method: str, path: str, body: Any = None, token: str | None = None
    ) -> tuple[int, Any]:
        """One call to the Graph with the page's token: its status and JSON."""
        bearer = {"Authorization": f"Bearer {token or self.page['token']}"}
        return self.ask(method, f"/v26.0/{path.lstrip('/')}", body, bearer)

    def send(self, psid: str, message: Any = "Hello", **more: Any) -> tuple[int, Any]:
        """A send to a person; `message` may be a text."""
        content = {"text": message} if isinstance(message, str) else message
        body = {"recipient": {"id": psid}, "messaging_type": "UPDATE", "message": content, **more}
        return self.graph("POST", "me/messages", body)

    def ask(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        place = urlsplit(self.url)
        line = http.client.HTTPConnection(place.hostname or "", place.port, timeout=PATIENCE)
        raw = body if isinstance(body, str | bytes) else json.dumps(body)
        try:
            line.request(method, path, raw if body is not None else None, headers or {})
            answer = line.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            line.close()

    def _where(self, given: dict[str, Any]) -> dict[str, Any]:
        return {} if "page" in given else {"page": self.page["id"]}


@contextmanager
def running(
    instance: Path, *, state: str | Path = "", seed: int = 7, speed: float = 1000, port: int = 0,
    webhook: str = "", web: str = "", test_clock: bool = True, may_kill: bool = False,
) -> Iterator[Simulator]:  # fmt: skip
    """A simulator on a free port with its state in `instance`; stopped at the end, cleanly."""
    command = [sys.executable, "-m", "webapp.simulator", "--port", str(port), "--seed", str(seed)]
    command += ["--speed", str(speed), "--state", str(state), "--webhook", webhook]
    command += ["--web", web]
    command += ["--may-kill"] if may_kill else []
    clock = {"FANLIGHT_TEST_CLOCK": "1"} if test_clock else {}
    environ = {**os.environ, "FANLIGHT_INSTANCE": str(instance), **clock}
    process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True)
    try:
        yield Simulator(_ready(process), process)
    finally:
        stop(process)


def stop(process: subprocess.Popen[str]) -> None:
    """SIGTERM, and the patience to see it obeyed."""
    process.terminate()
    try:
        process.wait(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise
    finally:
        if process.stdout:
            process.stdout.close()


def advance_clock(instance: Path, seconds: float) -> None:
    """Moves the installation's test clock, as `fanlight clock advance` does."""
    file = instance / "clock.json"
    before = json.loads(file.read_text())["offset_seconds"] if file.exists() else 0.0
    part = file.with_suffix(".part")
    part.write_text(json.dumps({"offset_seconds": before + seconds}))
    part.replace(file)


def until(fact: Callable[[], Any], patience: float = PATIENCE) -> Any:
    """Waits for something another process does; fails when it has not come true in time."""
    end = time.monotonic() + patience
    while not (value := fact()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(BEAT)
    return value


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[Simulator]:
    """A fresh simulator with one page registered. Import it where it is needed."""
    with running(tmp_path) as simulator:
        simulator.register_page()
        yield simulator


def _ready(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert READY in line, f"the simulator did not start: {line!r}"
    return line.split(READY)[1].strip()
