"""When a send goes so badly that a person should look before it goes on."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

LAST = 100  # outcomes of a run that are looked at; fewer never stop it
SHARE = 0.5  # of them refused


@dataclass
class Brake:
    """The latest outcomes of one run: True for a refusal. Unknowns are neither and left out."""

    recent: deque[bool] = field(default_factory=lambda: deque(maxlen=LAST))

    def feel(self, refusals: Iterable[bool]) -> bool:
        """Take in outcomes in their order; True when the run should pause now."""
        self.recent.extend(refusals)
        return len(self.recent) == LAST and self.refused >= SHARE * LAST

    @property
    def refused(self) -> int:
        return sum(self.recent)
