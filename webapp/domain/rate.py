"""How fast a channel may send: a generic cell rate limiter as pure functions.

One slot per message, slots evenly spaced, no burst after idleness. The only state is the
theoretical arrival time (`tat`): the first moment the next slot may be. It lives in one row that
every sender of the channel moves forward with one UPDATE, so the promise holds over processes:

    at most floor(rate * 1.05) requests start in any window of one second,

exactly, provided a sender starts each request within [slot, slot + `Pace.late`] and gives up the
slots it missed (`Grant.missed`). Proof: slots are `interval` apart, starts inside [t, t + 1 s) come
from slots inside [t - late, t + 1 s), whose length is at most `limit` intervals.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil, floor

HEADROOM = 1.05  # accepted per second <= rate x 1.05 (delivery invariant 12)
LEAST_LATENESS = 1.02  # a sender may always be 20 ms late, at the price of 2 % of a low rate
WAVE = timedelta(milliseconds=100)  # claims at any moment: one wave of 0.1 s of the rate
TICK = timedelta(microseconds=1)
SLOW_AT = 75.0  # percent of the platform's own limit (Graph usage headers): begin to slow down
STOP_AT = 95.0  # further calls only lengthen the block
SLOWEST = 0.1  # of the rate, just below STOP_AT
DEFAULT_REGAIN = timedelta(minutes=5)  # when the header names no time to regain access
NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Usage:
    """What the platform says we used of its limit, in percent, and when it lifts (minutes)."""

    percent: float
    regain_minutes: int | None = None


@dataclass(frozen=True, slots=True)
class Pace:
    """Nanoseconds between slots, and how late after its slot a request may still start."""

    interval_ns: int
    late: timedelta


@dataclass(frozen=True, slots=True)
class Grant:
    """`count` slots from `first` on; write `tat` back. With `count` 0 come again at `again_at`."""

    count: int
    first: datetime
    tat: datetime
    again_at: datetime
    pace: Pace

    def slot(self, index: int) -> datetime:
        """The moment of slot `index`, counted from 0."""
        return self.first + timedelta(microseconds=index * self.pace.interval_ns // 1000)

    def missed(self, index: int, now: datetime) -> bool:
        """Whether slot `index` is over: its message needs a new slot."""
        return now > self.slot(index) + self.pace.late


def pace(rate: float) -> Pace:
    """The spacing for `rate` messages a second, which must be above zero."""
    if not rate > 0:
        raise ValueError("a rate must be above zero")
    limit = max(1, floor(rate * HEADROOM))
    interval = ceil(max(NS / rate, LEAST_LATENESS * NS / limit))
    late_us = (limit * interval - NS) // 1000 - 2  # two for rounding slots to microseconds
    return Pace(interval, timedelta(microseconds=late_us))


def take(pace: Pace, tat: datetime | None, now: datetime, wanted: int) -> Grant:
    """Up to `wanted` slots that begin within the next wave of 0.1 s; none while one is running."""
    first = now if tat is None else max(tat, now)
    room = _whole_slots(pace, now + WAVE - first)
    count = max(0, min(wanted, room))
    taken = timedelta(microseconds=-(-count * pace.interval_ns // 1000))
    after = first + taken
    return Grant(count, first, after if count else first, max(now, after - WAVE + TICK), pace)


def eased(rate: float, usage: Usage | None) -> float:
    """The rate after the platform's usage header: full to 75 %, then falling, 0 from 95 % on."""
    if usage is None or usage.percent < SLOW_AT:
        return rate
    if usage.percent >= STOP_AT:
        return 0.0
    along = (usage.percent - SLOW_AT) / (STOP_AT - SLOW_AT)
    return rate * (1 - along * (1 - SLOWEST))


def pause_until(usage: Usage | None, now: datetime) -> datetime | None:
    """Until when the channel must rest because of its usage; None when it need not."""
    if usage is None or usage.percent < STOP_AT:
        return None
    if not usage.regain_minutes:
        return now + DEFAULT_REGAIN
    return now + timedelta(minutes=min(usage.regain_minutes, 24 * 60))


def _whole_slots(pace: Pace, room: timedelta) -> int:
    """Slots whose moment lies inside `room`; the first sits at its beginning."""
    room_us = room // TICK
    return -(-room_us * 1000 // pace.interval_ns) if room_us > 0 else 0
