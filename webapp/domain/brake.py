"""When a send goes so badly that a person should look before it goes on."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

LAST = 100  # outcomes of a run that are looked at; fewer never stop it
SHARE = 0.5  # of them refused or without a clear answer


class Felt(Enum):
    """What came of one message. Unclear ones are never sent again by themselves, so a platform that
    answers nothing clear would use up a whole audience."""

    TAKEN = "taken"
    REFUSED = "refused"
    UNCLEAR = "unclear"


@dataclass
class Brake:
    """The latest outcomes of one run."""

    recent: deque[Felt] = field(default_factory=lambda: deque(maxlen=LAST))

    def feel(self, outcomes: Iterable[Felt]) -> bool:
        """Take in outcomes in their order; True when the run should pause now."""
        self.recent.extend(outcomes)
        bad = len(self.recent) - self.count(Felt.TAKEN)
        return len(self.recent) == LAST and bad >= SHARE * LAST

    def count(self, felt: Felt) -> int:
        return self.recent.count(felt)
