"""Many rows in one statement."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain, repeat
from typing import Any, cast

from sqlalchemy import (
    ARRAY,
    JSON,
    Boolean,
    ColumnElement,
    Date,
    Dialect,
    Table,
    Text,
    any_,
    bindparam,
    func,
    insert,
    select,
    text,
)
from sqlmodel import Session, SQLModel

from webapp.domain import import_row
from webapp.models.base import UtcDateTime

Maker = Callable[[Any], Any]
# Rows of one statement of SQLite. Row by row, a table with a trigger or a foreign key begins and
# ends a savepoint for each, which takes nearly as long as the row itself; of so many it is not felt
# any more, and more only take longer to be prepared.
TOGETHER = 32


def add(session: Session, model: type[SQLModel], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all have the same columns; a column they leave out becomes NULL.

    By the table, not the class: an ORM bulk insert leaves NULLs out and so falls apart into one
    statement for each pattern of them, ten times slower. Each row names its brand itself.
    """
    if not rows:
        return
    table = cast("Table", model.__table__)  # type: ignore[attr-defined]
    dialect = session.get_bind().dialect
    if dialect.name == "sqlite":
        _add_at_once(session, table, dialect, rows)
    else:
        session.exec(insert(table), params=rows)


def pour(
    session: Session,
    model: type[SQLModel],
    columns: Mapping[str, Sequence[Any]],
    same: Mapping[str, Any],
) -> None:
    """Insert rows column by column, all columns equally long; `same` are those with one value for
    all rows. A time may come as `import_row.stamp` made it, a date in ISO 8601, a number as its
    digits, JSON as its text. What no column names has its default, and a column without a single
    value is not named.
    """
    many = len(next(iter(columns.values())))
    if not many:
        return
    table = cast("Table", model.__table__)  # type: ignore[attr-defined]
    dialect = session.get_bind().dialect
    told = {name: it for name, it in columns.items() if _says_something(table, name, it)}
    made: list[Iterable[Any]] = [
        values if _is_made(table, name, values, dialect) else _column(table, name, values, dialect)
        for name, values in told.items()
    ]
    for name, value in same.items():
        made.append(repeat(_column(table, name, [value], dialect)[0], many))
    names = [dialect.identifier_preparer.quote(name) for name in (*told, *same)]
    rows = zip(*made, strict=True)
    if dialect.name == "sqlite":
        _insert(session, table, names, rows)
    else:
        _copy(session, table, names, rows)


def _says_something(table: Table, name: str, values: Sequence[Any]) -> bool:
    """Nothing but NULL is what a column has that no statement names, unless it has a default."""
    return table.c[name].server_default is not None or any(it is not None for it in values)


def next_ids(session: Session, model: type[SQLModel], many: int) -> Sequence[int]:
    """So many ids that nobody has, to be given to new rows in this transaction. SQLite's only
    writer has them in a row, which nobody else sees before the commit."""
    table = cast("Table", model.__table__)  # type: ignore[attr-defined]
    if session.get_bind().dialect.name == "sqlite":
        last = session.connection().execute(select(func.max(table.c.id))).scalar() or 0
        return range(last + 1, last + 1 + many)
    numbers = text(
        "SELECT nextval(pg_get_serial_sequence(:table, 'id')) FROM generate_series(1, :many)"
    )
    given = {"table": table.name, "many": many}
    return [int(key) for key in session.connection().execute(numbers, given).scalars()]


def among(session: Session, column: Any, values: Collection[Any]) -> ColumnElement[bool]:
    """`column IN values` with one parameter however many they are: building thousands of
    parameters takes longer than the query."""
    if session.get_bind().dialect.name == "postgresql":
        given = bindparam(None, list(values), type_=ARRAY(column.type))
        return cast("ColumnElement[bool]", column == any_(given))
    found = func.json_each(json.dumps(list(values))).table_valued("value")
    return cast("ColumnElement[bool]", column.in_(select(found.c.value)))


def in_list(dialect: str, column: Any, name: str) -> ColumnElement[bool]:
    """The same for a statement that is built once: its parameter `name` is what `listed` makes."""
    if dialect == "postgresql":
        given = bindparam(name, type_=ARRAY(column.type))
        return cast("ColumnElement[bool]", column == any_(given))
    found = func.json_each(bindparam(name, type_=Text)).table_valued("value")
    return cast("ColumnElement[bool]", column.in_(select(found.c.value)))


def listed(session: Session, values: Collection[Any]) -> Sequence[Any] | str:
    sqlite = session.get_bind().dialect.name == "sqlite"
    return json.dumps(list(values)) if sqlite else list(values)


def _add_at_once(
    session: Session, table: Table, dialect: Dialect, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Column by column to the driver: SQLAlchemy takes twice as long to make the parameters of
    some thousand rows as SQLite takes to write them."""
    quote = dialect.identifier_preparer.quote
    names = tuple(rows[0])
    made = [_column(table, name, [row[name] for row in rows], dialect) for name in names]
    _insert(session, table, [quote(name) for name in names], zip(*made, strict=True))


def _insert(
    session: Session, table: Table, names: Sequence[str], rows: Iterable[tuple[Any, ...]]
) -> None:
    head = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES "  # noqa: S608
    marks, left = f"({', '.join('?' * len(names))})", list(rows)
    whole = len(left) - len(left) % TOGETHER
    several = [
        tuple(chain.from_iterable(left[n : n + TOGETHER])) for n in range(0, whole, TOGETHER)
    ]
    connection = session.connection()
    if several:
        connection.exec_driver_sql(head + ", ".join([marks] * TOGETHER), several)
    if whole < len(left):
        connection.exec_driver_sql(head + marks, left[whole:])


def _copy(
    session: Session, table: Table, names: Sequence[str], rows: Iterable[tuple[Any, ...]]
) -> None:
    driver: Any = session.connection().connection.driver_connection
    statement = f"COPY {table.name} ({', '.join(names)}) FROM STDIN"
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


# What SQLite takes as it is, and PostgreSQL as the text that COPY is.
_MADE: Mapping[type[Any], type[Any]] = {UtcDateTime: str, Date: str, JSON: str, Boolean: bool}
_NOTHING = type(None)


def _is_made(table: Table, name: str, values: Sequence[Any], dialect: Dialect) -> bool:
    """Whether all of a column is there as the database has it: then no value is touched."""
    kind = table.c[name].type
    made = next((it for type_, it in _MADE.items() if isinstance(kind, type_)), None)
    if made is None or (isinstance(kind, UtcDateTime) and dialect.name != "sqlite"):
        return False
    return {*map(type, values)} <= {made, _NOTHING}


def _maker(table: Table, name: str, dialect: Dialect) -> Maker | None:
    """What makes a value of Python one of the database; None where it is one."""
    kind = table.c[name].type
    if isinstance(kind, UtcDateTime):
        return _time if dialect.name == "sqlite" else _time_with_zone
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _column(table: Table, name: str, values: Sequence[Any], dialect: Dialect) -> Sequence[Any]:
    maker = _maker(table, name, dialect)
    return values if maker is None else list(map(maker, values))


def _time(at: datetime | str | None) -> str | None:
    """As `UtcDateTime` and SQLAlchemy write it together, a good deal faster."""
    if at is None or isinstance(at, str):
        return at
    if at.tzinfo is None:
        raise ValueError(f"A time without a zone cannot be stored: {at!r}.")
    return import_row.stamp(at)


def _time_with_zone(at: datetime | str | None) -> datetime | str | None:
    return f"{at}+00" if isinstance(at, str) else at
