"""The triggers that write the logs of who changed: see `audience_changes`."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, text

from webapp.store.audience_changes import (
    DOINGS,
    LOGS,
    PAST_POSTGRESQL,
    PEOPLE,
    Log,
    about_nobody,
    is_sqlite,
    past_sqlite,
)


class Watched(NamedTuple):
    """`columns` whose change counts (all where there are none), of rows for which `only` holds."""

    key: str
    columns: tuple[str, ...] = ()
    log: Log = PEOPLE
    only: str = ""


PERSON = (
    "country", "locale", "timezone", "city", "gender", "first_name", "last_name", "source",
    "first_seen_at", "last_inbound_at", "window_ends_at", "opted_out_at", "unavailable_at",
    "erased_at", "channel_id", "region", "window_opener", "window_opened_at",
    "free_entry_ends_at", "opted_in",
)  # fmt: skip
TOLD = (
    "subscriber_id", "broadcast_id", "sent_at", "delivered_at", "read_at", "clicked_at",
    "replied_at",
)  # fmt: skip
WATCHED = {
    "subscriber": Watched("id", PERSON),
    "subscriber_tag": Watched("subscriber_id"),
    "attribute_value": Watched("subscriber_id"),
    "consent": Watched("subscriber_id", ("state", "token", "token_expires_at", "subscriber_id")),
    "imported_subscriber": Watched("subscriber_id", ("subscriber_id", "import_job_id")),
    "event": Watched("subscriber_id", ("subscriber_id", "act", "at"), DOINGS,
                     "{row}act IS NOT NULL AND {row}subscriber_id IS NOT NULL"),
    "delivery": Watched("subscriber_id", TOLD, DOINGS, "{row}sent_at IS NOT NULL"),
}  # fmt: skip
NAMED = {"tag": "name", "topic": "slug", "attribute": "name"}
VERBS = ("insert", "update", "delete")


def install(connection: Connection) -> None:
    """Idempotent, on both databases. Where the triggers were missing, nothing kept is trusted."""
    if is_installed(connection):
        return
    lift(connection)
    sqlite = is_sqlite(connection)
    for statement in _sqlite() if sqlite else _postgresql():
        connection.exec_driver_sql(statement)
    connection.exec_driver_sql("DELETE FROM audience_part")
    connection.exec_driver_sql("DELETE FROM audience_horizon")
    for log in LOGS:
        past = past_sqlite(log) if sqlite else PAST_POSTGRESQL
        connection.exec_driver_sql(
            f"INSERT INTO audience_horizon (id, mark) SELECT {log.row}, {past}"
        )
        if sqlite:  # the newest line is the mark, so there has to be one
            connection.exec_driver_sql(about_nobody(log))


def rewrite(connection: Connection, table: str, verb: str) -> None:
    """What a trigger that is installed already does, as it is done now. Only on PostgreSQL."""
    if not is_sqlite(connection):
        function, _trigger = _postgresql_trigger(table, verb)
        connection.exec_driver_sql(function)


def is_installed(connection: Connection) -> bool:
    """Whether every trigger is there."""
    query = "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'audience\\_%'"
    if is_sqlite(connection):
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
    sqlite = is_sqlite(connection)
    for table in (*WATCHED, *NAMED):
        on = "" if sqlite else f" ON {table}"
        for verb in (*VERBS, "name"):
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS audience_{table}_{verb}{on}")


def _sqlite() -> list[str]:
    return [
        *(_sqlite_trigger(table, verb) for table in WATCHED for verb in VERBS),
        *(
            f"CREATE TRIGGER audience_{table}_name AFTER UPDATE OF {column} ON {table} "
            f"WHEN NEW.{column} <> OLD.{column} "
            f"BEGIN UPDATE audience_horizon SET mark = {past_sqlite(PEOPLE)} "
            f"WHERE id = {PEOPLE.row}; {about_nobody(PEOPLE)}; END"
            for table, column in NAMED.items()
        ),
    ]  # fmt: skip


def _sqlite_trigger(table: str, verb: str) -> str:
    about = WATCHED[table]
    of = f" OF {', '.join(about.columns)}" if verb == "update" and about.columns else ""
    rows = {"insert": ("NEW",), "delete": ("OLD",)}.get(verb, ("OLD", "NEW"))
    when = f" WHEN {_noted(rows[0], about)}" if len(rows) == 1 else ""
    notes = " ".join(_sqlite_note(row, about) for row in rows)
    event = f"AFTER {verb.upper()}{of} ON {table}"
    return f"CREATE TRIGGER audience_{table}_{verb} {event}{when} BEGIN {notes} END"


def _sqlite_note(row: str, about: Watched) -> str:
    return (
        f"INSERT INTO {about.log.table} (brand_id, subscriber_id, mark) "
        f"SELECT {row}.brand_id, {row}.{about.key}, 0 WHERE {_noted(row, about)};"
    )


def _noted(row: str, about: Watched) -> str:
    """But for the newest line being about that person already."""
    newest = (
        "SELECT subscriber_id AS first, coalesce(until_id, subscriber_id) AS last "
        f"FROM {about.log.table} ORDER BY id DESC LIMIT 1"
    )
    only = f"{about.only.format(row=f'{row}.')} AND " if about.only else ""
    person = f"{row}.{about.key}"
    return f"{only}NOT EXISTS (SELECT 1 FROM ({newest}) WHERE {person} BETWEEN first AND last)"


def _postgresql() -> list[str]:
    made = []
    for table in WATCHED:
        for verb in VERBS:
            made += _postgresql_trigger(table, verb)
    past = (
        f"UPDATE audience_horizon SET mark = {PAST_POSTGRESQL} WHERE id = {PEOPLE.row}; "
        "RETURN NULL;"
    )
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
    about = WATCHED[table]
    name = f"audience_{table}_{verb}"
    into, out = "NEW TABLE AS put_in", "OLD TABLE AS taken_out"
    tables = {"insert": into, "delete": out}.get(verb, f"{out} {into}")
    only = f" WHERE {about.only.format(row='')}" if about.only else ""
    rows = {
        "insert": f"SELECT brand_id, {about.key} AS person FROM put_in{only}",
        "delete": f"SELECT brand_id, {about.key} AS person FROM taken_out{only}",
    }.get(verb, _changed(about, only))
    body = (
        f"INSERT INTO {about.log.table} (brand_id, subscriber_id, mark) "
        "SELECT DISTINCT brand_id, person, pg_current_xact_id()::text::bigint "
        f"FROM ({rows}) AS noted; RETURN NULL;"
    )
    trigger = (
        f"CREATE TRIGGER {name} AFTER {verb.upper()} ON {table} REFERENCING {tables} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION fanlight_{name}()"
    )
    return [_function(f"fanlight_{name}", body), trigger]


def _changed(about: Watched, only: str) -> str:
    """The people whose watched columns are not what they were."""
    watched = ("brand_id", about.key, *(it for it in about.columns if it != about.key))
    shown = ", ".join(watched) if about.columns else "*"
    both = [f"SELECT {shown} FROM {name}{only}" for name in ("put_in", "taken_out")]
    one, other = f"({both[0]} EXCEPT {both[1]})", f"({both[1]} EXCEPT {both[0]})"
    return f"SELECT brand_id, {about.key} AS person FROM ({one} UNION ALL {other}) AS differing"


def _function(name: str, body: str) -> str:
    return (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {body} END $$"
    )
