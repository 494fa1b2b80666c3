"""The triggers that say whose name the index of names has to look at again.

A name that changes, or goes away, leaves a line in the transaction that changes it, whoever does.
New people leave none on SQLite, whose ids rise in the order of its commits: they are those behind
`name_index.until_id`, and an import pays nothing. An id may be given again there when the last
people were deleted, so that id falls with them. On PostgreSQL a lower id may be committed later:
there each statement that adds people leaves one line for each brand.

They are written after every schema upgrade (SQLite drops them with the table when a later
migration rebuilds it). Wherever they were missing, nothing kept is trusted.
"""

from __future__ import annotations

from sqlalchemy import Connection

from webapp.store import triggers

VERBS = ("insert", "update", "delete")
_LINE = "INSERT INTO name_change (brand_id, first_id, last_id, known)"
_LAST = "(SELECT coalesce(max(id), 0) FROM subscriber)"


def install(connection: Connection) -> None:
    """Idempotent, on both databases."""
    sqlite = connection.dialect.name == "sqlite"
    if triggers.stand(connection, "subscriber", _names(sqlite=sqlite)):
        return
    lift(connection)
    for statement in _sqlite() if sqlite else _postgresql():
        connection.exec_driver_sql(statement)
    for table in ("name_gram", "name_index", "name_change"):
        connection.exec_driver_sql(f"DELETE FROM {table}")


def lift(connection: Connection) -> None:
    """Before a migration takes the tables away."""
    triggers.lift(connection, "subscriber", _names(sqlite=False))


def _names(*, sqlite: bool) -> list[str]:
    return [f"name_{verb}" for verb in VERBS if verb != "insert" or not sqlite]


def _sqlite() -> list[str]:
    noted = f"{_LINE} VALUES (OLD.brand_id, OLD.id, OLD.id, OLD.name_folded <> '');"
    lowered = f"UPDATE name_index SET until_id = {_LAST} WHERE until_id > {_LAST};"
    changed = "NEW.name_folded <> OLD.name_folded"
    updated = f"AFTER UPDATE OF name_folded ON subscriber WHEN {changed}"
    return [
        f"CREATE TRIGGER name_update {updated} BEGIN {noted} END",
        f"CREATE TRIGGER name_delete AFTER DELETE ON subscriber BEGIN {noted} {lowered} END",
    ]


def _postgresql() -> list[str]:
    """Who is new is told once for each statement; a name that changes or goes away, by its row."""
    people = "SELECT brand_id, min(id), max(id), false FROM put_in GROUP BY brand_id"
    added = f"{_LINE} {people};"
    noted = f"{_LINE} VALUES (OLD.brand_id, OLD.id, OLD.id, OLD.name_folded <> '');"
    changed = "FOR EACH ROW WHEN (NEW.name_folded <> OLD.name_folded)"
    events = {
        "insert": "INSERT ON subscriber REFERENCING NEW TABLE AS put_in FOR EACH STATEMENT",
        "update": f"UPDATE OF name_folded ON subscriber {changed}",
        "delete": "DELETE ON subscriber FOR EACH ROW",
    }
    triggers_ = [
        f"CREATE TRIGGER name_{verb} AFTER {event} EXECUTE FUNCTION "
        f"fanlight_name_{'added' if verb == 'insert' else 'noted'}()"
        for verb, event in events.items()
    ]
    return [*map(_function, ("added", "noted"), (added, noted)), *triggers_]


def _function(verb: str, body: str) -> str:
    return (
        f"CREATE OR REPLACE FUNCTION fanlight_name_{verb}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {body} RETURN NULL; END $$"
    )
