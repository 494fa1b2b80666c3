"""When people have their turn, for each hour a broadcast could start at.

Without quiet hours everyone has it at the start. With them, whoever sleeps then has it when they
wake, or never, where the brand skips; so each zone has its own turn for each hour, and people of
zones with the same turns share a `Clock`. Turns lie on `Moments`: whole hours after the first, and
as many minutes beside them as the ends of quiet hours ask for (at 8:30, or in Nepal).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from webapp.domain.departure import Departure, Timetable
from webapp.domain.forecast import HOUR, Clock, Hours
from webapp.domain.house_rules import HouseRules

NO_ZONE = ""  # stands for everyone whose own zone is not listed


@dataclass(frozen=True)
class Moments:
    """`offsets` (the first is none, each less than an hour) after each of `count` hours."""

    first: datetime
    count: int
    offsets: tuple[timedelta, ...] = (timedelta(),)

    @property
    def size(self) -> int:
        return self.count * len(self.offsets)

    def at(self, place: int) -> datetime:
        hour, offset = divmod(place, len(self.offsets))
        return self.first + hour * HOUR + self.offsets[offset]

    def place(self, moment: datetime) -> int:
        """Of a moment that is one of them."""
        hour, offset = divmod(moment - self.first, HOUR)
        return hour * len(self.offsets) + self.offsets.index(offset)


@dataclass(frozen=True)
class Turns:
    """`of_zone` leads from a zone's name to its place in `clocks`; NO_ZONE is always there."""

    moments: Moments
    clocks: tuple[Clock, ...]
    of_zone: Mapping[str, int]

    def at(self, hour: int, zone: str = NO_ZONE) -> datetime:
        return self.moments.at(self.clocks[self.clock(zone)].places[hour])

    def clock(self, zone: str) -> int:
        """Its place in `clocks`."""
        return self.of_zone.get(zone, self.of_zone[NO_ZONE])


def at_once(hours: Hours) -> Turns:
    """Everyone at the start, wherever they are."""
    clock = Clock(tuple(range(hours.count)))
    return Turns(Moments(hours.first, hours.count), (clock,), {NO_ZONE: 0})


def turns(hours: Hours, house: HouseRules, zones: Iterable[str]) -> Turns:
    """By the zones people live in; those that no clock knows count as none."""
    if house.quiet is None:
        return at_once(hours)
    known: dict[str, str | None] = {zone: zone for zone in zones if house.zone_of(zone) == zone}
    known[NO_ZONE] = None
    found = {
        name: [Timetable(at, house).of(zone) for at in hours.moments()]
        for name, zone in known.items()
    }
    moments = _moments(hours, [it.at for departures in found.values() for it in departures])
    made = {name: _clock(moments, departures) for name, departures in found.items()}
    clocks = list(dict.fromkeys(made.values()))
    return Turns(moments, tuple(clocks), {name: clocks.index(it) for name, it in made.items()})


def _moments(hours: Hours, ats: Iterable[datetime]) -> Moments:
    parts = {divmod(at - hours.first, HOUR) for at in ats}
    last = max((hour for hour, _ in parts), default=0)
    offsets = {timedelta(), *(offset for _, offset in parts)}
    return Moments(hours.first, max(hours.count, last + 1), tuple(sorted(offsets)))


def _clock(moments: Moments, departures: Iterable[Departure]) -> Clock:
    listed = list(departures)
    asleep = frozenset(hour for hour, it in enumerate(listed) if it.quiet)
    return Clock(tuple(moments.place(it.at) for it in listed), asleep)
