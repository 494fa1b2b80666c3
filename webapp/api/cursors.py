"""Where a list goes on: an opaque text that names the last entry of the page before."""

from __future__ import annotations

import base64
import json
import operator
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from webapp.api.schemas.base import LARGEST_ID, PageQuery
from webapp.domain.errors import Invalid
from webapp.domain.wording import say

Row = TypeVar("Row")
Key = list[int | str | None]
NO_CURSOR = say("This cursor is not one of ours. Leave it out to begin anew.")


def write(key: Sequence[int | str | None]) -> str:
    return base64.urlsafe_b64encode(json.dumps(list(key)).encode()).decode().rstrip("=")


def read(text: str | None, width: int) -> Key | None:
    """The parts of a cursor; raises Invalid for anything we did not write."""
    if not text:
        return None
    try:
        found = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True))
    except (ValueError, RecursionError):
        raise _wrong() from None
    if not isinstance(found, list) or len(found) != width or not all(map(_usable, found)):
        raise _wrong()
    return found


def after_id(query: PageQuery) -> int:
    """For lists in the order of ids; 0 at the beginning."""
    key = read(query.cursor, 1)
    if key is None:
        return 0
    if not isinstance(key[0], int):
        raise _wrong()
    return key[0]


def moment(value: int | str | None) -> datetime | None:
    """A time inside a cursor."""
    try:
        found = None if value is None else datetime.fromisoformat(str(value))
    except ValueError:
        raise _wrong() from None
    if found is not None and found.tzinfo is None:
        raise _wrong()
    return found


def cut(
    rows: Sequence[Row], limit: int, key: Callable[[Row], Sequence[int | str | None]]
) -> tuple[Sequence[Row], str | None]:
    """From `limit + 1` rows asked for: the page, and the cursor of the next one."""
    if len(rows) <= limit:
        return rows, None
    return rows[:limit], write(key(rows[limit - 1]))


def of_all(
    rows: Sequence[Row],
    query: PageQuery,
    key: Callable[[Row], int],
    *,
    newest_first: bool = False,
) -> tuple[Sequence[Row], str | None]:
    """A page of a short list that was read whole; in the order of ids."""
    after = after_id(query)
    beyond = operator.lt if newest_first else operator.gt
    left = [row for row in rows if not after or beyond(key(row), after)]
    left.sort(key=key, reverse=newest_first)
    return cut(left, query.limit, lambda row: [key(row)])


def _usable(part: object) -> bool:
    if isinstance(part, bool):
        return False
    whole = isinstance(part, int) and abs(part) <= LARGEST_ID
    return part is None or whole or (isinstance(part, str) and "\x00" not in part)


def _wrong() -> Invalid:
    return Invalid({"cursor": [NO_CURSOR]})
