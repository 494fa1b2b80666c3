"""The fields of many people read column by column, where they are written in the plainest way.

`people_rows` is the reading: it says what may stand in a field and what is wrong with it. Here the
same values are found for a fraction of the work, each as a record has it (`import_row`), and what
is not plain is ODD: that line is then read by `people_rows`. A property test holds them together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache, partial
from typing import Any, Final

from webapp.api import people_rows
from webapp.api.people_rows import AS_WRITTEN
from webapp.api.schemas.lengths import LONGEST_KEY, LONGEST_TEXT, LONGEST_WORDING, MOST_ENTRIES
from webapp.domain import import_cells, import_row, import_whole, schedule
from webapp.domain.import_columns import READERS, Target
from webapp.domain.import_row import TEXTS, TIMES
from webapp.domain.import_whole import Whole
from webapp.domain.subscriber import AttributeType
from webapp.domain.wording import Sentence

REMEMBERED = 2_000  # cells a column
ODD: Final = object()
_NOTHING = type(None)
Kinds = frozenset[type[Any]]
_OR_NOTHING: Kinds = frozenset({str, _NOTHING})
_NUMBERS: Kinds = frozenset({int, float, str, _NOTHING})
_KINDS: Mapping[AttributeType, Kinds] = {
    AttributeType.TEXT: _OR_NOTHING,
    AttributeType.NUMBER: _NUMBERS,
    AttributeType.MONEY: _NUMBERS,
    AttributeType.YESNO: frozenset({bool, _NOTHING}),
    AttributeType.DATE: _OR_NOTHING,
    AttributeType.TIME: _OR_NOTHING,
}
Column = Callable[[Sequence[Any]], list[Any]]
Cell = Callable[[Any], Any]


def fields(now: datetime) -> Mapping[str, Column]:
    """Of everything but the channel and the attributes; no time of theirs may be later."""
    present = import_row.stamp(now) or ""
    return {
        "key": _column(frozenset({str}), _key, _whole("psid")),
        **{name: _column(_OR_NOTHING, partial(_text, name), _whole(name)) for name in TEXTS},
        **{name: _past(present) for name in TIMES},
        "tags": _lists(80),
        "topics": _lists(60),
        "wording": _column(frozenset({str}), _wording),
    }


def attribute(type_: AttributeType) -> Column:
    if type_ is AttributeType.LIST:
        return _own_lists
    return _column(_KINDS[type_], partial(_own, type_), _whole("", type_))


def _column(kinds: Kinds, cell: Cell, whole: Whole | None = None) -> Column:
    """Cells of these types; read at once if they can be, else one by one, each value once."""
    each = lru_cache(REMEMBERED, typed=True)(cell)

    def read(cells: Sequence[Any]) -> list[Any]:
        if not {*map(type, cells)} <= kinds:
            return [each(it) if type(it) in kinds else ODD for it in cells]
        at_once = whole(cells) if whole else None
        return list(map(each, cells)) if at_once is None else at_once

    return read


def _whole(to: str, type_: AttributeType | None = None) -> Whole | None:
    """Not where an empty text stands, which is not nothing; nor where one is longer than a field
    may be before its spaces are taken off."""
    read = import_whole.of(Target(to, type_), AS_WRITTEN)

    def whole(cells: Sequence[Any]) -> list[Any] | None:
        told = ["" if it is None else it if it.__class__ is str else _digits(it) for it in cells]
        plain = "" not in cells and max(map(len, told)) <= LONGEST_TEXT
        return read(told) if read is not None and plain else None

    return whole if read is not None else None


def _digits(number: float) -> str:
    return f"{number:.6f}" if isinstance(number, float) else str(number)


def _sound(value: object) -> Any:
    return ODD if isinstance(value, Sentence) else value


def _key(cell: str) -> Any:
    return _sound(import_cells.platform_id(cell, AS_WRITTEN)) if len(cell) <= LONGEST_KEY else ODD


def _wording(cell: str) -> Any:
    return cell if len(cell) <= LONGEST_WORDING and not _unusable(cell) else ODD


def _text(name: str, cell: str | None) -> Any:
    bare = (cell or "").strip()
    if cell is None or not bare:
        return None if len(cell or "") <= LONGEST_TEXT and not _unusable(cell or "") else ODD
    if len(cell) > LONGEST_TEXT or _unusable(cell):
        return ODD
    return _sound(READERS[name](bare, AS_WRITTEN))


def _unusable(text: str) -> bool:
    return import_cells.UNUSABLE.search(text) is not None


def _past(present: str) -> Column:
    read = _column(_OR_NOTHING, _moment, _whole("last_inbound_at"))

    def not_ahead(cells: Sequence[Any]) -> list[Any]:
        return [ODD if it.__class__ is str and it > present else it for it in read(cells)]

    return not_ahead


def _moment(cell: str | None) -> Any:
    read = None if cell is None else schedule.read_time(cell)
    return import_row.stamp(read) if isinstance(read, datetime) else _sound(read)


def _lists(most: int) -> Column:
    each = lru_cache(REMEMBERED)(partial(_joined, most))
    return lambda cells: [each(tuple(it)) if _is_list(it) else ODD for it in cells]


def _is_list(given: object) -> bool:
    """Of texts alone."""
    return isinstance(given, list) and {*map(type, given)} <= {str}


def _joined(most: int, given: tuple[str, ...]) -> Any:
    errors: people_rows.Errors = {}
    if len(given) > MOST_ENTRIES or any(map(_odd_entry, given)):
        return ODD
    read = people_rows.entries([*given], most, "", errors)
    return ODD if errors else import_row.joined(read)


def _odd_entry(text: str) -> bool:
    """A blank one is none, and yet a line with one says something: whether that is allowed, the
    reading line by line knows."""
    return len(text) > LONGEST_TEXT or not text.strip() or _unusable(text)


def _own_lists(cells: Sequence[Any]) -> list[Any]:
    """An empty one takes the value away, which no record can say."""
    return [it if it is None else _own_list(tuple(it)) if _is_list(it) else ODD for it in cells]


@lru_cache(REMEMBERED)
def _own_list(given: tuple[str, ...]) -> Any:
    read = ODD if any(map(_unusable, given)) else _own(AttributeType.LIST, [*given])
    return ODD if read is None else read


def _own(type_: AttributeType, raw: Any) -> Any:
    if raw is None:
        return None
    value = people_rows.value(raw, type_)
    if isinstance(value, Sentence) or (isinstance(raw, str) and _unusable(raw)):
        return ODD
    return None if value == "" else import_row.keep(type_, value)
