"""How many of some hours begin before a moment, or up to it, in SQL and to the microsecond.

`before(column, first, count)` counts the hours `first`, `first` + 1 h, ... (at most `count`) that
begin before the column's moment: an end at 14:05 has 14:00 before it, one at 14:00 sharp has not.
`up_to` counts 14:00 as well. NULL stays NULL. SQLite keeps times as text, whose seconds
are whole; what follows the point only rounds up.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Integer, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from webapp.models.base import UtcDateTime

SECONDS = 3600
BIG = BigInteger()


class hours_before(FunctionElement[int]):  # noqa: N801 - reads as the SQL function it is
    """(moment, first as time, first in seconds, count)."""

    type = Integer()
    inherit_cache = True


class hours_up_to(FunctionElement[int]):  # noqa: N801
    type = Integer()
    inherit_cache = True


def before(moment: Any, first: datetime, count: int) -> ColumnElement[int]:
    return hours_before(moment, *_origin(first, count))


def up_to(moment: Any, first: datetime, count: int) -> ColumnElement[int]:
    return hours_up_to(moment, *_origin(first, count))


def _origin(first: datetime, count: int) -> tuple[ColumnElement[Any], ...]:
    if first.microsecond:
        raise ValueError("Hours begin with a whole second.")
    seconds = int(first.astimezone(UTC).timestamp())
    return literal(first, UtcDateTime()), literal(seconds, BIG), literal(count, Integer())


@compiles(hours_before, "sqlite")
def _before_sqlite(element: hours_before, compiler: Any, **kw: Any) -> str:
    moment, _, first, count = (compiler.process(it, **kw) for it in element.clauses)
    late = f"(substr({moment}, 20) > '.000000')"
    whole = f"unixepoch(substr({moment}, 1, 19)) - {first} + {SECONDS - 1} + {late}"
    return f"max(0, min({count}, ({whole}) / {SECONDS}))"


@compiles(hours_up_to, "sqlite")
def _up_to_sqlite(element: hours_up_to, compiler: Any, **kw: Any) -> str:
    moment, _, first, count = (compiler.process(it, **kw) for it in element.clauses)
    whole = f"unixepoch(substr({moment}, 1, 19)) - {first} + {SECONDS}"
    return f"max(0, min({count}, ({whole}) / {SECONDS}))"


@compiles(hours_before, "postgresql")
def _before_postgresql(element: hours_before, compiler: Any, **kw: Any) -> str:
    moment, first, _, count = (compiler.process(it, **kw) for it in element.clauses)
    hours = f"ceil(extract(epoch from ({moment} - {first})) / {SECONDS})"
    return _clipped(moment, hours, count)


@compiles(hours_up_to, "postgresql")
def _up_to_postgresql(element: hours_up_to, compiler: Any, **kw: Any) -> str:
    moment, first, _, count = (compiler.process(it, **kw) for it in element.clauses)
    hours = f"floor(extract(epoch from ({moment} - {first})) / {SECONDS}) + 1"
    return _clipped(moment, hours, count)


def _clipped(moment: str, hours: str, count: str) -> str:
    """`greatest` passes over NULL; this keeps it."""
    return (
        f"CASE WHEN {moment} IS NULL THEN NULL ELSE greatest(0, least({count}, {hours}))::int END"
    )
