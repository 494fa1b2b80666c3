"""The ledger's sums, kept by the database itself: `delivery_sum` says what counting rows would say.

A broadcast to a million people is looked at every second while it is sent. Counting its rows takes
longer than a second, so the sums are written down, and triggers write them: in the transaction that
changes a row, whoever changes it, our own code, a migration or somebody at a console. Nothing has
to remember to count, so the sums cannot drift from the rows. A reader sees both or neither.

SQLite has one writer: a row trigger takes the old row out of its sum and puts the new one in.
PostgreSQL has many, and one sum they all raise would make them queue behind each other until their
commits, or lock each other out. There each connection (`writer`, its process id) raises rows of its
own, once for each statement; a sum is the sum over the writers, and one writer's may be negative.

The triggers are written after every schema upgrade (SQLite drops them with the table when a later
migration rebuilds it). Wherever they were missing, all is counted anew from the rows.
"""

from __future__ import annotations

from sqlalchemy import Connection

from webapp.store import triggers

_KEY = ("broadcast_id", "occurrence", "state", "route", "reason", "writer")
_TIMES = ("delivered", "read", "clicked", "replied")
_COUNTS = ("people", "price_micros", *_TIMES)
_COLUMNS = ", ".join(("brand_id", *_KEY, *_COUNTS))
_RAISED = ", ".join(f"{name} = delivery_sum.{name} + excluded.{name}" for name in _COUNTS)
_UPSERT = f"ON CONFLICT ({', '.join(_KEY)}) DO UPDATE SET {_RAISED}"
NAMES = tuple(f"delivery_sum_{verb}" for verb in ("insert", "update", "delete"))


def install(connection: Connection) -> None:
    """Idempotent, on both databases."""
    if triggers.stand(connection, "delivery", NAMES):
        return
    lift(connection)
    sqlite = connection.dialect.name == "sqlite"
    for statement in _sqlite() if sqlite else _postgresql():
        connection.exec_driver_sql(statement)
    connection.exec_driver_sql("DELETE FROM delivery_sum")
    connection.exec_driver_sql(_recount())


def lift(connection: Connection) -> None:
    """Before a migration takes the sums away."""
    triggers.lift(connection, "delivery", NAMES)


def _recount() -> str:
    return (
        f"INSERT INTO delivery_sum ({_COLUMNS}) "  # noqa: S608 - our own names
        "SELECT brand_id, broadcast_id, occurrence, state, route, COALESCE(reason, ''), 0, "
        "COUNT(*), SUM(price_micros), COUNT(delivered_at), COUNT(read_at), COUNT(clicked_at), "
        "COUNT(replied_at) FROM delivery "
        "GROUP BY brand_id, broadcast_id, occurrence, state, route, COALESCE(reason, '')"
    )


def _sqlite() -> list[str]:
    watched = ", ".join((*_KEY[:-1], "price_micros", *(f"{name}_at" for name in _TIMES)))
    return [
        _on_each("insert", "INSERT", _put_in()),
        _on_each("update", f"UPDATE OF {watched}", f"{_take_out()} {_put_in()}"),
        _on_each("delete", "DELETE", _take_out()),
    ]


def _on_each(name: str, event: str, body: str) -> str:
    return f"CREATE TRIGGER delivery_sum_{name} AFTER {event} ON delivery BEGIN {body} END"


def _put_in() -> str:
    times = ", ".join(f"NEW.{name}_at IS NOT NULL" for name in _TIMES)
    return (
        f"INSERT INTO delivery_sum ({_COLUMNS}) VALUES (NEW.brand_id, NEW.broadcast_id, "  # noqa: S608
        "NEW.occurrence, NEW.state, NEW.route, COALESCE(NEW.reason, ''), 0, 1, NEW.price_micros, "
        f"{times}) {_UPSERT};"
    )


def _take_out() -> str:
    times = ", ".join(f"{name} = {name} - (OLD.{name}_at IS NOT NULL)" for name in _TIMES)
    return (
        "UPDATE delivery_sum SET people = people - 1, "  # noqa: S608
        f"price_micros = price_micros - OLD.price_micros, {times} "
        "WHERE broadcast_id = OLD.broadcast_id AND occurrence = OLD.occurrence "
        "AND state = OLD.state AND route = OLD.route AND reason = COALESCE(OLD.reason, '') "
        "AND writer = 0;"
    )


def _postgresql() -> list[str]:
    into = "REFERENCING NEW TABLE AS put_in"
    out = "REFERENCING OLD TABLE AS taken_out"
    both = "REFERENCING OLD TABLE AS taken_out NEW TABLE AS put_in"
    return [
        *_after("insert", into, _signed("put_in", 1)),
        *_after("update", both, f"{_signed('put_in', 1)} UNION ALL {_signed('taken_out', -1)}"),
        *_after("delete", out, _signed("taken_out", -1)),
    ]


def _after(verb: str, tables: str, rows: str) -> list[str]:
    sums = [f"SUM({name})" for name in _COUNTS]
    changed = " OR ".join(f"{total} <> 0" for total in sums)
    key = "brand_id, broadcast_id, occurrence, state, route, reason"
    body = (
        f"INSERT INTO delivery_sum ({_COLUMNS}) SELECT {key}, pg_backend_pid(), "  # noqa: S608
        f"{', '.join(sums)} FROM ({rows}) AS changed GROUP BY {key} HAVING {changed} {_UPSERT};"
    )
    function = (
        f"CREATE OR REPLACE FUNCTION fanlight_sum_{verb}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {body} RETURN NULL; END $$"
    )
    trigger = (
        f"CREATE TRIGGER delivery_sum_{verb} AFTER {verb.upper()} ON delivery {tables} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION fanlight_sum_{verb}()"
    )
    return [function, trigger]


def _signed(rows: str, sign: int) -> str:
    times = ", ".join(f"{sign} * ({name}_at IS NOT NULL)::int AS {name}" for name in _TIMES)
    return (
        "SELECT brand_id, broadcast_id, occurrence, state, route, COALESCE(reason, '') AS reason, "  # noqa: S608
        f"{sign} AS people, {sign} * price_micros AS price_micros, {times} FROM {rows}"
    )
