"""One usable line of an import's file, as JSON and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from webapp.domain.subscriber import AttributeValue


@dataclass(frozen=True)
class Row:
    """Only cells that say something are here; times are UTC."""

    line: int
    key: str
    values: Mapping[str, str]  # first_name, last_name, locale, timezone, country, city ...
    tags: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    first_seen_at: datetime | None = None
    last_inbound_at: datetime | None = None
    opted_in_at: datetime | None = None
    attributes: Mapping[str, AttributeValue] = field(default_factory=dict)


def to_json(row: Row) -> list[object]:
    times = (row.first_seen_at, row.last_inbound_at, row.opted_in_at)
    return [
        row.line,
        row.key,
        row.values,
        row.tags,
        row.topics,
        *(at and at.isoformat() for at in times),
        {name: plain(value) for name, value in row.attributes.items()},
    ]


def from_json(told: list[Any]) -> Row:
    line, key, values, tags, topics, seen, inbound, opted_in, own = told
    return Row(
        line,
        key,
        values,
        tuple(tags),
        tuple(topics),
        seen and datetime.fromisoformat(seen),
        inbound and datetime.fromisoformat(inbound),
        opted_in and datetime.fromisoformat(opted_in),
        {name: typed(value) for name, value in own.items()},
    )


def plain(value: object) -> object:
    """A value of an attribute or a column as JSON has it: its type is told where JSON has none."""
    if isinstance(value, datetime):
        return {"time": value.isoformat()}
    if isinstance(value, date):
        return {"day": value.isoformat()}
    if isinstance(value, Decimal):
        return {"number": str(value)}
    return list(value) if isinstance(value, tuple) else value


def typed(value: Any) -> Any:
    """What `plain` was given."""
    if isinstance(value, list):
        return tuple(value)
    if not isinstance(value, dict):
        return value
    if "time" in value:
        return datetime.fromisoformat(value["time"])
    return date.fromisoformat(value["day"]) if "day" in value else Decimal(value["number"])
