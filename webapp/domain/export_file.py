"""A list of people as a file that our own import reads back: the same people, nobody opted in.

What imports take in comes first, under the names they know; attributes carry their type. The last
columns only tell: consents, windows and what was sent are facts of this brand and no list's to
bring.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from webapp.domain import import_columns, schedule, spreadsheet
from webapp.domain.subscriber import AttributeType, AttributeValue, TopicState

TEXTS = (
    "first_name", "last_name", "locale", "timezone", "country", "city", "gender", "source",
)  # fmt: skip
TIMES = ("first_seen_at", "last_inbound_at")
TOLD_TIMES = ("window_ends_at", "opted_out_at", "last_sent_at")
TOLD = ("channel", "opted_in_to", "stopped", *TOLD_TIMES)
JOINED = "|"


@dataclass(frozen=True)
class Line:
    """One person. `values` holds TEXTS, TIMES and TOLD_TIMES by name; times are aware."""

    key: str
    channel: str
    values: Mapping[str, object]
    tags: frozenset[str] = frozenset()
    topics: Mapping[str, TopicState] = field(default_factory=dict)
    attributes: Mapping[str, AttributeValue] = field(default_factory=dict)


def header(attributes: Mapping[str, AttributeType]) -> list[str]:
    own = [import_columns.heading(name, type_) for name, type_ in attributes.items()]
    return ["psid", *TEXTS, *TIMES, "tags", *own, *map(import_columns.heading, TOLD)]


def cells(line: Line, attributes: Mapping[str, AttributeType]) -> list[str]:
    """In the order of `header`; no cell runs as a formula."""
    own = [line.attributes.get(name) for name in attributes]
    found = [
        line.key,
        *(line.values.get(name) for name in (*TEXTS, *TIMES)),
        tuple(sorted(line.tags)),
        *own,
        line.channel,
        _topics(line, TopicState.OPTED_IN),
        _topics(line, TopicState.STOPPED),
        *(line.values.get(name) for name in TOLD_TIMES),
    ]
    return [_cell(value) for value in found]


def _topics(line: Line, state: TopicState) -> tuple[str, ...]:
    return tuple(sorted(slug for slug, stands in line.topics.items() if stands is state))


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return format(value.normalize() + 0, "f")  # ours: no formula, so nothing stands before it
    if isinstance(value, datetime):
        return schedule.rfc3339(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return spreadsheet.harmless(_joined(value))
    return spreadsheet.harmless(value)


def _joined(entries: Sequence[str]) -> str:
    """Imports divide a list by its first kind of mark: one that stands in an entry must not be."""
    lone = len(entries) == 1 and any(mark in entries[0] for mark in ";,")
    return JOINED.join(entries) + (JOINED if lone else "")
