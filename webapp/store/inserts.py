"""INSERT with ON CONFLICT, which each of the two databases has in a form of its own."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite


def into(table: Any, dialect: str) -> Any:
    """A statement to be filled; `dialect` is the name of the connection's."""
    return (postgresql if dialect == "postgresql" else sqlite).insert(table)
