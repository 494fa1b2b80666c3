"""Ids handed to the database as a table: no statement grows with them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Text, bindparam, column, func, select
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Session, col

from webapp.models.subscriber import Subscriber


def table(session: Session, ids: Sequence[int] | str) -> Any:
    """Of one column, `value`; SQLite also reads the JSON that it listed ids as itself."""
    if session.get_bind().dialect.name == "postgresql":
        listed = func.unnest(sql_cast(ids, ARRAY(BigInteger)))
        return listed.table_valued("value").render_derived()
    text = ids if isinstance(ids, str) else json.dumps(ids)
    return func.json_each(text).table_valued(column("value", BigInteger))


def people(session: Session, ids: Sequence[int]) -> ColumnElement[bool]:
    """For a WHERE over `Subscriber`: these people."""
    return col(Subscriber.id).in_(select(table(session, ids).c.value))


def among(dialect: str, name: str = "ids") -> Any:
    """The ids of a list that is given at each execution: for statements that are built once. It is
    the parameter `name`, and takes what `bound` makes."""
    if dialect == "postgresql":
        listed = func.unnest(sql_cast(bindparam(name), ARRAY(BigInteger)))
        return select(listed.table_valued("value").render_derived().c.value)
    return select(func.json_each(bindparam(name)).table_valued(column("value", BigInteger)).c.value)


def bound(session: Session, ids: Sequence[int]) -> Sequence[int] | str:
    """Ids as the parameter of `among`."""
    return ids if session.get_bind().dialect.name == "postgresql" else json.dumps(ids)


def texts(dialect: str) -> Any:
    """A table of `id` and `text`, given at each execution by what `bound_texts` makes."""
    if dialect == "postgresql":
        ids = sql_cast(bindparam("ids"), ARRAY(BigInteger))
        pairs = func.unnest(ids, sql_cast(bindparam("texts"), ARRAY(Text)))
        return pairs.table_valued("id", "text").render_derived()
    each = func.json_each(bindparam("texts")).table_valued("key", "value")
    return select(
        sql_cast(each.c.key, BigInteger).label("id"), each.c.value.label("text")
    ).subquery()


def bound_texts(session: Session, by_id: Mapping[int, str]) -> Mapping[str, object]:
    if session.get_bind().dialect.name == "postgresql":
        return {"ids": list(by_id), "texts": list(by_id.values())}
    return {"texts": json.dumps(by_id)}
