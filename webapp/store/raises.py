"""Counts on their way into the rollups: added up with the transaction, written as its last act.

A channel's counts of a day are one row that all raise: every sender, the inbox, an import. Whoever
raised it at once would hold it until their commit, and take further locks meanwhile; two who do so
in different orders lock each other out, and PostgreSQL ends one of them after a second. So counts
wait here until all other rows are written, and all write them in the same order. What a savepoint
takes back is not counted.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import groupby
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import Table, event
from sqlalchemy.orm import Session as PlainSession
from sqlalchemy.orm import SessionTransaction
from sqlmodel import Session

from webapp.store import inserts

WAITING, MARKS = "fanlight_raises", "fanlight_raises_before"


class Raise(NamedTuple):
    """Of one row, by its key: how much each of these counts rises."""

    table: Table
    key: tuple[tuple[str, Any], ...]
    counts: Mapping[str, int]


def add(
    session: Session, table: Table, key: Mapping[str, object], counts: Mapping[str, int]
) -> None:
    """To be written when the session commits."""
    waiting = session.info.setdefault(WAITING, [])
    waiting.append(Raise(table, tuple(key.items()), dict(counts)))


def write(session: PlainSession) -> None:
    """What waits, after everything else that waits; inside a savepoint it waits on."""
    if not session.info.get(WAITING) or session.in_nested_transaction():
        return
    session.flush()
    connection = session.connection()
    for (table, names), rows in groupby(_summed(session.info.pop(WAITING)), key=_form):
        statement = _raising(table, connection.dialect.name, names)
        connection.execute(statement, [{**dict(row.key), **row.counts} for row in rows])


def _summed(waiting: list[Raise]) -> Iterator[Raise]:
    """A row once, in the order that all keep."""
    sums: dict[tuple[str, tuple[tuple[str, Any], ...]], Counter[str]] = defaultdict(Counter)
    tables = {it.table.name: it.table for it in waiting}
    for it in waiting:
        sums[it.table.name, it.key].update(it.counts)
    for name, key in sorted(sums):
        yield Raise(tables[name], key, sums[name, key])


def _form(it: Raise) -> tuple[Table, tuple[str, ...]]:
    return it.table, tuple(sorted(it.counts))


@lru_cache(maxsize=256)
def _raising(table: Table, dialect: str, names: tuple[str, ...]) -> Any:
    """Built once: the sender raises the same counts ten times a second."""
    key = [column.name for column in table.primary_key]
    given = {name: sa.bindparam(name, type_=table.c[name].type) for name in (*key, *names)}
    zeros = {c.name: sa.literal(0) for c in table.columns if not c.primary_key}
    statement = inserts.into(table, dialect).values({**zeros, **given})
    raised = {name: table.c[name] + statement.excluded[name] for name in names}
    return statement.on_conflict_do_update(index_elements=key, set_=raised)


@event.listens_for(PlainSession, "before_commit")
def _last_of_all(session: PlainSession) -> None:
    write(session)


@event.listens_for(PlainSession, "after_transaction_create")
def _mark(session: PlainSession, transaction: SessionTransaction) -> None:
    if transaction.nested:
        marks = session.info.setdefault(MARKS, {})
        marks[transaction] = len(session.info.get(WAITING, ()))


@event.listens_for(PlainSession, "after_soft_rollback")
def _take_back(session: PlainSession, transaction: SessionTransaction) -> None:
    before = session.info.get(MARKS, {}).pop(transaction, None)
    if before is not None:
        del session.info.get(WAITING, [])[before:]


@event.listens_for(PlainSession, "after_transaction_end")
def _forget(session: PlainSession, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(WAITING, None)
        session.info.pop(MARKS, None)
