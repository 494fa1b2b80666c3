"""The whole product running as people run it, `fanlight demo`, and two people in front of it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    expect,
    sync_playwright,
)

from tests.views import chromium

ROOT = Path(__file__).parents[2]
START_WITHIN, STOP_WITHIN = 400.0, 60.0  # seconds, on a busy machine
PEOPLE = 600  # enough to see everything, few enough to be quick
LINK = re.compile(r"http://\S+/sign-in/link/\S+")

expect.set_options(timeout=30_000)


@dataclass(frozen=True)
class Program:
    """Where it runs, and the one-time links it printed: an admin's, then a manager's."""

    address: str
    links: tuple[str, ...]
    instance: Path


@dataclass
class Desk:
    """Two people at their browsers. `complaints` is what the consoles said."""

    program: Program
    you: Page
    second: Page
    complaints: list[str]

    def path(self, path: str) -> str:
        return f"{self.program.address}/b/rosewood/{path}"


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    instance = tmp_path_factory.mktemp("instance")
    printed = instance / "printed.txt"
    process = start(instance, printed)
    try:
        yield ready(process, printed, instance)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            raise


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = chromium.launch(playwright)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def desk(program: Program, chrome: Browser) -> Iterator[Desk]:
    complaints: list[str] = []
    pages = [signed_in(chrome, link, complaints) for link in program.links]
    yield Desk(program, pages[0], pages[1], complaints)
    for page in pages:
        page.context.close()


def start(instance: Path, printed: Path, people: int = PEOPLE) -> subprocess.Popen[bytes]:
    environ = {**os.environ, "FANLIGHT_INSTANCE": str(instance), "PYTHONUNBUFFERED": "1"}
    ports = ["--port", "0", "--simulator-port", "0"]
    command = [sys.executable, "-m", "webapp", "demo", "--people", str(people), *ports]
    with printed.open("wb") as output:
        return subprocess.Popen(
            command, cwd=ROOT, env=environ, stdout=output, stderr=subprocess.STDOUT
        )


def ready(process: subprocess.Popen[bytes], printed: Path, instance: Path) -> Program:
    end = time.monotonic() + START_WITHIN
    while "Ctrl-C" not in (said := printed.read_text()):
        assert process.poll() is None, f"it ended: {said}"
        assert time.monotonic() < end, f"it did not start in time: {said}"
        time.sleep(0.1)
    links = tuple(LINK.findall(said))
    return Program(links[0].partition("/sign-in")[0], links, instance)


def signed_in(chrome: Browser, link: str, complaints: list[str]) -> Page:
    context: BrowserContext = chrome.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.set_default_timeout(60_000)

    def hear(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(f"{page.url}: {message.text}")

    page.on("console", hear)
    page.goto(link)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/b/rosewood/**")
    return page
