"""Who changed since a mark: what the audience index has to look at again.

Triggers (`audience_watch`) write the logs, in the transaction that changes a person, a tag, a
value, a consent or an import's list, whoever changes it. So the index cannot miss a change that
somebody forgot to tell. What people did and were sent has a log of its own: a broadcast to a
million people says nothing of their countries and tags.

A mark stands for a moment in the database's own order. What was read under a mark is right but for
the people in the log from that mark on.

- SQLite has one writer: the mark is the id of the newest line, itself included. Whoever the newest
  line is about is not told again: the same person changed several times in a row is one line, and
  so are the thousand people whom somebody announced by their ids before writing them (`announce`,
  then `close`).
- PostgreSQL has many, and a line of an older transaction may appear after one of a newer. The mark
  is the oldest transaction still running; each line says its transaction. These numbers are the
  cluster's, so a mark names the cluster too (`epoch`): a dump loaded elsewhere begins anew.

A tag, topic or attribute that is called otherwise changes what conditions mean without touching
anybody: then everything kept so far is void (the horizon moves past it).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, text
from sqlmodel import Session


class Log(NamedTuple):
    """`row` of the table of horizons is its own."""

    table: str
    row: int


PEOPLE = Log("audience_change", 1)
DOINGS = Log("audience_doing", 2)
LOGS = (PEOPLE, DOINGS)
PAST_POSTGRESQL = "pg_current_xact_id()::text::bigint + 1"


class Mark(NamedTuple):
    number: int
    epoch: str


def now(session: Session, log: Log = PEOPLE) -> Mark:
    """Read before what is to be right under it."""
    if is_sqlite(session.connection()):
        found = session.connection().exec_driver_sql(f"SELECT max(id) FROM {log.table}")
        return Mark(int(found.scalar() or 0), "")
    query = (
        "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint, "
        "(SELECT system_identifier::text FROM pg_control_system())"
    )
    number, epoch = session.connection().exec_driver_sql(query).one()
    return Mark(int(number), str(epoch))


def since(session: Session, brand_id: int, mark: int, limit: int, log: Log = PEOPLE) -> list[int]:
    """Different people of a brand in the log from a mark on; never more than `limit`."""
    column = "id" if is_sqlite(session.connection()) else "mark"
    query = text(
        f"SELECT DISTINCT subscriber_id, coalesce(until_id, subscriber_id) FROM {log.table} "
        f"WHERE {column} >= :mark AND brand_id = :brand LIMIT :limit"
    )
    values = {"mark": mark, "brand": brand_id, "limit": limit}
    found: set[int] = set()
    for first, last in session.connection().execute(query, values):
        found.update(range(first, min(last, first + limit) + 1))
    return sorted(found)[:limit]


def announce(session: Session, brand_id: int, people: Sequence[int]) -> None:
    """These people of the brand are about to be written, by ids that follow one another: one line
    for all of them. Whoever is written after somebody else was has a line of their own all the
    same. PostgreSQL's triggers write once for each statement anyway."""
    if not is_sqlite(session.connection()):
        return
    line = text(
        "INSERT INTO audience_change (brand_id, subscriber_id, until_id, mark) "
        "VALUES (:brand, :first, :last, 0)"
    )
    values = {"brand": brand_id, "first": people[0], "last": people[-1]}
    session.connection().execute(line, values)


def close(session: Session) -> None:
    """Those announced are written. The mark is the newest line, itself included: were it about
    them, every look from here on would look at all of them again until somebody else changes."""
    connection = session.connection()
    if not is_sqlite(connection):
        return
    newest = f"SELECT until_id FROM {PEOPLE.table} ORDER BY id DESC LIMIT 1"
    if connection.exec_driver_sql(newest).scalar() is not None:
        connection.exec_driver_sql(about_nobody(PEOPLE))


def horizon(session: Session, log: Log = PEOPLE) -> int:
    query = f"SELECT max(mark) FROM audience_horizon WHERE id = {log.row}"
    return int(session.connection().exec_driver_sql(query).scalar() or 0)


def prune(session: Session, mark: int, log: Log = PEOPLE) -> int:
    """Forget what is before a mark; nothing read before it is of use any more."""
    connection = session.connection()
    sqlite = is_sqlite(connection)
    column = "id" if sqlite else "mark"
    newest = f"AND id < (SELECT max(id) FROM {log.table})" if sqlite else ""
    gone = connection.execute(
        text(f"DELETE FROM {log.table} WHERE {column} < :mark {newest}"),
        {"mark": mark},
    )
    move = text("UPDATE audience_horizon SET mark = :mark WHERE id = :row AND mark < :mark")
    connection.execute(move, {"mark": mark, "row": log.row})
    return int(gone.rowcount)


def lines(session: Session) -> int:
    """How long the logs are, roughly; a line about many counts for each of them."""
    return sum(_lines(session, log) for log in LOGS)


def _lines(session: Session, log: Log) -> int:
    found = session.connection().exec_driver_sql(
        "SELECT max(id) - min(id) + (SELECT coalesce(sum(until_id - subscriber_id), 0) "
        f"FROM {log.table} WHERE until_id IS NOT NULL) FROM {log.table}"
    )
    return int(found.scalar() or 0)


def void(session: Session) -> None:
    """Nothing read so far is of use any more, in whichever process it is remembered."""
    connection = session.connection()
    sqlite = is_sqlite(connection)
    for log in LOGS:
        past = past_sqlite(log) if sqlite else PAST_POSTGRESQL
        connection.exec_driver_sql(
            f"UPDATE audience_horizon SET mark = {past} WHERE id = {log.row}"
        )
        if sqlite:  # the newest line is the mark, and has to lie behind the horizon
            connection.exec_driver_sql(about_nobody(log))


def past_sqlite(log: Log) -> str:
    return f"(SELECT coalesce(max(id), 0) + 1 FROM {log.table})"


def about_nobody(log: Log) -> str:
    return f"INSERT INTO {log.table} (brand_id, subscriber_id, mark) VALUES (0, 0, 0)"


def is_sqlite(connection: Connection) -> bool:
    return connection.dialect.name == "sqlite"
