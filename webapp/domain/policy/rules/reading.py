"""TOML files made into rows, and rows of one name kept from contradicting each other."""

from __future__ import annotations

import itertools
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, TypeVar

from webapp.domain.policy.rules.limit import Limit
from webapp.domain.policy.rules.price import Card
from webapp.domain.policy.rules.row import Row, RulebookError
from webapp.domain.policy.rules.rule import Rule

_Dated = TypeVar("_Dated", Rule, Limit, Card)


def parsed(name: str, content: bytes) -> dict[str, Any]:
    """The tables of one file. RulebookError names the place of a mistake."""
    try:
        text = content.decode()
        return tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise RulebookError(name, "?", "?", "the file is not UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise RulebookError(name, *_place(text, str(error)), str(error)) from error


def rows(
    tables: Mapping[str, dict[str, Any]], noun: str, read: Callable[[Row], _Dated]
) -> tuple[_Dated, ...]:
    """All tables of one noun, in the order of the files; `read` makes one of them a value."""
    found: list[tuple[str, _Dated]] = []
    for file, content in tables.items():
        _check_nouns(file, content)
        found.extend((file, read(Row(file, table))) for table in content.get(noun, ()))
    _check_overlaps(found)
    return tuple(row for _, row in found)


def _place(text: str, problem: str) -> tuple[str, str]:
    """The rule and field of a TOML error, from the line it names."""
    line = re.search(r"line (\d+)", problem)
    lines = text.splitlines()[: int(line[1]) if line else None]
    ids = [found[1] for found in (re.match(r'id *= *"([^"]*)"', row) for row in lines) if found]
    field = re.match(r"\s*([A-Za-z_]+)", lines[-1]) if lines else None
    return ids[-1] if ids else "?", field[1] if field else "?"


def _check_nouns(file: str, content: Iterable[str]) -> None:
    for noun in content:
        if noun not in ("rule", "card", "limit"):
            raise RulebookError(file, "none", noun, "only rule, card and limit are known")


def _check_overlaps(found: list[tuple[str, _Dated]]) -> None:
    """Two rows of one id about the same kinds on the same day say two things at once."""
    by_id = sorted(found, key=lambda pair: (pair[1].id, pair[1].valid_from))
    for _, group in itertools.groupby(by_id, key=lambda pair: pair[1].id):
        for (_, one), (file, other) in itertools.combinations(group, 2):
            if other.valid_from <= (one.valid_to or date.max) and _same_matter(one, other):
                raise RulebookError(
                    file,
                    other.id,
                    "valid_from",
                    f"on {other.valid_from} another row of this rule still holds",
                )


def _same_matter(one: _Dated, other: _Dated) -> bool:
    if isinstance(one, Card) or isinstance(other, Card) or not (one.kinds and other.kinds):
        return True
    return bool(one.kinds & other.kinds)
