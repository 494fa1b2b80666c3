"""A period in which a broadcast waits for windows: each person gets it when theirs is open next.

Whose window is open at the start is written to then, everyone else when something they do opens
it; whose window did not open before the end is skipped. After the end nobody is written to.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from webapp.domain.wording import Sentence, say

LONGEST = timedelta(days=30)  # our choice, no platform's: an offer that is still true at its end
AWAITS = "schedule.awaits_window"  # why a row that is queued waits
NEVER_OPENED = "schedule.window_never_opened"
OVER = "schedule.period_over"
WORDS = {
    AWAITS: say("Their window is not open: it goes out when they write, until the period ends."),
    NEVER_OPENED: say("Their window did not open again before the end of the period."),
    OVER: say("The period was over before it was their turn."),
}


@dataclass(frozen=True)
class Period:
    """`since` None: from when it is sent. Both are UTC."""

    since: datetime | None
    until: datetime

    def problems(self, now: datetime) -> dict[str, list[Sentence]]:
        """What must be mended before it may be set, by field of the schedule."""
        start = self.since or now
        if self.until <= now:
            return {"until": [say("This period is over. Choose a later end.")]}
        if start < now:
            words = say("This start has passed. Choose a later one, or leave it out to start now.")
            return {"from": [words]}
        if self.until <= start:
            return {"until": [say("The period ends before it starts. Choose a later end.")]}
        if self.until - start > LONGEST:
            days = LONGEST.days
            return {"until": [say("A period is at most %(days)s days long.", days=days)]}
        return {}
