"""Messages that travel together: several calls of the Graph in one request, where a channel asks
for it.

Decision (November 2026). A batch saves round trips and nothing else: each message in it counts
against every limit (facts 2.3), has its own row, claim and answer. It costs two things.

*More is unknown.* A request whose answer is lost leaves all of its messages unknown, not one. So
batches are off until somebody who was told turns them on, and never more messages are in flight
than one by one.

*It bunches.* Messages that leave with the last of their batch are late for their own slots, by
`most - 1` intervals at worst, so as many more may fall into one second than evenly spaced slots
would allow. Delivery invariant 12 has no room for that, hence:

- a batch is at most half a wave (0.05 s of the rate: 15 messages at 300 a second, 2 at 40, none up
  to 20), so the next wave can be claimed while it waits, and 50 always;
- slots are those of a slower rate, whose own limit in a second is `most - 1` lower. By the proof in
  `domain.rate` a window then sees at most `floor(rate * 1.05)`, as without batches. It costs less
  than 5 % of the speed.

A batch of 50 would need a rate of 1,000 a second, above what the Send API takes. Larger batches at
lower rates were turned down: they either break the invariant or leave pauses a person can see.

A host that takes no batches (the documents name graph.facebook.com; of graph.instagram.com they do
not say) refuses them whole: nobody fails for it, and each message is asked alone the next time.

WhatsApp is not offered: the Cloud API's documents tell of no batch of messages. Nor are messages
that are bought: their documents tell of none either, and an unknown one may have been paid for.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta

from webapp.domain import rate
from webapp.domain.event import INSTAGRAM, MESSENGER
from webapp.domain.policy.verdict import Route

MOST = 50  # calls in one request: the platform's own limit (facts 2.3)
LEAST = 2
HALF_A_WAVE_S = 0.05
OFFERED = frozenset({MESSENGER, INSTAGRAM})
ALONE = frozenset({Route.SPONSORED})
TINY = 1e-9  # so that a rate made from a whole limit has that limit, whatever floats round to


@dataclass(frozen=True, slots=True)
class Together:
    """`most` messages in a request, their slots at most `within` apart, at `per_second`."""

    per_second: float
    most: int = 1
    within: timedelta = timedelta()


def together(size: int | None, per_second: float) -> Together:
    """How a channel sends that may send `per_second`; `size` is what it asks for, None for one by
    one."""
    most = most_of(size, per_second)
    if most < LEAST:
        return Together(per_second)
    slower = (math.floor(per_second * rate.HEADROOM) - (most - 1) + TINY) / rate.HEADROOM
    apart_ns = (most - 1) * rate.pace(slower).interval_ns
    return Together(slower, most, timedelta(microseconds=apart_ns / 1000))


def most_of(size: int | None, per_second: float) -> int:
    """Messages in one request at this rate, 1 for one by one."""
    return max(1, min(size or 1, MOST, math.ceil(per_second * HALF_A_WAVE_S)))
