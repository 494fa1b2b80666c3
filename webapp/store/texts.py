"""Comparing texts in SQL as Python does, on both databases.

`fold` is `str.casefold`: SQLite calls Python's own (registered by `webapp.db`). PostgreSQL's
`lower()` depends on the database's locale and never makes "ss" of "ß", so `install` writes a
function with Python's table into the database; it runs with every schema upgrade.
"""

from __future__ import annotations

import sys
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, String, func, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

FUNCTION = "fanlight_casefold"


class fold(FunctionElement[str]):  # noqa: N801 - reads as the SQL function it is
    """`fold(column)`: its casefolded text; NULL stays NULL."""

    type = String()
    inherit_cache = True


class position(FunctionElement[int]):  # noqa: N801
    """`position(text, part)`: where `part` begins in `text`, from 1; 0 when it does not."""

    type = Integer()
    inherit_cache = True


def contains(text: ColumnElement[Any], part: str) -> ColumnElement[bool]:
    """Whatever their case; `part` holds no wildcards."""
    return position(fold(text), literal(part.casefold())) > 0


def starts_with(text: ColumnElement[Any], part: str) -> ColumnElement[bool]:
    return position(fold(text), literal(part.casefold())) == 1


def ends_with(text: ColumnElement[Any], part: str) -> ColumnElement[bool]:
    """What is shorter than `part` is whole in the substring, so it never equals it."""
    wanted, folded = part.casefold(), fold(text)
    return func.substr(folded, func.length(folded) - (len(wanted) - 1)) == wanted


def install(connection: Connection) -> None:
    """Put the function where PostgreSQL finds it; other databases have theirs."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_definition())


@compiles(fold)
def _fold(element: fold, compiler: Any, **kw: Any) -> str:
    return f"casefold({compiler.process(element.clauses, **kw)})"


@compiles(fold, "postgresql")
def _fold_postgresql(element: fold, compiler: Any, **kw: Any) -> str:
    return f"{FUNCTION}({compiler.process(element.clauses, **kw)})"


@compiles(position)
def _position(element: position, compiler: Any, **kw: Any) -> str:
    return f"instr({compiler.process(element.clauses, **kw)})"


@compiles(position, "postgresql")
def _position_postgresql(element: position, compiler: Any, **kw: Any) -> str:
    return f"strpos({compiler.process(element.clauses, **kw)})"


def _definition() -> str:
    """Looks before it replaces: most texts hold no capital outside ASCII."""
    short = {c: f for c, f in _folds() if len(f) == 1 and not c.isascii()}
    long = {c: f for c, f in _folds() if len(f) > 1}
    folded = "$1"
    for char, fold_of in long.items():
        folded = f"replace({folded}, '{char}', '{fold_of}')"
    table = f"'{''.join(short)}', '{''.join(short.values())}'"
    return f"""
        CREATE OR REPLACE FUNCTION {FUNCTION}(text) RETURNS text
        LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $body$
        SELECT CASE
          WHEN octet_length($1) = char_length($1) OR $1 !~ '[{"".join(short | long)}]'
            THEN lower($1 COLLATE "C")
          WHEN $1 ~ '[{"".join(long)}]' THEN translate(lower({folded} COLLATE "C"), {table})
          ELSE translate(lower($1 COLLATE "C"), {table})
        END $body$"""


def _folds() -> list[tuple[str, str]]:
    every = (chr(code) for code in range(sys.maxunicode + 1))
    return [(char, char.casefold()) for char in every if char.casefold() != char]
