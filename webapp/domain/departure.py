"""When the people of a zone have their turn in a run: one start, and a later turn for some.

A person is judged at the moment of their turn and not written to before it. Whoever would be
written to in the brand's quiet hours waits until they end, or has no turn where the brand skips.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from webapp.domain.house_rules import HouseRules


@dataclass(frozen=True, order=True)
class Departure:
    """`at` is the turn, `meant` the moment it would have been without quiet hours.

    `waits`: after the run's start. `quiet`: the brand skips whoever sleeps at `at`.
    """

    at: datetime
    meant: datetime
    waits: bool = False
    quiet: bool = False


@dataclass(frozen=True)
class Timetable:
    """The departures of a run that starts at `start`, by zone."""

    start: datetime
    house: HouseRules

    @property
    def at_once(self) -> bool:
        """Everyone goes at the start, wherever they are."""
        return self.house.quiet is None

    def of(self, zone: str | None) -> Departure:
        return self._by_quiet_hours(self.start, self.house.zone_of(zone))

    def _by_quiet_hours(self, meant: datetime, zone: str) -> Departure:
        quiet = self.house.quiet
        if quiet is None or not quiet.is_quiet(meant, zone):
            return Departure(meant, meant, waits=meant > self.start)
        if quiet.skips:
            return Departure(meant, meant, waits=meant > self.start, quiet=True)
        return Departure(quiet.quiet_end(meant, zone), meant, waits=True)
