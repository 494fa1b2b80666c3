"""How fast a channel may send: a generic cell rate limiter as pure functions.

One slot per message, slots evenly spaced, no burst after idleness. The only state is the
theoretical arrival time (`tat`): the first moment the next slot may be. It lives in one row that
every sender of the channel moves forward with one UPDATE, so the promise holds over processes:

    at most floor(rate * 1.05) requests start in any window of one second,

exactly, provided a request arrives within [slot, slot + 2 x `Pace.late`] and a sender gives up the
slots it missed (`Grant.missed`). Proof: slots are `interval` apart, arrivals in [t, t + 1 s) come
from slots inside [t - 2 x late, t + 1 s), whose length is at most `limit` intervals. A sender may
start a request until `slot + late`; the other half is the way's, for it is the platform that
counts: a commit between two requests, or a connection that has to be opened, bunches arrivals that
started evenly (a channel at 40 a second was once seen to accept 43 in a second).

A sender that has a channel to itself keeps the promise by counting what it asked
(`services.evenness`), so it may come late: by `GRACE` with a slot, by `BEHIND` with a wave. Another
one begins `APART` after its last slot, so no second has requests of both.

The clock of a machine may be set back. A `tat` further ahead than any wave reaches was written
before that; slots begin anew after a second of rest, which the old ones cannot reach into.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil, floor

HEADROOM = 1.05  # accepted per second <= rate x 1.05 (delivery invariant 12)
LEAST_LATENESS = 1.03  # always 15 ms for the sender and 15 for the way, at 3 % of a low rate
WAVE = timedelta(milliseconds=100)  # claims at any moment: one wave of 0.1 s of the rate
AHEAD = timedelta(milliseconds=20)  # the next wave is claimed so long before this one is over
SECOND = timedelta(seconds=1)
# How much later than its slot allows a sender may ask that has a channel to itself: with the
# longest lead and a wave after it still inside the second in which a STOP must hold.
GRACE = timedelta(milliseconds=250)
BEHIND = timedelta(milliseconds=150)  # of it, in which a slot is not lost because nobody took it
# After the end of a sender's last slots: nobody counts what two senders ask within one second.
APART = SECOND + GRACE + timedelta(milliseconds=50)
FAR = timedelta(seconds=3)  # no wave of a channel that is worth having to oneself reaches further
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
    """`count` slots from `first` on; write `tat` back. More are worth asking for at `again_at`."""

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
    late_us = (limit * interval - NS) // 1000 // 2 - 2  # two for rounding slots to microseconds
    return Pace(interval, timedelta(microseconds=late_us))


def take(
    pace: Pace,
    tat: datetime | None,
    now: datetime,
    wanted: int,
    behind: timedelta = timedelta(),
) -> Grant:
    """Up to `wanted` slots that begin within the next wave of 0.1 s; none while one is running.
    They go on where the last ended, be that so much `behind`: for a sender that may ask late."""
    first = _first(pace, tat, now, behind)
    room = _whole_slots(pace, now + WAVE - first)
    count = max(0, min(wanted, room))
    taken = timedelta(microseconds=-(-count * pace.interval_ns // 1000))
    after = first + taken
    return Grant(count, first, after if count else first, max(now + TICK, after - AHEAD), pace)


def _first(pace: Pace, tat: datetime | None, now: datetime, behind: timedelta) -> datetime:
    """The next slot there may be. See the top for a clock that was set back."""
    if tat is None:
        return now
    if tat <= now <= tat + behind:
        return tat
    interval = timedelta(microseconds=pace.interval_ns / 1000)
    if tat - now > 2 * SECOND + interval:
        return now + SECOND + interval
    return max(tat, now)


def is_held(tat: datetime, now: datetime) -> bool:
    """Whether a channel is still with the sender whose slots end at `tat`."""
    return tat - FAR <= now < tat + APART


def admit(tat: datetime | None, now: datetime, interval: timedelta, burst: int) -> datetime | None:
    """The new `tat` of one more who comes to a door now; None when it is one too many.

    Doors take `burst` at once and one each `interval` for good; channels never take a burst.
    """
    begins = min(max(tat or now, now), now + burst * interval)  # a clock may have been set back
    after = begins + interval
    return after if after - now <= burst * interval else None


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


def fuller(one: Usage | None, other: Usage | None) -> Usage | None:
    """Of two words about the same calls the graver: the higher share, the longer wait."""
    if one is None or other is None:
        return one or other
    waits = [it.regain_minutes for it in (one, other) if it.regain_minutes is not None]
    return Usage(max(one.percent, other.percent), max(waits, default=None))


def told_until(usage: Usage, now: datetime) -> datetime:
    """How long a usage counts when nothing more is told: as long as a limit takes to lift."""
    return max(now + DEFAULT_REGAIN, pause_until(usage, now) or now)


def _whole_slots(pace: Pace, room: timedelta) -> int:
    """Slots whose moment lies inside `room`; the first sits at its beginning."""
    room_us = room // TICK
    return -(-room_us * 1000 // pace.interval_ns) if room_us > 0 else 0
