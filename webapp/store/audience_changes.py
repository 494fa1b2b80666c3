"""Who changed since a mark: what the audience index has to look at again.

Triggers write the log, in the transaction that changes a person, a tag, a value, a consent or an
import's list, whoever changes it. So the index cannot miss a change that somebody forgot to tell.

A mark stands for a moment in the database's own order. What was read under a mark is right but for
the people in the log from that mark on.

- SQLite has one writer: the mark is the id of the newest line, itself included. Whoever the newest
  line is about is not told again: the same person changed several times in a row is one line, and
  so are the thousand people whom somebody announced by their ids before writing them (`announce`).
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

PERSON = (
    "country", "locale", "timezone", "city", "gender", "first_name", "last_name", "source",
    "first_seen_at", "last_inbound_at", "window_ends_at", "opted_out_at", "unavailable_at",
    "erased_at", "channel_id",
)  # fmt: skip
WATCHED = {
    "subscriber": ("id", PERSON),
    "subscriber_tag": ("subscriber_id", ()),
    "attribute_value": ("subscriber_id", ()),
    "consent": ("subscriber_id", ("state", "token", "token_expires_at", "subscriber_id")),
    "imported_subscriber": ("subscriber_id", ()),
}
NAMED = {"tag": "name", "topic": "slug", "attribute": "name"}
VERBS = ("insert", "update", "delete")


class Mark(NamedTuple):
    number: int
    epoch: str


def now(session: Session) -> Mark:
    """Read before what is to be right under it."""
    if _is_sqlite(session.connection()):
        found = session.connection().exec_driver_sql("SELECT max(id) FROM audience_change")
        return Mark(int(found.scalar() or 0), "")
    query = (
        "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint, "
        "(SELECT system_identifier::text FROM pg_control_system())"
    )
    number, epoch = session.connection().exec_driver_sql(query).one()
    return Mark(int(number), str(epoch))


def since(session: Session, brand_id: int, mark: int, limit: int) -> list[int]:
    """Different people of a brand in the log from a mark on; never more than `limit`."""
    column = "id" if _is_sqlite(session.connection()) else "mark"
    query = text(
        "SELECT DISTINCT subscriber_id, coalesce(until_id, subscriber_id) FROM audience_change "
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
    if not _is_sqlite(session.connection()):
        return
    line = text(
        "INSERT INTO audience_change (brand_id, subscriber_id, until_id, mark) "
        "VALUES (:brand, :first, :last, 0)"
    )
    values = {"brand": brand_id, "first": people[0], "last": people[-1]}
    session.connection().execute(line, values)


def horizon(session: Session) -> int:
    found = session.connection().exec_driver_sql("SELECT max(mark) FROM audience_horizon")
    return int(found.scalar() or 0)


def prune(session: Session, mark: int) -> int:
    """Forget what is before a mark; nothing read before it is of use any more."""
    connection = session.connection()
    sqlite = _is_sqlite(connection)
    column = "id" if sqlite else "mark"
    newest = "AND id < (SELECT max(id) FROM audience_change)" if sqlite else ""
    gone = connection.execute(
        text(f"DELETE FROM audience_change WHERE {column} < :mark {newest}"),
        {"mark": mark},
    )
    move = text("UPDATE audience_horizon SET mark = :mark WHERE mark < :mark")
    connection.execute(move, {"mark": mark})
    return int(gone.rowcount)


def lines(session: Session) -> int:
    """How long the log is, roughly; a line about many counts for each of them."""
    found = session.connection().exec_driver_sql(
        "SELECT max(id) - min(id) + (SELECT coalesce(sum(until_id - subscriber_id), 0) "
        "FROM audience_change WHERE until_id IS NOT NULL) FROM audience_change"
    )
    return int(found.scalar() or 0)


def void(session: Session) -> None:
    """Nothing read so far is of use any more, in whichever process it is remembered."""
    connection = session.connection()
    sqlite = _is_sqlite(connection)
    past = _PAST_SQLITE if sqlite else _PAST_POSTGRESQL
    connection.exec_driver_sql(f"UPDATE audience_horizon SET mark = {past}")
    if sqlite:  # the newest line is the mark, and has to lie behind the horizon
        connection.exec_driver_sql(
            "INSERT INTO audience_change (brand_id, subscriber_id, mark) VALUES (0, 0, 0)"
        )


def install(connection: Connection) -> None:
    """Idempotent, on both databases. Where the triggers were missing, nothing kept is trusted."""
    if is_installed(connection):
        return
    lift(connection)
    sqlite = _is_sqlite(connection)
    for statement in _sqlite() if sqlite else _postgresql():
        connection.exec_driver_sql(statement)
    connection.exec_driver_sql("DELETE FROM audience_part")
    connection.exec_driver_sql("DELETE FROM audience_horizon")
    connection.exec_driver_sql(
        "INSERT INTO audience_horizon (id, mark) "
        f"SELECT 1, {_PAST_SQLITE if sqlite else _PAST_POSTGRESQL}"
    )
    if sqlite:  # the newest line is the mark, so there has to be one
        connection.exec_driver_sql(
            "INSERT INTO audience_change (brand_id, subscriber_id, mark) VALUES (0, 0, 0)"
        )


def is_installed(connection: Connection) -> bool:
    """Whether every trigger is there."""
    query = "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'audience\\_%'"
    if _is_sqlite(connection):
        query += " ESCAPE '\\'"
    else:
        query = (
            "SELECT count(*) FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
            "WHERE left(tgname, 9) = 'audience_' AND pg_class.relnamespace = "
            "(SELECT oid FROM pg_namespace WHERE nspname = current_schema())"
        )
    found = connection.execute(text(query)).scalar()
    return found == len(WATCHED) * len(VERBS) + len(NAMED)


def lift(connection: Connection) -> None:
    """Before a migration takes the log away."""
    sqlite = _is_sqlite(connection)
    for table in (*WATCHED, *NAMED):
        on = "" if sqlite else f" ON {table}"
        for verb in (*VERBS, "name"):
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS audience_{table}_{verb}{on}")


def _is_sqlite(connection: Connection) -> bool:
    return connection.dialect.name == "sqlite"


_PAST_SQLITE = "(SELECT coalesce(max(id), 0) + 1 FROM audience_change)"
_PAST_POSTGRESQL = "pg_current_xact_id()::text::bigint + 1"


def _sqlite() -> list[str]:
    return [
        *(_sqlite_trigger(table, verb) for table in WATCHED for verb in VERBS),
        *(
            f"CREATE TRIGGER audience_{table}_name AFTER UPDATE OF {column} ON {table} "
            f"WHEN NEW.{column} <> OLD.{column} "
            f"BEGIN UPDATE audience_horizon SET mark = {_PAST_SQLITE}; "
            "INSERT INTO audience_change (brand_id, subscriber_id, mark) VALUES (0, 0, 0); END"
            for table, column in NAMED.items()
        ),
    ]  # fmt: skip


def _sqlite_trigger(table: str, verb: str) -> str:
    key, columns = WATCHED[table]
    of = f" OF {', '.join(columns)}" if verb == "update" and columns else ""
    rows = {"insert": ("NEW",), "delete": ("OLD",)}.get(verb, ("OLD", "NEW"))
    when = f" WHEN {_untold(rows[0], key)}" if len(rows) == 1 else ""
    notes = " ".join(_sqlite_note(row, key) for row in rows)
    event = f"AFTER {verb.upper()}{of} ON {table}"
    return f"CREATE TRIGGER audience_{table}_{verb} {event}{when} BEGIN {notes} END"


def _sqlite_note(row: str, key: str) -> str:
    return (
        "INSERT INTO audience_change (brand_id, subscriber_id, mark) "
        f"SELECT {row}.brand_id, {row}.{key}, 0 WHERE {_untold(row, key)};"
    )


def _untold(row: str, key: str) -> str:
    """But for the newest line being about that person already."""
    newest = (
        "SELECT subscriber_id AS first, coalesce(until_id, subscriber_id) AS last "
        "FROM audience_change ORDER BY id DESC LIMIT 1"
    )
    return f"NOT EXISTS (SELECT 1 FROM ({newest}) WHERE {row}.{key} BETWEEN first AND last)"


def _postgresql() -> list[str]:
    made = []
    for table in WATCHED:
        for verb in VERBS:
            made += _postgresql_trigger(table, verb)
    past = f"UPDATE audience_horizon SET mark = {_PAST_POSTGRESQL}; RETURN NULL;"
    made.append(_function("fanlight_audience_name", past))
    made += [
        f"CREATE TRIGGER audience_{table}_name AFTER UPDATE OF {column} ON {table} "
        f"FOR EACH ROW WHEN (NEW.{column} <> OLD.{column}) "
        "EXECUTE FUNCTION fanlight_audience_name()"
        for table, column in NAMED.items()
    ]
    return made


def _postgresql_trigger(table: str, verb: str) -> list[str]:
    """Once for each statement. One that updates has no list of columns: transition tables and such
    a list exclude each other, so what an update left as it was is taken out here."""
    key, columns = WATCHED[table]
    name = f"audience_{table}_{verb}"
    into, out = "NEW TABLE AS put_in", "OLD TABLE AS taken_out"
    tables = {"insert": into, "delete": out}.get(verb, f"{out} {into}")
    rows = {
        "insert": f"SELECT brand_id, {key} AS person FROM put_in",
        "delete": f"SELECT brand_id, {key} AS person FROM taken_out",
    }.get(verb, _changed(key, columns))
    body = (
        "INSERT INTO audience_change (brand_id, subscriber_id, mark) "
        "SELECT DISTINCT brand_id, person, pg_current_xact_id()::text::bigint "
        f"FROM ({rows}) AS noted; RETURN NULL;"
    )
    trigger = (
        f"CREATE TRIGGER {name} AFTER {verb.upper()} ON {table} REFERENCING {tables} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION fanlight_{name}()"
    )
    return [_function(f"fanlight_{name}", body), trigger]


def _changed(key: str, columns: tuple[str, ...]) -> str:
    """The people whose watched columns are not what they were."""
    watched = ("brand_id", key, *(it for it in columns if it != key))
    shown = ", ".join(watched) if columns else "*"
    both = [f"SELECT {shown} FROM {name}" for name in ("put_in", "taken_out")]
    one, other = f"({both[0]} EXCEPT {both[1]})", f"({both[1]} EXCEPT {both[0]})"
    return f"SELECT brand_id, {key} AS person FROM ({one} UNION ALL {other}) AS differing"


def _function(name: str, body: str) -> str:
    return (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {body} END $$"
    )
