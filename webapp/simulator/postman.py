"""Posts the outbox to the pages' callbacks: batched, signed, retried, never in anyone's way.

As the platform does: a few times at once, then further apart; after an hour without a success the
subscription is dropped ("Webhooks Disabled") until the page subscribes again. Waits stay short of
the platform's, so that a drill need not be waited for.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from dataclasses import dataclass, field

from webapp.simulator import client, journal, life, outbox, signature
from webapp.simulator.pages import Page
from webapp.simulator.state import Row
from webapp.simulator.world import World

TICK = 0.02  # seconds
HOUSEKEEPING = 30.0  # seconds between trims of journal and outbox
WAITS = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0)  # seconds after each failure in a row
KEEP_ORDER = 3  # failures after which a batch no longer holds up the events behind it
GIVE_UP = 3600.0  # seconds without a success


@dataclass(slots=True)
class Line:
    """How posting to one page stands, in seconds of the monotonic clock."""

    busy: bool = False
    failures: int = 0
    failing_since: float = 0.0
    again_at: float = 0.0


@dataclass(slots=True)
class Postman:
    """Carries the outbox of one world until it is cancelled."""

    world: World
    lines: dict[str, Line] = field(default_factory=dict)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    tidied: float = field(default_factory=time.monotonic)

    async def run(self) -> None:
        while True:
            life.live(self.world)
            self._set_out()
            self._tidy()
            self.world.state.commit()
            await asyncio.sleep(TICK)

    def _set_out(self) -> None:
        """One POST at a time for each page that has something waiting."""
        now = time.monotonic()
        for page in self.world.pages.every():
            line = self.lines.setdefault(page.id, Line())
            if line.busy or now < line.again_at:
                continue
            rows = outbox.waiting(self.world, page)
            if rows:
                line.busy = True
                self._start(self._carry(page, line, rows))

    def _start(self, errand: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(errand)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _carry(self, page: Page, line: Line, rows: list[Row]) -> None:
        """Batch after batch, until nothing waits or one is not taken."""
        try:
            while rows:
                if not await _post(self.world, page, rows):
                    self._failed(page, line, rows)
                    return
                line.failures, line.again_at = 0, 0.0
                outbox.delete(self.world, rows)
                rows = outbox.waiting(self.world, page)
        finally:
            line.busy = False

    def _failed(self, page: Page, line: Line, rows: list[Row]) -> None:
        now, wait = time.monotonic(), WAITS[min(line.failures, len(WAITS) - 1)]
        line.failing_since = line.failing_since if line.failures else now
        line.again_at = now + wait
        line.failures += 1
        if line.failures > KEEP_ORDER:
            outbox.put_off(self.world, rows, wait)
        if now - line.failing_since > GIVE_UP:
            line.failures = 0
            outbox.disable(self.world, page)

    def _tidy(self) -> None:
        if time.monotonic() - self.tidied > HOUSEKEEPING:
            self.tidied = time.monotonic()
            outbox.bound(self.world)
            journal.trim(self.world.state)


async def _post(world: World, page: Page, rows: list[Row]) -> bool:
    """Whether the callback took them: an answer of 200 to 299 within five seconds."""
    body = outbox.envelope(page, rows, world.clock.now())
    headers = {"content-type": "application/json", **signature.headers(page.app_secret, body)}
    try:
        url = outbox.callback(world, page) or ""
        status, _ = await client.ask("POST", url, headers, body)
    except (OSError, TimeoutError, ValueError):
        return False
    return 200 <= status < 300
