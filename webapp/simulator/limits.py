"""How fast and how much a page may call (rate limits page of 2026-03-23, written apart).

300 calls a second, 10 with audio or video, in a sliding second of real time; 200 calls for each
engaged person in any 24 hours of the simulator's clock. 2 conversation calls a second.
"""

from __future__ import annotations

import json
import time
from collections import defaultdict, deque
from dataclasses import dataclass, field

from webapp.simulator import errors
from webapp.simulator.clock import HOUR
from webapp.simulator.pages import Page
from webapp.simulator.state import State

GRACE = 1.05  # a real platform does not count to the call either
PER_ENGAGED = 200
CONVERSATIONS = 2
HOURS = 24


@dataclass(slots=True)
class Quota:
    """Accepted calls by hour of the clock: the last 24 count. The sum is kept for one hour."""

    by_hour: dict[int, int] = field(default_factory=dict)
    hour: int = -1
    total: int = 0

    def add(self, now: int, calls: int = 1) -> None:
        hour = now // HOUR
        self.by_hour[hour] = self.by_hour.get(hour, 0) + calls
        self.total += calls

    def used(self, now: int) -> int:
        this = now // HOUR
        if this != self.hour:
            self.by_hour = {h: n for h, n in self.by_hour.items() if this - HOURS < h <= this}
            self.hour, self.total = this, sum(self.by_hour.values())
        return self.total


class Limits:
    def __init__(self, state: State, now: int) -> None:
        self._recent: dict[tuple[str, str], deque[float]] = defaultdict(deque)
        self._quotas: dict[str, Quota] = defaultdict(Quota)
        for row in state.all(
            "SELECT page, at / ? AS hour, count(*) AS calls FROM journal"
            " WHERE accepted AND at > ? AND page IS NOT NULL GROUP BY page, hour",
            HOUR, now - HOURS * HOUR,
        ):  # fmt: skip
            self._quotas[row["page"]].add(row["hour"] * HOUR, row["calls"])

    def send(self, page: Page, *, media: bool) -> None:
        """Raises 613 when the page has sent as much in the last second as it may."""
        if media:
            self.call(page, "media", page.option("media_rate"))
        self.call(page, "send", page.option("rate"))

    def call(self, page: Page, what: str, rate: float) -> None:
        recent, now = self._recent[page.id, what], time.monotonic()
        while recent and recent[0] <= now - 1:
            recent.popleft()
        if len(recent) >= int(rate * GRACE):
            raise errors.rate_exceeded()
        recent.append(now)

    def day(self, page: Page, engaged: int, now: int) -> None:
        """Raises 80006 when the rolling day's quota is used up."""
        if self._quotas[page.id].used(now) >= PER_ENGAGED * engaged:
            raise errors.quota_exceeded()

    def accepted(self, page: Page, now: int) -> None:
        self._quotas[page.id].add(now)

    def headers(self, page: Page, engaged: int, now: int, regain: int = 0) -> dict[str, str]:
        """Usage in percent, as the platform reports it; `regain` in minutes when it says stop."""
        percent = int(self._quotas[page.id].used(now) * 100 / max(1, PER_ENGAGED * engaged))
        percent = 100 if regain else min(percent, 100)
        app = f'"call_count":{percent},"total_time":{percent // 4},"total_cputime":{percent // 4}'
        messenger = f'"type":"messenger",{app},"estimated_time_to_regain_access":{regain}'
        return {
            "x-app-usage": f"{{{app}}}",
            "x-business-use-case-usage": f"{{{json.dumps(page.id)}:[{{{messenger}}}]}}",
        }
