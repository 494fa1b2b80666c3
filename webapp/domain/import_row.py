"""One usable line of an import's file, and the record that is staged of it.

A record has the columns RECORD and then one for each attribute of the file: texts as they are,
times stamped, numbers as digits, the entries of a list joined by a mark that no text can have.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from webapp.domain.subscriber import AttributeType, AttributeValue

TEXTS = (
    "first_name", "last_name", "locale", "timezone", "country", "city", "gender", "source",
)  # fmt: skip
TIMES = ("first_seen_at", "last_inbound_at", "opted_in_at")
SEVERAL = ("tags", "topics")  # lists, which may come from more than one column
RECORD = ("line", "key", *TEXTS, *TIMES, *SEVERAL)
STAMPED = len("2026-11-22 12:00:00.000000")
BETWEEN = "\x1f"  # refused in every text
Record = tuple[Any, ...]
Kept = Callable[[Any], Any]


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


def stamp(at: datetime | None) -> str | None:
    """A time in UTC as text that sorts: the same that SQLite keeps in the tables."""
    if at is None:
        return None
    utc = at if at.tzinfo is UTC else at.astimezone(UTC)
    return utc.isoformat(" ", "microseconds")[:STAMPED]


def moment(stamped: str | None) -> datetime | None:
    """What `stamp` was given."""
    return None if stamped is None else datetime.fromisoformat(stamped).replace(tzinfo=UTC)


def iso(stamped: str) -> str:
    """As ISO 8601 has it: what `moment(stamped).isoformat()` says."""
    whole = stamped.removesuffix(".000000")
    return f"{whole[:10]}T{whole[11:]}+00:00"


def joined(entries: tuple[str, ...] | None) -> str | None:
    return BETWEEN.join(entries) if entries else None


def parted(kept: str | None) -> tuple[str, ...]:
    """What `joined` was given."""
    return tuple(kept.split(BETWEEN)) if kept else ()


def number(kept: str) -> Decimal:
    """As `import_cells.number` reads it, however many zeros it is kept with."""
    return Decimal(kept).normalize() + 0


# How the values of an attribute are staged, and how they are read again; None stays None.
KEPT: Mapping[AttributeType, Kept | None] = {
    AttributeType.TEXT: None,
    AttributeType.NUMBER: str,
    AttributeType.MONEY: str,
    AttributeType.YESNO: int,
    AttributeType.DATE: date.isoformat,
    AttributeType.TIME: stamp,
    AttributeType.LIST: joined,
}
READ: Mapping[AttributeType, Kept | None] = {
    AttributeType.TEXT: None,
    AttributeType.NUMBER: number,
    AttributeType.MONEY: number,
    AttributeType.YESNO: bool,
    AttributeType.DATE: date.fromisoformat,
    AttributeType.TIME: moment,
    AttributeType.LIST: parted,
}


def own(record: Record, types: Mapping[str, AttributeType]) -> dict[str, AttributeValue]:
    """The attributes of a record; `types` are the file's, in the order of its columns."""
    cells = zip(types.items(), record[len(RECORD) :], strict=True)
    return {name: read(type_, cell) for (name, type_), cell in cells if cell is not None}


def read(type_: AttributeType, cell: Any) -> Any:
    reader = READ[type_]
    return cell if reader is None else reader(cell)


def of_record(record: Record, types: Mapping[str, AttributeType]) -> Row:
    told = dict(zip(RECORD, record, strict=False))
    return Row(
        line=told["line"],
        key=told["key"],
        values={name: told[name] for name in TEXTS if told[name] is not None},
        tags=parted(told["tags"]),
        topics=parted(told["topics"]),
        first_seen_at=moment(told["first_seen_at"]),
        last_inbound_at=moment(told["last_inbound_at"]),
        opted_in_at=moment(told["opted_in_at"]),
        attributes=own(record, types),
    )


def record_of(row: Row, types: Mapping[str, AttributeType]) -> Record | None:
    """What `of_record` was made of; None for a row that says more than a record can: a list that
    is to be emptied. `types` has every attribute of the row."""
    if () in row.attributes.values():
        return None
    own = ((type_, row.attributes.get(name)) for name, type_ in types.items())
    return (
        row.line,
        row.key,
        *map(row.values.get, TEXTS),
        *(stamp(getattr(row, name)) for name in TIMES),
        joined(row.tags),
        joined(row.topics),
        *(keep(type_, value) for type_, value in own),
    )


def keep(type_: AttributeType, value: Any) -> Any:
    """What `read` is given."""
    keeper = KEPT[type_]
    return value if keeper is None or value is None else keeper(value)


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
