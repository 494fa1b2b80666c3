"""A number a platform sets: how long a text may be, how many buttons, how many calls a second."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from webapp.domain.broadcast import Kind
from webapp.domain.policy.rules.row import Row
from webapp.domain.policy.verdict import Confidence


@dataclass(frozen=True)
class Limit:
    """`value` counts `unit`s: characters, bytes, items, or messages_per_second."""

    id: str
    platform: str
    name: str  # text, buttons, rate_default ...
    value: int
    unit: str
    kinds: frozenset[Kind]  # empty: every kind
    valid_from: date
    valid_to: date | None
    source: str
    checked_on: date
    confidence: Confidence
    note: str = ""

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    def concerns(self, platform: str, kind: Kind | None) -> bool:
        return self.platform == platform and (not self.kinds or kind in self.kinds)


def read(row: Row) -> Limit:
    """One [[limit]] table."""
    first = row.day("valid_from")
    made = Limit(
        id=row.id,
        platform=row.platform(),
        name=row.text("name"),
        value=row.whole("value"),
        unit=row.text("unit"),
        kinds=row.kinds(),
        valid_from=first,
        valid_to=row.last_day(first),
        source=row.source(),
        checked_on=row.day("checked_on"),
        confidence=row.confidence(),
        note=row.text("note", ""),
    )
    row.done()
    return made
