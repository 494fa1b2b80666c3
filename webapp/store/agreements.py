"""Whether a person opted in to anything at all: `subscriber.opted_in`, kept by the database.

WhatsApp asks for an opt-in to the business, whatever its topic. Looked up among the consents it
costs an index walk for each person (5 s of CPU for a million people's reach by hour); as a column
of the person it is part of `ix_subscriber_reach`. Triggers on `consent` keep it, in the transaction
that changes a consent and whoever changes it, so nobody has to remember to.

They are written after every schema upgrade (SQLite drops them with the table when a later
migration rebuilds it). Wherever they were missing, everybody is looked at anew.
"""

from __future__ import annotations

from sqlalchemy import Connection

from webapp.store import triggers

NAMES = tuple(f"agreement_{verb}" for verb in ("insert", "update", "delete"))
_HELD = (
    "EXISTS (SELECT 1 FROM consent WHERE consent.subscriber_id = subscriber.id "
    "AND consent.brand_id = subscriber.brand_id AND consent.state = 'active')"
)


def install(connection: Connection) -> None:
    """Idempotent, on both databases."""
    if triggers.stand(connection, "consent", NAMES):
        return
    lift(connection)
    sqlite = connection.dialect.name == "sqlite"
    for statement in _sqlite() if sqlite else _postgresql():
        connection.exec_driver_sql(statement)
    connection.exec_driver_sql(
        f"UPDATE subscriber SET opted_in = {_HELD} WHERE opted_in <> {_HELD}"  # noqa: S608
    )


def lift(connection: Connection) -> None:
    """Before a migration takes the column away."""
    triggers.lift(connection, "consent", NAMES)


def _looked_at(*people: str) -> str:
    of_them = ", ".join(people)
    return (
        f"UPDATE subscriber SET opted_in = {_HELD} "  # noqa: S608 - our own names
        f"WHERE id IN ({of_them}) AND opted_in <> {_HELD};"
    )


def _raised() -> str:
    """A new consent that is active makes it true without a look at the others."""
    return (
        "UPDATE subscriber SET opted_in = true WHERE id = NEW.subscriber_id "
        "AND brand_id = NEW.brand_id AND NOT opted_in;"
    )


_NEW = "NEW.state = 'active'"
_TURNED = "NEW.state <> OLD.state OR NEW.subscriber_id <> OLD.subscriber_id"


def _sqlite() -> list[str]:
    def trigger(verb: str, event: str, when: str, body: str) -> str:
        return f"CREATE TRIGGER agreement_{verb} AFTER {event} ON consent {when} BEGIN {body} END"

    both = _looked_at("OLD.subscriber_id", "NEW.subscriber_id")
    return [
        trigger("insert", "INSERT", f"WHEN {_NEW}", _raised()),
        trigger("update", "UPDATE OF state, subscriber_id", f"WHEN {_TURNED}", both),
        trigger("delete", "DELETE", "", _looked_at("OLD.subscriber_id")),
    ]


def _postgresql() -> list[str]:
    both = _looked_at("OLD.subscriber_id", "NEW.subscriber_id")
    return [
        *_after("insert", "INSERT", f"WHEN ({_NEW})", _raised()),
        *_after("update", "UPDATE OF state, subscriber_id", f"WHEN ({_TURNED})", both),
        *_after("delete", "DELETE", "", _looked_at("OLD.subscriber_id")),
    ]


def _after(verb: str, event: str, when: str, body: str) -> list[str]:
    function = (
        f"CREATE OR REPLACE FUNCTION fanlight_agreement_{verb}() RETURNS trigger "
        f"LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NULL; END $$"
    )
    trigger = (
        f"CREATE TRIGGER agreement_{verb} AFTER {event} ON consent FOR EACH ROW {when} "
        f"EXECUTE FUNCTION fanlight_agreement_{verb}()"
    )
    return [function, trigger]
