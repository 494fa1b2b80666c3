"""When the people of a zone have their turn in a run: one start, and a later turn for some.

A person is judged at the moment of their turn and not written to before it. With a schedule by each
person's own clock the turn comes when theirs shows the time; where that has passed when the run is
due, the schedule says what then. Whoever would be written to in the brand's quiet hours waits until
they end, or has no turn where the brand skips.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from webapp.domain import zone as zones
from webapp.domain.house_rules import HouseRules
from webapp.domain.wall_clock import Past, WallClock
from webapp.domain.wording import say

PASSED = "schedule.passed"
MISSED = "schedule.missed"
WORDS = {
    PASSED: say("By their own clock the time had passed when it was scheduled."),
    MISSED: say(
        "By their own clock the time came while nothing was running here, and the grace was over."
    ),
}
_A_DAY = timedelta(days=1)


@dataclass(frozen=True, order=True)
class Departure:
    """`at` is the turn, `meant` the moment it would have been without quiet hours.

    `waits`: after the run's start. `quiet`: the brand skips whoever sleeps at `at`. `passed`: there
    is no turn, for the time has passed. `missed`: it came during a downtime and is too long ago.
    """

    at: datetime
    meant: datetime
    waits: bool = False
    quiet: bool = False
    passed: bool = False
    missed: bool = False

    @property
    def sleeps(self) -> bool:
        return self.at > self.meant


@dataclass(frozen=True)
class Timetable:
    """The departures of a run that starts at `start`, by zone.

    `due_at` is when the run was due: what lies before it has passed. It is `start` unless the clock
    was late. `fallback` is the schedule's zone for whoever's own is not known. Until `awaits_until`
    whoever's window is closed at their turn waits for it.
    """

    start: datetime
    house: HouseRules
    wall: WallClock | None = None
    fallback: str = "UTC"
    due_at: datetime | None = None
    awaits_until: datetime | None = None
    grace: timedelta | None = None  # how late a turn may be; None: however late

    @property
    def at_once(self) -> bool:
        """Everyone goes at the start, wherever they are."""
        return self.house.quiet is None and self.wall is None

    def of(self, zone: str | None) -> Departure:
        home = self.house.zone_of(zone)
        meant = self._meant(zone if home == zone else self.fallback)
        if meant is None:
            return Departure(self.start, self.start, passed=True)
        if self.wall is not None and self.grace is not None and self.start - meant > self.grace:
            return Departure(self.start, self.start, missed=True)
        return self._by_quiet_hours(max(meant, self.start), home)

    def _meant(self, zone: str) -> datetime | None:
        if self.wall is None:
            return self.start
        return turn(self.wall, zone, self.due_at or self.start)

    def _by_quiet_hours(self, meant: datetime, zone: str) -> Departure:
        quiet, waits = self.house.quiet, meant > self.start
        if quiet is None or not quiet.is_quiet(meant, zone):
            return Departure(meant, meant, waits)
        if quiet.skips:
            return Departure(meant, meant, waits, quiet=True)
        return Departure(quiet.quiet_end(meant, zone), meant, waits=True)


def turn(wall: WallClock, zone: str, since: datetime) -> datetime | None:
    """When clocks of the zone show the time, from `since` on as the schedule says; None: never."""
    at = zones.local(wall.day, wall.time, zone).at
    if at >= since:
        return at
    if wall.past is Past.SKIP:
        return None
    return since if wall.past is Past.NOW else _next(wall, zone, since)


def last_turn(wall: WallClock, zones: Iterable[str], now: datetime) -> datetime | None:
    """When the last of them have theirs; None where it has passed in all of them."""
    turns = (turn(wall, zone, now) for zone in zones)
    return max((at for at in turns if at is not None), default=None)


def first_turn(wall: WallClock, zones: Iterable[str], now: datetime) -> datetime | None:
    """When a run to people in these zones is due; None where it has passed in all of them."""
    turns = (turn(wall, zone, now) for zone in zones)
    return min((at for at in turns if at is not None), default=None)


def _next(wall: WallClock, zone: str, since: datetime) -> datetime:
    day = wall.day
    while (at := zones.local(day, wall.time, zone).at) < since:
        day += _A_DAY
    return at
