"""The database itself refuses to change or take out what was written for good.

The ledger of consent and the wordings it quotes are append-only: no UPDATE and no DELETE, whoever
asks, our own code included. One change is let through: an erased person's rows lose what is
personal in them (`wording`, `evidence`, `token` and the salt of their digest), all four at once
and nothing else, so the chain of hashes stays whole (see `store.consents`).

The triggers are written after every schema upgrade, not once in a migration: SQLite drops them
with the table when a later migration rebuilds it.
"""

from __future__ import annotations

from sqlalchemy import Connection

KEPT = (
    "id", "brand_id", "subscriber_id", "topic_id", "action", "at", "recorded_at", "source",
    "token_expires_at", "content_hash", "previous_hash", "hash",
)  # fmt: skip
REFUSED = "is append-only: write a new act instead"
_BLANK = "NEW.wording = '' AND NEW.evidence = '' AND NEW.token IS NULL AND NEW.salt = ''"
_ERASED = "EXISTS (SELECT 1 FROM subscriber WHERE id = OLD.subscriber_id AND erased_at IS NOT NULL)"


def install(connection: Connection) -> None:
    """Idempotent, on both databases."""
    sqlite = connection.dialect.name == "sqlite"
    for statement in _sqlite() if sqlite else _postgresql():
        connection.exec_driver_sql(statement)


def lift(connection: Connection) -> None:
    """For a migration that has to rewrite rows, and for tests that play the forger."""
    sqlite = connection.dialect.name == "sqlite"
    for table in ("opt_in", "topic_wording"):
        for name in _NAMES:
            on = "" if sqlite else f" ON {table}"
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {table}_{name}{on}")


_NAMES = ("no_update", "no_delete", "no_truncate", "no_replace")


def _forgetting(same: str) -> str:
    kept = " AND ".join(f"NEW.{name} {same} OLD.{name}" for name in KEPT)
    return f"{kept} AND {_BLANK} AND {_ERASED}"


def _sqlite() -> list[str]:
    def trigger(table: str, verb: str, unless: str = "") -> str:
        when = f"WHEN NOT ({unless}) " if unless else ""
        return (
            f"CREATE TRIGGER IF NOT EXISTS {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"{when}BEGIN SELECT RAISE(ABORT, '{table} {REFUSED}'); END"
        )

    def replacing(table: str, same: str) -> str:
        """INSERT OR REPLACE takes rows out without a DELETE that a trigger would see."""
        taken = f"EXISTS (SELECT 1 FROM {table} WHERE {same})"  # noqa: S608 - our own names
        return (
            f"CREATE TRIGGER IF NOT EXISTS {table}_no_replace BEFORE INSERT ON {table} "
            f"WHEN {taken} BEGIN SELECT RAISE(ABORT, '{table} {REFUSED}'); END"
        )

    follows = "subscriber_id = NEW.subscriber_id AND previous_hash = NEW.previous_hash"
    return [
        replacing("opt_in", f"id = NEW.id OR ({follows})"),
        replacing("topic_wording", "id = NEW.id"),
        trigger("opt_in", "UPDATE", _forgetting("IS")),
        trigger("opt_in", "DELETE"),
        trigger("topic_wording", "UPDATE"),
        trigger("topic_wording", "DELETE"),
    ]


def _postgresql() -> list[str]:
    raised = f"RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' {REFUSED}'"
    allowed = f"IF {_forgetting('IS NOT DISTINCT FROM')} THEN RETURN NEW; END IF; "
    return [
        _function("fanlight_append_only", f"{raised};"),
        _function("fanlight_only_forgotten", f"{allowed}{raised};"),
        _trigger("opt_in", "UPDATE", "ROW", "fanlight_only_forgotten"),
        _trigger("opt_in", "DELETE", "ROW"),
        _trigger("opt_in", "TRUNCATE", "STATEMENT"),
        _trigger("topic_wording", "UPDATE", "ROW"),
        _trigger("topic_wording", "DELETE", "ROW"),
        _trigger("topic_wording", "TRUNCATE", "STATEMENT"),
    ]


def _function(name: str, body: str) -> str:
    return (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {body} END $$"
    )


def _trigger(table: str, verb: str, each: str, runs: str = "fanlight_append_only") -> str:
    return (
        f"CREATE OR REPLACE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
        f"FOR EACH {each} EXECUTE FUNCTION {runs}()"
    )
