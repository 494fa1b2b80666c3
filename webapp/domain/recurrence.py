"""A schedule that repeats: by an RRULE (RFC 5545) over days, at one time of day in one zone.

The rule speaks of days on the wall; each day's instant is found by itself, so a series keeps its
time of day over clock changes. Understood are FREQ (DAILY, WEEKLY, MONTHLY), INTERVAL, COUNT or
UNTIL, WKST, BYDAY, BYMONTHDAY, BYMONTH, and in months BYSETPOS and numbers before a weekday. It is
finite, at most `MOST` times within `LONGEST`: each day of that span is held against the rule, so
that one that no day ever keeps costs no more than another. Tests hold it against dateutil.
"""

from __future__ import annotations

import calendar
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta

from webapp.domain import wall_clock
from webapp.domain.wording import Sentence, say

MOST = 100  # times
LONGEST = timedelta(days=731)
LATEST_DAY = 28  # of a month: every month has it
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_A_DAY = timedelta(days=1)
_WEEK = 7
_LISTS = {
    "BYDAY": r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)",
    "BYMONTHDAY": r"[+-]?(0?[1-9]|[12]\d|3[01])",
    "BYMONTH": r"0?[1-9]|1[0-2]",
    "BYSETPOS": r"[+-]?([1-9]|[12]\d|3[01])",
}
_PARTS: Mapping[str, re.Pattern[str]] = {
    name: re.compile(pattern, re.ASCII)
    for name, pattern in {
        "FREQ": "DAILY|WEEKLY|MONTHLY",
        "INTERVAL": r"[1-9]\d{0,2}",
        "COUNT": r"[1-9]\d{0,3}",
        "UNTIL": r"\d{8}(T\d{6}Z?)?",
        "WKST": "|".join(WEEKDAYS),
        **{name: f"({one})(,({one})){{0,40}}" for name, one in _LISTS.items()},
    }.items()
}
_UNREADABLE = say("This rule cannot be read. Give one like FREQ=WEEKLY;BYDAY=MO,TH;COUNT=8.")


@dataclass(frozen=True)
class Recurrence:
    """`rule` is an RRULE without its name; `days` are those it names from `day` on."""

    day: date
    time: time
    rule: str
    days: tuple[date, ...]

    def to_json(self) -> dict[str, object]:
        return {"day": self.day.isoformat(), "time": f"{self.time:%H:%M}", "rule": self.rule}


def read(given: Mapping[str, object]) -> Recurrence | dict[str, list[Sentence]]:
    """From `day`, `time` and `rule` of a schedule; else what is wrong, by field."""
    clock = wall_clock.read({name: given.get(name) for name in ("day", "time")})
    wrong = dict(clock) if isinstance(clock, dict) else {}
    text = given.get("rule")
    rule = text.strip().upper().removeprefix("RRULE:") if isinstance(text, str) else ""
    parts = _parts(rule)
    if isinstance(parts, Sentence):
        wrong["rule"] = [parts]
    if wrong or isinstance(clock, dict) or isinstance(parts, Sentence):
        return wrong
    days = _days(parts, clock.day)
    if isinstance(days, Sentence):
        return {"rule": [days]}
    return Recurrence(clock.day, clock.time, rule, days)


def rule_of(every: str, day: date, times: int) -> str:
    """The rule of a choice (daily, weekly, monthly); a month that lacks the day has it on its last
    one."""
    if every == "monthly" and day.day > LATEST_DAY:
        near = ",".join(str(n) for n in range(LATEST_DAY, day.day + 1))
        return f"FREQ=MONTHLY;BYMONTHDAY={near};BYSETPOS=-1;COUNT={times}"
    return f"FREQ={every.upper()};COUNT={times}"


def choice_of(recurrence: Recurrence) -> str:
    """The choice a rule came from, or `rule`."""
    times = len(recurrence.days)
    choices = ("daily", "weekly", "monthly")
    mine = (it for it in choices if recurrence.rule == rule_of(it, recurrence.day, times))
    return next(mine, "rule")


def _parts(rule: str) -> dict[str, str] | Sentence:
    pairs = [part.partition("=") for part in rule.split(";")]
    parts = {name: value for name, _, value in pairs}
    if odd := next((name for name, value in parts.items() if not _is_read(name, value)), None):
        return say(
            "“%(part)s” is not understood here. Give a rule like FREQ=WEEKLY;BYDAY=MO,TH;COUNT=8.",
            part=f"{odd}={parts[odd]}"[:60] if parts[odd] else odd[:60],
        )
    monthly = parts.get("FREQ") == "MONTHLY"
    numbered = "BYSETPOS" in parts or re.search(r"\d", parts.get("BYDAY", ""))
    if len(parts) < len(pairs) or "FREQ" not in parts or (numbered and not monthly):
        return _UNREADABLE
    if ("COUNT" in parts) == ("UNTIL" in parts):
        return say("Say how often or until when: add COUNT=8 or UNTIL=20271231, and not both.")
    return parts


def _is_read(name: str, value: str) -> bool:
    return name in _PARTS and _PARTS[name].fullmatch(value) is not None


def _days(parts: Mapping[str, str], first: date) -> tuple[date, ...] | Sentence:
    last = first + LONGEST
    if "UNTIL" in parts:
        try:
            last = min(last, date.fromisoformat(parts["UNTIL"][:8]))
        except ValueError:
            return _UNREADABLE
    most = int(parts["COUNT"]) if "COUNT" in parts else None
    found = tuple(itertools.islice(_named(parts, first, last), min(most or MOST + 1, MOST + 1)))
    if not found:
        return say("This rule names no day within two years of the first.")
    if len(found) > MOST:
        return say("This rule names more than %(most)s days. Make it shorter.", most=MOST)
    return found


def _named(parts: Mapping[str, str], first: date, last: date) -> Iterator[date]:
    """The days a rule names between two, both included."""
    # A month's whole set is counted, also before the first day and after the last.
    begin, end = first.replace(day=1), last.replace(day=_length(last))
    span = ((begin + n * _A_DAY) for n in range((end - begin).days + 1))
    for _, days in itertools.groupby(span, lambda day: (day.year, day.month)):
        fitting = [day for day in days if _fits(day, parts, first)]
        yield from (day for day in _at_positions(fitting, parts) if first <= day <= last)


def _fits(day: date, parts: Mapping[str, str], first: date) -> bool:
    """Whether every part but the positions admits the day."""
    frequency, every = parts["FREQ"], int(parts.get("INTERVAL", 1))
    if _distance(day, first, frequency, parts.get("WKST", "MO")) % every:
        return False
    if "BYMONTH" in parts and day.month not in map(int, parts["BYMONTH"].split(",")):
        return False
    if "BYMONTHDAY" in parts and not _is_month_day(day, parts["BYMONTHDAY"]):
        return False
    if "BYDAY" in parts:
        return any(_is_weekday(day, one) for one in parts["BYDAY"].split(","))
    if "BYMONTHDAY" in parts or frequency == "DAILY":
        return True
    return day.weekday() == first.weekday() if frequency == "WEEKLY" else day.day == first.day


def _distance(day: date, first: date, frequency: str, week_begins: str) -> int:
    """Periods from the first day's to this day's."""
    if frequency == "MONTHLY":
        return (day.year - first.year) * 12 + day.month - first.month
    if frequency == "WEEKLY":
        passed = (first.weekday() - WEEKDAYS.index(week_begins)) % _WEEK
        return (day - first + passed * _A_DAY).days // _WEEK
    return (day - first).days


def _length(day: date) -> int:
    """Days of its month."""
    return calendar.monthrange(day.year, day.month)[1]


def _is_month_day(day: date, listed: str) -> bool:
    return {day.day, day.day - _length(day) - 1} & set(map(int, listed.split(","))) != set()


def _is_weekday(day: date, one: str) -> bool:
    """`MO`, or in months `2MO` and `-1MO`."""
    if WEEKDAYS[day.weekday()] != one[-2:]:
        return False
    places = (day.day - 1) // _WEEK + 1, -((_length(day) - day.day) // _WEEK + 1)
    return not one[:-2] or int(one[:-2]) in places


def _at_positions(days: Sequence[date], parts: Mapping[str, str]) -> Sequence[date]:
    if "BYSETPOS" not in parts:
        return days
    wanted = {int(n) for n in parts["BYSETPOS"].split(",")}
    return [
        day
        for number, day in enumerate(days, start=1)
        if number in wanted or number - len(days) - 1 in wanted
    ]
