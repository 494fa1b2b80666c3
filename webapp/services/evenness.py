"""No second fuller than it should be, although a sender may come late.

Slots are evenly spaced, and whoever shares a channel must leave by those it missed: nobody else
knows that it did not use them (`domain.rate`). But a channel is with one sender at a time
(`channel_shares`), which knows what it asked and when. So it may ask late, and loses hardly any
speed to a slow disk or a busy machine, where it comes round only every few slots. What keeps the
promise then is this count: of any `most` + 1 requests one after the other, the last starts a second
and half of the slack after the first; the other half is the way's.

`most` is 1 % above the rate and never above its limit, so what was late leaves in the gaps that its
own lateness made, and not on top of what comes next.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil, floor

from webapp.domain import rate
from webapp.domain.batch import Together
from webapp.services.claims import Claim

EVEN = 1.01  # of the rate, in the fullest second


@dataclass
class Second:
    """The moments of one channel's last `most` requests, and how long `most` of them must take."""

    most: int
    length: timedelta
    asked: deque[datetime] = field(default_factory=deque)

    def opens_at(self, n: int, now: datetime) -> datetime:
        """When `n` more may start together; now or earlier where they may."""
        index = len(self.asked) - self.most + n - 1
        return self.asked[index] + self.length if index >= 0 else now

    def ask(self, n: int, now: datetime) -> None:
        self.asked.extend([now] * n)
        while len(self.asked) > self.most:
            self.asked.popleft()


@dataclass
class Evenness:
    """The seconds of the channels that one sender has."""

    by_channel: dict[int, Second] = field(default_factory=dict)

    def keep(self, channel_id: int, per_second: float, together: Together | None) -> None:
        """From now on by this rate, and as its last wave travels; None where there was none."""
        if together is None:
            return
        most, length = _shape(per_second, together.most)
        before = self.by_channel.get(channel_id)
        if before is None:
            self.by_channel[channel_id] = Second(most, length)
        elif before.most != most:
            kept = deque(list(before.asked)[-most:])
            self.by_channel[channel_id] = Second(most, length, kept)

    def opens_at(self, claims: Sequence[Claim], now: datetime) -> datetime:
        """When these may be asked, which share a request."""
        second = self.by_channel.get(claims[0].channel_id)
        return second.opens_at(len(claims), now) if second else now

    def ask(self, claims: Sequence[Claim], now: datetime) -> None:
        if second := self.by_channel.get(claims[0].channel_id):
            second.ask(len(claims), now)

    def forget(self) -> None:
        """After a clock that was set back; slots begin anew after a second of rest."""
        self.by_channel.clear()


def _shape(per_second: float, together: int) -> tuple[int, timedelta]:
    pace = rate.pace(per_second)
    limit = max(1, floor(per_second * rate.HEADROOM))
    most = min(limit, ceil(per_second * EVEN) + together - 1)
    slack_us = max(0, most * pace.interval_ns // 1000 - rate.SECOND // rate.TICK)
    return most, rate.SECOND + timedelta(microseconds=slack_us // 2)
