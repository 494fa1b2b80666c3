"""A column's cells read at once, where all of them are written in the plainest way.

That is so for nearly every stretch of a long list, and a tenth of the work of reading cell by
cell. Each reader answers None where a single cell is not so plain: then `import_cells` reads them
one by one, and says what is wrong. Both come to the same values, each as a record has it: a time
goes from the file into the staging without ever being a `datetime`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from webapp.domain import import_cells
from webapp.domain.import_cells import Options
from webapp.domain.import_columns import Target
from webapp.domain.subscriber import AttributeType

Whole = Callable[[Sequence[str]], list[Any] | None]
_DAY = len("2026-11-22")
_STAMPS = re.compile(r"(?:(?:\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ)?\n)*", re.ASCII)
# Whole ones and decimals as they can be kept, without a mark for thousands; no zero below zero.
_NUMBERS = {
    mark: re.compile(
        rf"(?:(?:(?!-[0\{mark}]*\n)-?(?:\d{{1,12}}|\d{{1,9}}\{mark}\d{{1,6}}))?\n)*", re.ASCII
    )
    for mark in ".,"
}


def ids(cells: Sequence[str]) -> list[Any] | None:
    """Digits alone, and a cell in every line."""
    joined = "".join(cells)
    lengths = set(map(len, cells))
    plain = joined.isascii() and joined.isdigit() and 0 not in lengths
    return list(cells) if plain and max(lengths) <= import_cells.MOST_ID else None


def moments(cells: Sequence[str]) -> list[Any] | None:
    """RFC 3339 to the second in UTC, or nothing: as `import_row.stamp` makes them."""
    joined = "\n".join([*cells, ""])
    days = {cell[:_DAY] for cell in cells if cell}
    if _STAMPS.fullmatch(joined) is None or not all(map(_is_day, days)):
        return None
    return _cells(joined.replace("T", " ").replace("Z", ".000000"), len(cells))


def _cells(joined: str, many: int) -> list[Any] | None:
    """Parted again; None where a cell has lines of its own."""
    found = joined.split("\n")[:-1]
    return [cell or None for cell in found] if len(found) == many else None


@lru_cache(4_000)
def _is_day(text: str) -> bool:
    """Not so the 31st of April."""
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def numbers(mark: str) -> Whole:
    """At most fifteen digits, six of them behind the decimal mark, or nothing."""
    plain = _NUMBERS[mark]

    def read(cells: Sequence[str]) -> list[Any] | None:
        joined = "\n".join([*cells, ""])
        if plain.fullmatch(joined) is None:
            return None
        return _cells(joined.replace(mark, "."), len(cells))

    return read


def texts(most: int) -> Whole:
    """Composed letters, nothing unusable, and no apostrophe in front that might be a mark."""

    def read(cells: Sequence[str]) -> list[Any] | None:
        bare = list(map(str.strip, cells))
        joined = "\n".join(bare)
        plain = (
            import_cells.UNUSABLE.search(joined) is None
            and not joined.startswith("'")
            and "\n'" not in joined
            and (joined.isascii() or unicodedata.is_normalized("NFC", joined))
        )
        return [cell or None for cell in bare] if plain and max(map(len, bare)) <= most else None

    return read


_OF_TARGET: Mapping[str, Whole] = {
    "psid": ids,
    "first_name": texts(200),
    "last_name": texts(200),
    "city": texts(200),
    "source": texts(80),
    "first_seen_at": moments,
    "last_inbound_at": moments,
    "opted_in_at": moments,
}
_OF_TYPE: Mapping[AttributeType, Whole] = {
    AttributeType.TEXT: texts(1000),
    AttributeType.TIME: moments,
}


_NUMERIC = frozenset({AttributeType.NUMBER, AttributeType.MONEY})


def of(target: Target, options: Options) -> Whole | None:
    if target.type is None:
        return _OF_TARGET.get(target.to)
    if target.type in _NUMERIC:
        return numbers(options.decimal)
    return _OF_TYPE.get(target.type)
