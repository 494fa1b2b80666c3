"""Errors that say nothing but that somebody else was writing: the same again, later, will do."""

from __future__ import annotations

from typing import Final

from sqlalchemy.exc import DBAPIError

# PostgreSQL's classes 40 and 55: deadlock_detected, serialization_failure, lock_not_available.
LOST: Final = frozenset({"40P01", "40001", "55P03"})


def lost(error: BaseException) -> bool:
    """Whether PostgreSQL ended this statement only for the sake of another transaction."""
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in LOST
