"""When a broadcast starts, in the zones people live in; everything stored is UTC.

A schedule's JSON: `{"mode": ..., "zone": "Europe/Paris", "grace_minutes": 30}` and, by its mode:

- now: nothing more
- at: `"at": RFC 3339`
- local: `"day": "2026-12-03", "time": "10:00"` by each person's own clock (`zone` where theirs is
  not known), `"past": "skip" | "now" | "next_day"` for whom that has passed (`domain.wall_clock`)
- recurring: `"day"` (the first), `"time"`, `"rule": "FREQ=WEEKLY;COUNT=8"` (`domain.recurrence`)
- window: `"from"` (left out: when it is sent) and `"until"`, both RFC 3339 (`domain.period`)

In modes now, at and recurring `"spread_minutes": 180` spreads each run over that time
(`domain.spread`); left out, it goes as fast as its channel allows.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from webapp.domain import recurrence, spread, wall_clock
from webapp.domain.errors import Invalid
from webapp.domain.period import Period
from webapp.domain.recurrence import Recurrence
from webapp.domain.wall_clock import WallClock
from webapp.domain.wording import Sentence, say
from webapp.domain.zone import local, zone_named

GRACE_MINUTES = 30  # a start missed by downtime still runs this late
MOST_GRACE_MINUTES = 7 * 24 * 60
PUNCTUAL = timedelta(seconds=60)  # a start within it is not called late

_RFC3339 = re.compile(
    r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)(Z|[+-]\d{2}:\d{2})?", re.ASCII
)
_FIELDS = frozenset({"mode", "zone", "grace_minutes", "spread_minutes"})
_FIELDS_OF = {
    "local": frozenset({"day", "time", "past"}),
    "recurring": frozenset({"day", "time", "rule"}),
    "window": frozenset({"from", "until"}),
}
MODES = say("Choose a mode: now, at, local, recurring or window.")
LAST_ZONE = "Etc/GMT+12"  # where a day ends last
Own = WallClock | Recurrence | Period  # what only one mode says


class Mode(StrEnum):
    NOW = "now"
    AT = "at"
    LOCAL = "local"  # at a time by each person's own clock
    RECURRING = "recurring"
    WINDOW = "window"  # when each person's window is open next, within a period


class StartVerdict(StrEnum):
    """What to do with an occurrence: `LATE` starts and is marked, `MISSED` never starts."""

    WAIT = "wait"
    START = "start"
    LATE = "late"
    MISSED = "missed"


@dataclass(frozen=True)
class Schedule:
    """`at` is UTC, and None in mode now; `zone` is how people are shown the time. `wall` is
    there exactly in mode local: `at` is its moment in `zone` then, the fallback zone; `repeats`
    exactly in mode recurring: `at` is the first of its moments; `period` exactly in mode window:
    `at` is its start."""

    mode: Mode
    at: datetime | None = None
    zone: str = "UTC"
    grace_minutes: int = GRACE_MINUTES
    wall: WallClock | None = None
    repeats: Recurrence | None = None
    period: Period | None = None
    spread_minutes: int | None = None

    @classmethod
    def parse(cls, obj: object) -> Schedule:
        """Raises Invalid by field; a time without an offset is refused by its name."""
        return _parsed(obj)

    def due_at(self, now: datetime) -> datetime:
        return self.at or now

    @property
    def moments(self) -> tuple[datetime, ...]:
        """When each of its runs is due; of a time for everyone, the one."""
        if self.repeats is None:
            return () if self.at is None else (self.at,)
        clock, days = self.repeats.time, self.repeats.days
        return tuple(dict.fromkeys(local(day, clock, self.zone).at for day in days))

    def to_json(self) -> dict[str, object]:
        own = self.wall or self.repeats
        said = own.to_json() if own is not None else {"at": self._shown(self.at)}
        if self.period is not None:
            said = {"from": self._shown(self.at), "until": self._shown(self.period.until)}
        return {
            "mode": self.mode.value,
            **said,
            "zone": self.zone,
            "grace_minutes": self.grace_minutes,
            **({"spread_minutes": self.spread_minutes} if self.spread_minutes else {}),
        }

    def _shown(self, at: datetime | None) -> str | None:
        return None if at is None else rfc3339(at.astimezone(zone_named(self.zone)))


def by_wall_clock(wall: WallClock, zone: str, grace_minutes: int = GRACE_MINUTES) -> Schedule:
    """At a time by each person's own clock; raises Invalid for no such zone."""
    at = local(wall.day, wall.time, zone).at
    return Schedule(Mode.LOCAL, at, zone, grace_minutes, wall)


def by_rule(repeats: Recurrence, zone: str, grace_minutes: int = GRACE_MINUTES) -> Schedule:
    """Again and again; raises Invalid for no such zone."""
    at = local(repeats.days[0], repeats.time, zone).at
    return Schedule(Mode.RECURRING, at, zone, grace_minutes, repeats=repeats)


def by_period(period: Period, zone: str, grace_minutes: int = GRACE_MINUTES) -> Schedule:
    """When each person's window is open next; raises Invalid for no such zone."""
    zone_named(zone)
    return Schedule(Mode.WINDOW, period.since, zone, grace_minutes, period=period)


def problems(schedule: Schedule, now: datetime) -> dict[str, list[Sentence]]:
    """What must be mended before this schedule may be set."""
    if schedule.period is not None:
        return schedule.period.problems(now)
    if schedule.wall is not None:
        last = local(schedule.wall.day, schedule.wall.time, LAST_ZONE).at
        words = say("This time has passed in every time zone. Choose a later one.")
        return {"day": [words]} if last < now else {}
    if schedule.repeats is not None:
        words = say("All of these times have passed. Choose later ones.")
        return {"day": [words]} if max(schedule.moments) < now else _overlapping(schedule)
    words = say("This time has passed. Choose a later one, or send now.")
    return {"at": [words]} if schedule.at is not None and schedule.at < now else {}


def _overlapping(schedule: Schedule) -> dict[str, list[Sentence]]:
    """A run waits for the one before it: no period may reach into the next."""
    ordered = sorted(schedule.moments)
    over = timedelta(minutes=schedule.spread_minutes or 0)
    if all(later - sooner > over for sooner, later in itertools.pairwise(ordered)):
        return {}
    words = say("It repeats before the time it is spread over has passed. Choose a shorter one.")
    return {"spread_minutes": [words]}


def grace(minutes: int) -> timedelta:
    """How late a start, or a turn, may be."""
    return max(timedelta(minutes=minutes), PUNCTUAL)


def start_verdict(due_at: datetime, now: datetime, grace_minutes: int) -> StartVerdict:
    if now < due_at:
        return StartVerdict.WAIT
    if now - due_at > grace(grace_minutes):
        return StartVerdict.MISSED
    return StartVerdict.START if now - due_at <= PUNCTUAL else StartVerdict.LATE


def read_time(text: object) -> datetime | Sentence:
    """RFC 3339 to UTC, or a Sentence that says what is amiss; without an offset it is refused."""
    match = _RFC3339.fullmatch(text.strip().upper()) if isinstance(text, str) else None
    if match is None:
        return say("Give a time like 2026-11-22T18:00:00+01:00.")
    if match[3] is None:
        return say("%(time)s has no time zone: add its offset, like +01:00 or Z.", time=text)
    try:
        return datetime.fromisoformat(f"{match[1]}T{match[2]}{match[3]}").astimezone(UTC)
    except (ValueError, OverflowError):
        return say("There is no such date or time as %(time)s.", time=text)


def rfc3339(at: datetime) -> str:
    """An aware time as JSON carries it."""
    return at.isoformat().replace("+00:00", "Z")


def _parsed(obj: object) -> Schedule:
    if not isinstance(obj, Mapping):
        raise Invalid({"schedule": [MODES]})
    mode = obj.get("mode")
    fields = _FIELDS | _FIELDS_OF.get(str(mode), frozenset({"at"}))
    errors = {str(name): [say("There is no such field here.")] for name in obj.keys() - fields}
    if mode not in list(Mode):
        errors["mode"] = [MODES]
    at = read_time(obj.get("at")) if mode == Mode.AT else None
    if isinstance(at, Sentence):
        errors["at"] = [at]
    zone, grace = obj.get("zone") or "UTC", obj.get("grace_minutes", GRACE_MINUTES)
    errors |= _zone_errors(zone) | _grace_errors(grace)
    minutes = spread_over(mode, obj.get("spread_minutes"))
    errors |= {"spread_minutes": [minutes]} if isinstance(minutes, Sentence) else {}
    own = _own(mode, obj)
    errors |= own if isinstance(own, dict) else {}
    if errors or isinstance(at, Sentence) or isinstance(own, dict):
        raise Invalid(errors)
    made = _made(Mode(str(mode)), at, own, str(zone), int(str(grace)))
    return made if isinstance(minutes, Sentence) else replace(made, spread_minutes=minutes)


def _made(
    mode: Mode, at: datetime | None, own: Own | None, zone: str, grace_minutes: int
) -> Schedule:
    match own:
        case WallClock():
            return by_wall_clock(own, zone, grace_minutes)
        case Recurrence():
            return by_rule(own, zone, grace_minutes)
        case Period():
            return by_period(own, zone, grace_minutes)
    return Schedule(mode, at, zone, grace_minutes)


def spread_over(mode: object, minutes: object) -> int | Sentence | None:
    """Minutes as given, or what is amiss with them: where people's turns are set by something else,
    they cannot be spread as well."""
    if minutes is not None and mode == Mode.LOCAL:
        return say(
            "By each person's own clock everyone of a zone has one time: it cannot be spread as "
            "well. Choose a time for everyone, or leave the spreading out."
        )
    if minutes is not None and mode == Mode.WINDOW:
        return say(
            "Each person's own message says when they get it: it cannot be spread as well. Choose "
            "a time, or leave the spreading out."
        )
    return spread.read(minutes)


def _own(mode: object, obj: Mapping[str, object]) -> Own | dict[str, list[Sentence]] | None:
    """What only this mode says, or what is wrong with it."""
    if mode == Mode.LOCAL:
        return wall_clock.read(obj)
    if mode == Mode.WINDOW:
        return _period(obj)
    return recurrence.read(obj) if mode == Mode.RECURRING else None


def _period(obj: Mapping[str, object]) -> Period | dict[str, list[Sentence]]:
    since = None if obj.get("from") is None else read_time(obj["from"])
    until = read_time(obj.get("until"))
    read = {"from": since, "until": until}
    wrong = {name: [it] for name, it in read.items() if isinstance(it, Sentence)}
    if wrong or isinstance(since, Sentence) or isinstance(until, Sentence):
        return wrong
    return Period(since, until)


def _zone_errors(zone: object) -> dict[str, list[Sentence]]:
    try:
        zone_named(str(zone))
    except Invalid as invalid:
        return invalid.errors
    return {}


def _grace_errors(grace: object) -> dict[str, list[Sentence]]:
    whole = isinstance(grace, int) and not isinstance(grace, bool)
    if whole and 0 <= int(str(grace)) <= MOST_GRACE_MINUTES:
        return {}
    return {"grace_minutes": [say("Give minutes from 0 to %(most)s.", most=MOST_GRACE_MINUTES)]}
