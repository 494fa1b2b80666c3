"""How large a wave may be and how early it must be claimed, as one sender has learned it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

MOST_IN_FLIGHT = 500
LEAST_ROOM = 50  # a claim for fewer costs more than it carries
BURST = 32  # requests handed over between two looks at the replies
SHORTEST_LEAD = timedelta(milliseconds=2)
# With a wave after it still inside the second in which a STOP must hold. A commit that takes longer
# misses its slots each time, and nothing at all goes out.
LONGEST_LEAD = timedelta(milliseconds=600)


@dataclass
class WaveSizes:
    """`most` in a wave: as many as are asked in their time. `lead`: how long a commit takes."""

    most: int = MOST_IN_FLIGHT
    lead: timedelta = timedelta(milliseconds=20)

    def learn_most(self, asked: int, missed: int) -> None:
        """Where slots come faster than we can ask, larger waves only miss more of them; far smaller
        ones only pay for more claims. So towards what was asked in time."""
        if missed:
            self.most = max(LEAST_ROOM, (self.most + asked) // 2)
        elif asked >= self.most:
            self.most = min(MOST_IN_FLIGHT, self.most + BURST)

    def learn_lead(self, took: timedelta) -> None:
        self.lead = min(max((self.lead * 7 + took) / 8, SHORTEST_LEAD), LONGEST_LEAD)
