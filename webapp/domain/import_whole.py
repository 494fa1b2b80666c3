"""A column's cells read at once, where all of them are written in the plainest way.

That is so for nearly every stretch of a long list, and a tenth of the work of reading cell by
cell. Each reader answers None where a single cell is not so plain: then `import_cells` reads them
one by one, and says what is wrong. Both come to the same values.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from webapp.domain import import_cells
from webapp.domain.import_columns import Target
from webapp.domain.subscriber import AttributeType

Whole = Callable[[Sequence[str]], list[Any] | None]
_STAMPS = re.compile(r"(?:(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)?\n)*", re.ASCII)


def ids(cells: Sequence[str]) -> list[Any] | None:
    """Digits alone, and a cell in every line."""
    joined = "".join(cells)
    lengths = set(map(len, cells))
    plain = joined.isascii() and joined.isdigit() and 0 not in lengths
    return list(cells) if plain and max(lengths) <= import_cells.MOST_ID else None


def moments(cells: Sequence[str]) -> list[Any] | None:
    """RFC 3339 to the second in UTC, or nothing."""
    if _STAMPS.fullmatch("\n".join([*cells, ""])) is None:
        return None
    try:
        return [datetime.fromisoformat(cell) if cell else None for cell in cells]
    except ValueError:  # the 31st of April
        return None


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


def of(target: Target) -> Whole | None:
    if target.type is None:
        return _OF_TARGET.get(target.to)
    return _OF_TYPE.get(target.type)
