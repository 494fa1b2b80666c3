"""Many rows in one statement."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Dialect,
    Table,
    any_,
    bindparam,
    func,
    insert,
    select,
)
from sqlmodel import Session, SQLModel

from webapp.models.base import UtcDateTime

Maker = Callable[[Any], Any]


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


def among(session: Session, column: Any, values: Collection[Any]) -> ColumnElement[bool]:
    """`column IN values` with one parameter however many they are: building thousands of
    parameters takes longer than the query."""
    if session.get_bind().dialect.name == "postgresql":
        given = bindparam(None, list(values), type_=ARRAY(column.type))
        return cast("ColumnElement[bool]", column == any_(given))
    found = func.json_each(json.dumps(list(values))).table_valued("value")
    return cast("ColumnElement[bool]", column.in_(select(found.c.value)))


def _add_at_once(
    session: Session, table: Table, dialect: Dialect, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Column by column to the driver: SQLAlchemy takes twice as long to make the parameters of
    some thousand rows as SQLite takes to write them."""
    quote = dialect.identifier_preparer.quote
    names = tuple(rows[0])
    makers = {name: _maker(table, name, dialect) for name in names}
    made = [_column([row[name] for row in rows], makers[name]) for name in names]
    columns, marks = ", ".join(map(quote, names)), ", ".join("?" * len(names))
    statement = f"INSERT INTO {quote(table.name)} ({columns}) VALUES ({marks})"  # noqa: S608
    session.connection().exec_driver_sql(statement, list(zip(*made, strict=True)))


def _maker(table: Table, name: str, dialect: Dialect) -> Maker | None:
    """What makes a value of Python one of the database; None where it is one."""
    kind = table.c[name].type
    if isinstance(kind, UtcDateTime):
        return _time
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _column(values: list[Any], maker: Maker | None) -> list[Any]:
    return values if maker is None else [maker(value) for value in values]


def _time(at: datetime | None) -> str | None:
    """As `UtcDateTime` and SQLAlchemy write it together, a good deal faster."""
    if at is None:
        return None
    if at.tzinfo is None:
        raise ValueError(f"A time without a zone cannot be stored: {at!r}.")
    utc = at if at.tzinfo is UTC else at.astimezone(UTC)
    return utc.isoformat(" ", "microseconds")[: len("2026-11-22 12:00:00.000000")]
