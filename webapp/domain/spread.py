"""A send spread evenly over a period, instead of as fast as its channel allows.

Those who are left go evenly in what is left of the period: after a pause, a crash or a wait they go
closer together, never at once to catch up, and never faster than the channel. After the period
whoever is left goes as fast as the channel allows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from webapp.domain.rate import WAVE
from webapp.domain.wording import Sentence, say

SHORTEST_MINUTES = 5  # our choice, as the next: below it a slower rate does the same
MOST_MINUTES = 24 * 60
COUNTED_FOR = timedelta(seconds=5)  # people leave the queue in other ways than by being sent to


@dataclass(frozen=True, slots=True)
class Turns:
    """Of one run: the next turn, and how far apart turns are since `counted_at`."""

    until: datetime
    next_at: datetime | None = None
    apart: timedelta = timedelta()
    counted_at: datetime | None = None

    def is_over(self, at: datetime) -> bool:
        return at >= self.until

    def needs_count(self, at: datetime) -> bool:
        """Whether those who are left have to be counted anew; also when a clock was set back."""
        return self.counted_at is None or not self.counted_at <= at < self.counted_at + COUNTED_FOR

    def counted(self, left: int, at: datetime) -> Turns:
        """Turns for this many in what is left of the period."""
        apart = (self.until - at) / max(left, 1)
        next_at = None if self.next_at is None else min(self.next_at, at + apart)
        return replace(self, next_at=next_at, apart=apart, counted_at=at)

    def people(self, at: datetime) -> int:
        """How many have their turn in the wave that begins then."""
        room = at + WAVE - self._first(at)
        return max(0, -(-room // self.apart)) if self.apart else 1

    def taken(self, people: int, at: datetime) -> Turns:
        """After this many were claimed in the wave that begins then."""
        return replace(self, next_at=self._first(at) + people * self.apart)

    def _first(self, at: datetime) -> datetime:
        return at if self.next_at is None else max(self.next_at, at)


def read(minutes: object) -> int | Sentence | None:
    """The minutes of a schedule's JSON, or what is amiss; None: it is not spread."""
    if minutes is None:
        return None
    whole = isinstance(minutes, int) and not isinstance(minutes, bool)
    if whole and SHORTEST_MINUTES <= int(str(minutes)) <= MOST_MINUTES:
        return int(str(minutes))
    return say(
        "Give minutes from %(least)s to %(most)s, or leave it out to send as fast as the channel "
        "allows.",
        least=SHORTEST_MINUTES, most=MOST_MINUTES,
    )  # fmt: skip


def likely_lost(closing: int, open_for: timedelta, over: timedelta) -> int:
    """Of `closing` people whose windows close within the period, how many have their turn after it:
    turns have nothing to do with windows, so of those with a third of it left a third are in time.
    `open_for` is how long the windows of all of them stay open from its start, added up."""
    return round(closing - open_for / over) if over else 0
