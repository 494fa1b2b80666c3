"""What the rules screen is asked for: every wrong value falls back to what is likely meant, and
is named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from webapp.domain.policy.rules.row import PLATFORMS
from webapp.domain.wording import Sentence, say

SHOWS = ("holds", "coming", "changed", "book")
A_YEAR = timedelta(days=365)
LONGEST_SEARCH = 100
NO_DATE = say("Write a date, such as 2026-11-27.")
UNKNOWN = say("The book knows Messenger, Instagram and WhatsApp.")
BACKWARDS = say("The first day is after the last one.")


@dataclass(frozen=True)
class Asked:
    """`day` is the one day of `holds` and `coming`; `since` and `until` bound `changed`."""

    show: str
    platform: str
    day: date
    since: date
    until: date
    words: str
    version: str
    counts: bool
    errors: Mapping[str, list[Sentence]]


def read(given: Mapping[str, str], today: date, first_day: date) -> Asked:
    """Dates before the book's first day are wrong: nothing is known of them."""
    errors: dict[str, list[Sentence]] = {}

    def day(name: str, otherwise: date) -> date:
        text = given.get(name, "").strip()
        found = _date(text) if text else otherwise
        if found is None:
            errors[name] = [NO_DATE]
        elif found < first_day:
            errors[name] = [say("The rulebook begins on %(day)s.", day=first_day)]
        return found if found is not None and found >= first_day else max(otherwise, first_day)

    platform = given.get("platform", "").strip()
    if platform not in ("", *PLATFORMS):
        errors["platform"] = [UNKNOWN]
    at = day("at", today)
    until = day("to", at)
    since = day("from", max(_year_before(until), first_day))
    if since > until and not errors:
        errors["from"] = [BACKWARDS]
    return Asked(
        show=_one_of(given.get("show", ""), SHOWS),
        platform=_one_of(platform, PLATFORMS),
        day=at,
        since=since,
        until=until,
        words=given.get("q", "").strip()[:LONGEST_SEARCH],
        version=given.get("book", "").strip()[:LONGEST_SEARCH],
        counts=given.get("counts") == "1",
        errors=errors,
    )


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _year_before(day: date) -> date:
    return day - A_YEAR if day.year > date.min.year + 1 else day


def _one_of(text: str, known: tuple[str, ...]) -> str:
    return text if text in known else known[0]
