"""A day and a time as clocks on walls show it, each person's own; and what if it has passed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum

from webapp.domain.wording import Sentence, say


class Past(StrEnum):
    """What becomes of people for whom the time has passed when it is scheduled."""

    SKIP = "skip"
    NOW = "now"  # with the first of the others
    NEXT_DAY = "next_day"


@dataclass(frozen=True)
class WallClock:
    day: date
    time: time
    past: Past = Past.SKIP

    def to_json(self) -> dict[str, object]:
        return {
            "day": self.day.isoformat(),
            "time": f"{self.time:%H:%M}",
            "past": self.past.value,
        }


def read(given: Mapping[str, object]) -> WallClock | dict[str, list[Sentence]]:
    """From `day`, `time` and `past` of a schedule; else what is wrong, by field."""
    day, clock = _day(given.get("day")), _time(given.get("time"))
    past = given.get("past", Past.SKIP)
    wrong: dict[str, list[Sentence]] = {}
    if day is None:
        wrong["day"] = [say("Give a day like 2026-12-03.")]
    if clock is None:
        wrong["time"] = [say("Give a time of day like 10:00.")]
    if past not in list(Past):
        wrong["past"] = [say("Choose what happens where it has passed: skip, now or next_day.")]
    if wrong or day is None or clock is None:
        return wrong
    return WallClock(day, clock, Past(str(past)))


def _day(text: object) -> date | None:
    """Years in which every zone has a day before and after it."""
    try:
        day = date.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return day if day and date.min.year + 1 < day.year < date.max.year else None


def _time(text: object) -> time | None:
    try:
        clock = time.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return clock.replace(tzinfo=None, second=0, microsecond=0) if clock else None
