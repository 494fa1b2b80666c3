"""TOML files made into rows. What two rows may not say together is in `contradicting.py`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from webapp.domain.policy.rules import contradicting
from webapp.domain.policy.rules.contradicting import Dated
from webapp.domain.policy.rules.row import Row, RulebookError


def parsed(name: str, content: bytes) -> dict[str, Any]:
    """The tables of one file. RulebookError names the place of a mistake."""
    try:
        text = content.decode()
        tables = tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise RulebookError(name, "?", "?", "the file is not UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise RulebookError(name, *_place(text, str(error)), str(error)) from error
    _check_nouns(name, tables)
    return tables


def rows(
    tables: Mapping[str, dict[str, Any]],
    noun: str,
    read: Callable[[Row], Dated],
    today: date | None = None,
) -> tuple[Dated, ...]:
    """All tables of one noun, in the order of the files; `read` makes one of them a value."""
    found: list[tuple[str, Dated]] = []
    for file, content in tables.items():
        found.extend((file, read(Row(file, table))) for table in content.get(noun, ()))
    contradicting.check(found)
    for file, made in found:
        if today is not None and made.checked_on > today:
            raise RulebookError(
                file, made.id, "checked_on", f"{made.checked_on} is after today, {today}"
            )
    return tuple(made for _, made in found)


def _place(text: str, problem: str) -> tuple[str, str]:
    """The rule and field of a TOML error, from the line it names."""
    line = re.search(r"line (\d+)", problem)
    lines = text.splitlines()[: int(line[1]) if line else None]
    ids = [found[1] for found in (re.match(r'id *= *"([^"]*)"', row) for row in lines) if found]
    field = re.match(r"\s*([A-Za-z_]+)", lines[-1]) if lines else None
    return ids[-1] if ids else "?", field[1] if field else "?"


def _check_nouns(file: str, content: Mapping[str, object]) -> None:
    for noun, tables in content.items():
        if noun not in ("rule", "card", "limit"):
            raise RulebookError(file, "none", noun, "only rule, card and limit are known")
        if not _are_tables(tables):
            raise RulebookError(file, "none", noun, f"write it as [[{noun}]], once for each row")


def _are_tables(value: object) -> bool:
    return isinstance(value, Iterable) and all(isinstance(table, dict) for table in value)
