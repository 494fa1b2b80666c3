"""A brand's own fields, and their values: each in the column of its type."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import compress, repeat
from typing import Any

from sqlalchemy import delete, tuple_, update
from sqlmodel import Session, col, select

from webapp.domain import import_row
from webapp.domain.subscriber import AttributeType
from webapp.domain.subscriber import AttributeValue as Value
from webapp.models.subscriber import Attribute, AttributeValue
from webapp.store import bulk

Held = tuple[int, int]  # subscriber id, attribute id
_READ = ("subscriber_id", "attribute_id", "text", "number", "day", "at")
_CELLS = ("position", "text", "number", "day", "at")
_CELL: Mapping[AttributeType, str] = {
    AttributeType.TEXT: "text",
    AttributeType.NUMBER: "number",
    AttributeType.MONEY: "number",
    AttributeType.YESNO: "number",
    AttributeType.DATE: "day",
    AttributeType.TIME: "at",
    AttributeType.LIST: "text",
}
_NUMBERS = frozenset({AttributeType.NUMBER, AttributeType.MONEY, AttributeType.YESNO})


def all_of(session: Session) -> Sequence[Attribute]:
    return session.exec(select(Attribute).order_by(Attribute.label, col(Attribute.id))).all()


def types(session: Session) -> dict[str, AttributeType]:
    """What `domain.segment.parse` and the variables of messages ask for."""
    return {row.name: AttributeType(row.type) for row in all_of(session)}


def labels(session: Session) -> dict[str, str]:
    return {row.name: row.label for row in all_of(session)}


def add(session: Session, brand_id: int, name: str, label: str, type_: AttributeType) -> Attribute:
    row = Attribute(brand_id=brand_id, name=name, label=label, type=type_.value)
    session.add(row)
    session.flush()
    return row


def of(session: Session, subscriber_ids: Collection[int]) -> dict[int, dict[str, Value]]:
    """Values by attribute name, by person; people without any are left out."""
    by_id = {row.id: (row.name, AttributeType(row.type)) for row in all_of(session)}
    lists: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    found: dict[int, dict[str, Value]] = defaultdict(dict)
    for person, attribute, *columns in _rows(session, subscriber_ids):
        name, type_ = by_id[attribute]
        if type_ is AttributeType.LIST:
            lists[person][name].append(columns[0] or "")
        elif (value := _value(type_, *columns)) is not None:
            found[person][name] = value
    for person, named in lists.items():
        found[person] |= {name: tuple(texts) for name, texts in named.items()}
    return dict(found)


def _rows(session: Session, subscriber_ids: Collection[int]) -> Iterable[Any]:
    """As plain tuples: an import reads some hundred thousand of them."""
    row = AttributeValue
    query: Any = select(*(col(getattr(row, name)) for name in _READ))
    return session.exec(  # type: ignore[no-any-return]
        query.where(bulk.among(session, col(row.subscriber_id), subscriber_ids)).order_by(
            col(row.subscriber_id), col(row.position)
        )
    )


def put(
    session: Session,
    brand_id: int,
    values: Mapping[Held, tuple[AttributeType, Value]],
    held: Iterable[Held] = (),
) -> None:
    """Write values; `held` are the pairs among them that have an older value to be replaced."""
    clear(session, held)
    rows = [
        (person, attribute, *cells)
        for (person, attribute), (type_, value) in values.items()
        for cells in _cells(type_, value)
    ]
    names = ("subscriber_id", "attribute_id", *_CELLS)
    columns = zip(*rows, strict=True) if rows else repeat(())
    bulk.pour(session, AttributeValue, dict(zip(names, columns, strict=False)),
              {"brand_id": brand_id})  # fmt: skip


def pour(
    session: Session,
    brand_id: int,
    attribute_id: int,
    type_: AttributeType,
    people: Sequence[int],
    kept: Sequence[Any],
) -> None:
    """One attribute of many people who have none of it, as `import_row.KEPT` keeps values; None
    for those who get none."""
    told = [cell is not None for cell in kept]
    some: Sequence[int] = people if all(told) else list(compress(people, told))
    cells = kept if all(told) else list(compress(kept, told))
    places: Sequence[int] | None = None
    if type_ is AttributeType.LIST:
        some, places, cells = _entries(some, cells)
    columns: dict[str, Sequence[Any]] = {"subscriber_id": some, _CELL[type_]: cells}
    same = {"brand_id": brand_id, "attribute_id": attribute_id}
    if places is None:
        bulk.pour(session, AttributeValue, columns, {**same, "position": 0})
    else:
        bulk.pour(session, AttributeValue, {**columns, "position": places}, same)


def _entries(people: Sequence[int], kept: Sequence[str]) -> tuple[list[int], list[int], list[str]]:
    """Each entry of their lists: whose, at which place, and what it is."""
    rows = [
        (person, place, entry)
        for person, cell in zip(people, kept, strict=True)
        for place, entry in enumerate(import_row.parted(cell))
    ]
    return [it[0] for it in rows], [it[1] for it in rows], [it[2] for it in rows]


def clear(session: Session, held: Iterable[Held]) -> None:
    pairs = list(held)
    key = tuple_(col(AttributeValue.subscriber_id), col(AttributeValue.attribute_id))
    for start in range(0, len(pairs), 5000):
        session.exec(delete(AttributeValue).where(key.in_(pairs[start : start + 5000])))


def hand_over(session: Session, giver_id: int, taker_id: int) -> None:
    """Values of one person become another's, where that one has none of the attribute."""
    row = AttributeValue
    held = select(row.attribute_id).where(col(row.subscriber_id) == taker_id)
    session.exec(
        update(row)
        .where(col(row.subscriber_id) == giver_id, col(row.attribute_id).not_in(held))
        .values(subscriber_id=taker_id)
    )


def forget(session: Session, subscriber_id: int) -> None:
    """Every value of one person."""
    session.exec(delete(AttributeValue).where(col(AttributeValue.subscriber_id) == subscriber_id))


def _value(
    type_: AttributeType,
    text: str | None,
    number: Decimal | None,
    day: date | None,
    at: datetime | None,
) -> Value | None:
    """None for a value stored under another type."""
    if type_ is AttributeType.YESNO:
        return None if number is None else number != 0
    if type_ in _NUMBERS:
        return number
    if type_ is AttributeType.DATE:
        return day
    return at if type_ is AttributeType.TIME else text


def _cells(type_: AttributeType, value: Value) -> list[tuple[object, ...]]:
    """A row of `_CELLS` for a value, several for a list."""
    if isinstance(value, tuple):
        return [(n, text, None, None, None) for n, text in enumerate(value)]
    if type_ in _NUMBERS and isinstance(value, bool | Decimal):
        return [(0, None, Decimal(value), None, None)]
    if isinstance(value, datetime):
        return [(0, None, None, None, value)]
    if isinstance(value, date):
        return [(0, None, None, value, None)]
    return [(0, str(value), None, None, None)]
