"""The zones people live in: what their clocks show, and what clock changes do to a time.

A wall-clock time that the spring skips means the first instant after the gap; one that the autumn
repeats means the first of the two.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from webapp.domain.errors import Invalid
from webapp.domain.wording import Sentence, say


class Shift(StrEnum):
    EXACT = "exact"
    GAP = "gap"
    OVERLAP = "overlap"


@dataclass(frozen=True)
class Local:
    """The instant (UTC) that a wall-clock time means, and whether a clock change was in the way."""

    at: datetime
    shift: Shift


def local(day: date, clock: time, zone: str) -> Local:
    """The instant at which clocks in `zone` show this; raises Invalid for no such zone."""
    wall = datetime.combine(day, clock.replace(tzinfo=None, fold=0))
    tz = zone_named(zone)
    first = wall.replace(tzinfo=tz).astimezone(UTC)
    second = wall.replace(tzinfo=tz, fold=1).astimezone(UTC)
    if first.astimezone(tz).replace(tzinfo=None) != wall:
        return Local(_change_between(second, first, tz), Shift.GAP)
    return Local(first, Shift.EXACT if first == second else Shift.OVERLAP)


def clock_change(day: date, zone: str) -> datetime | None:
    """The instant of the day at which clocks in `zone` are put on or back, if they are."""
    tz = zone_named(zone)
    begins, ends = (local(it, time(), zone).at for it in (day, day + timedelta(days=1)))
    if begins.astimezone(tz).utcoffset() == ends.astimezone(tz).utcoffset():
        return None
    return _change_between(begins, ends, tz)


def shift_note(shift: Shift) -> Sentence | None:
    """What a person should know about the time that was chosen."""
    if shift is Shift.GAP:
        return say("Clocks skip this time that day; it starts at the first minute after the skip.")
    if shift is Shift.OVERLAP:
        return say("Clocks show this time twice that day; it starts at the first of the two.")
    return None


@functools.lru_cache(maxsize=1024)  # its own cache holds eight
def zone_named(name: str) -> ZoneInfo:
    """Raises Invalid for no such zone."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        sentence = say("There is no time zone %(zone)s; use one like Europe/Paris.", zone=name)
        raise Invalid({"zone": [sentence]}) from None


@functools.lru_cache(maxsize=1024)
def is_zone(name: str) -> bool:
    try:
        zone_named(name)
    except Invalid:
        return False
    return True


def _change_between(before: datetime, after: datetime, tz: ZoneInfo) -> datetime:
    """The first instant, to the second, that has the offset of `after`."""
    new = after.astimezone(tz).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        if middle.astimezone(tz).utcoffset() == new:
            after = middle
        else:
            before = middle
    return after.replace(microsecond=0)
