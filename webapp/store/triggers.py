"""Triggers as the database knows them: whether they stand, and taking them away."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection


def stand(connection: Connection, table: str, names: Collection[str]) -> bool:
    """Whether all of these are on the table."""
    known = "name FROM sqlite_master WHERE type = 'trigger' AND name"
    if connection.dialect.name != "sqlite":
        known = f"tgname FROM pg_trigger WHERE tgrelid = '{table}'::regclass AND tgname"
    wanted = ", ".join(f"'{name}'" for name in names)
    return len(connection.exec_driver_sql(f"SELECT {known} IN ({wanted})").all()) == len(names)


def lift(connection: Connection, table: str, names: Collection[str]) -> None:
    """Those that do not stand are passed over."""
    on = "" if connection.dialect.name == "sqlite" else f" ON {table}"
    for name in names:
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}{on}")
