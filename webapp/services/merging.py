"""What a row says of a person, beside what is known of them: the columns that get another value."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from webapp.domain import folding
from webapp.domain.import_row import Row
from webapp.domain.policy import situation
from webapp.models.subscriber import Subscriber

WINDOW = timedelta(hours=24)  # what a message opens, as far as a file can tell
OPENER = "import"


def columns(row: Row, person: Subscriber | None, now: datetime) -> dict[str, Any]:
    """The columns that get another value."""
    wanted: dict[str, Any] = {**row.values, **_derived(row, person)}
    first = row.first_seen_at or (row.last_inbound_at if person is None else None)
    known_first = person.first_seen_at if person else None
    if first is not None and (known_first is None or first < known_first):
        wanted["first_seen_at"] = first
    wanted |= _inbound(row.last_inbound_at, person, now)
    if person is None:
        return wanted
    return {name: value for name, value in wanted.items() if getattr(person, name) != value}


def folded(first_name: str | None, last_name: str | None) -> str:
    """What people are searched by."""
    return folding.folded(" ".join(filter(None, (first_name, last_name))))[:401]


def _derived(row: Row, person: Subscriber | None) -> dict[str, Any]:
    """What is kept beside other columns: the folded name, and the region of the country."""

    def part(name: str) -> str:
        return row.values.get(name) or (getattr(person, name) if person else None) or ""

    derived: dict[str, Any] = {}
    if person is None or row.values.keys() & {"first_name", "last_name"}:
        derived["name_folded"] = folded(part("first_name"), part("last_name"))
    if person is None or "country" in row.values:
        derived["region"] = int(situation.region_of(part("country")))
    return derived


def _inbound(at: datetime | None, person: Subscriber | None, now: datetime) -> dict[str, Any]:
    """A newer message than the last one known, never one from the future, and its window."""
    known = person.last_inbound_at if person else None
    if at is None or at > now or (known is not None and at <= known):
        return {}
    ends = person.window_ends_at if person else None
    if ends is not None and ends >= at + WINDOW:
        return {"last_inbound_at": at}
    return {
        "last_inbound_at": at,
        "window_opener": OPENER,
        "window_opened_at": at,
        "window_ends_at": at + WINDOW,
    }
