"""Some thousand lines of an import's file, typed column by column.

A line with one unusable cell is refused as a whole, by the first such cell. What is left is kept
in columns, by target, each value as a record has it (`import_row`); None stands for an empty cell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from itertools import compress
from typing import Any

from webapp.domain import import_columns, import_row, import_whole, spreadsheet
from webapp.domain.import_cells import Options, Reader
from webapp.domain.import_columns import ATTRIBUTE, Columns, Target
from webapp.domain.import_records import Broken
from webapp.domain.import_row import SEVERAL, TIMES, Kept
from webapp.domain.subscriber import AttributeType
from webapp.domain.wording import Sentence, say

REMEMBERED = 2_000  # cells a column
_KEYLESS = say("This line does not say who it is about: it has no id or number.")
_TO_COME = say("This time is still to come.")


@dataclass(frozen=True)
class RowError:
    """A line that cannot be used, with the first cell that spoils it."""

    line: int
    column: str
    value: str
    reason: Sentence
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Block:
    """`lines` and every column are equally long; `errors` are the lines that are left out."""

    lines: Sequence[int]
    columns: Mapping[str, Sequence[Any]]
    errors: Sequence[RowError]
    last: int  # the line that was read last, whatever became of it

    @property
    def newest(self) -> datetime | None:
        """The latest time at which anybody was heard of."""
        times = (max(filter(None, self.columns.get(name, ())), default="") for name in TIMES[:2])
        return import_row.moment(max(times) or None)

    def rows(
        self, named: Sequence[str], types: Mapping[str, AttributeType]
    ) -> Iterator[tuple[Any, ...]]:
        """The lines as they are staged: these columns of a record, and these attributes."""
        told = (self.columns[name] for name in named[2:])
        own = (self.columns[ATTRIBUTE + name] for name in types)
        return zip(self.lines, self.columns["psid"], *told, *own, strict=True)


class Typist:
    """Types the lines of one file. `end`: no time of theirs may be later."""

    def __init__(
        self, columns: Sequence[str], mapping: Columns, options: Options, end: datetime
    ) -> None:
        self._names, self._end = columns, import_row.stamp(end) or ""
        targets = [mapping.get(column, import_columns.NOWHERE) for column in columns]
        self._readers = [
            (index, target.to, _column(target, options))
            for index, target in enumerate(targets)
            if target.to
        ]

    def block(self, lines: Sequence[int], records: Sequence[Sequence[str] | Broken]) -> Block:
        """At least one line."""
        broken = [
            RowError(line, "", "", it.reason, it.cells)
            for line, it in zip(lines, records, strict=True)
            if isinstance(it, Broken)
        ]
        places, rows = self._level(lines, records)
        columns, wrong = self._typed(places, rows)
        if wrong:
            kept = [n not in wrong for n in range(len(rows))]
            places = list(compress(places, kept))
            columns = {to: list(compress(cells, kept)) for to, cells in columns.items()}
        found = sorted((*broken, *wrong.values()), key=lambda it: it.line)
        return Block(places, columns, found, lines[-1])

    def _level(
        self, lines: Sequence[int], records: Sequence[Sequence[str] | Broken]
    ) -> tuple[Sequence[int], list[Sequence[str]]]:
        """The lines that can be read and say something, each with as many cells as there are
        columns."""
        width = len(self._names)
        found = [
            (line, record[:width])
            for line, record in zip(lines, records, strict=True)
            if not isinstance(record, Broken) and any(record)
        ]
        return [line for line, _ in found], [record for _, record in found]

    def _typed(
        self, lines: Sequence[int], rows: Sequence[Sequence[str]]
    ) -> tuple[dict[str, list[Any]], dict[int, RowError]]:
        """The columns, and by place the rows that are left out."""
        cells = list(zip(*rows, strict=True)) or [()] * len(self._names)
        columns: dict[str, list[Any]] = {}
        wrong: dict[int, RowError] = {}
        for index, to, read in self._readers:
            values = read(cells[index]) if rows else []
            for n, reason in _unusable(to, values, self._end):
                told = cells[index][n].strip()[:500]
                error = RowError(lines[n], self._names[index], told, reason, tuple(rows[n]))
                wrong.setdefault(n, error)
            before = columns.get(to)
            columns[to] = values if before is None else list(map(_joined, before, values))
        return columns, wrong


def _column(target: Target, options: Options) -> Callable[[Sequence[str]], list[Any]]:
    """Reads a column at once where it can. Cell by cell it remembers what it read last: most
    columns of a long list have few values."""
    whole = import_whole.of(target, options)
    each = lru_cache(REMEMBERED)(partial(_read, target.reader, _keeper(target), options))

    def read(cells: Sequence[str]) -> list[Any]:
        found = whole(cells) if whole else None
        return list(map(each, cells)) if found is None else found

    return read


def _keeper(target: Target) -> Kept | None:
    """What makes a value of this column what a record has of it; None where it is that."""
    if target.type is not None:
        return import_row.KEPT[target.type]
    if target.to in TIMES:
        return import_row.stamp
    return import_row.joined if target.to in SEVERAL else None


def _read(reader: Reader, keep: Kept | None, options: Options, cell: str) -> object:
    """None for an empty cell."""
    bare = spreadsheet.bare(cell.strip())
    value = reader(bare, options) if bare else None
    return value if keep is None or value is None or isinstance(value, Sentence) else keep(value)


def _unusable(to: str, values: Sequence[Any], end: str) -> Iterator[tuple[int, Sentence]]:
    """What is wrong with the cells of a column, by place."""
    kinds = {*map(type, values)}
    if Sentence in kinds:
        yield from ((n, it) for n, it in enumerate(values) if isinstance(it, Sentence))
    if to in TIMES and str in kinds:
        times = ((n, it) for n, it in enumerate(values) if isinstance(it, str))
        yield from ((n, _TO_COME) for n, at in times if at > end)
    if to == "psid" and type(None) in kinds:
        yield from ((n, _KEYLESS) for n, it in enumerate(values) if it is None)


def _joined(before: object, value: object) -> object:
    """Lists from two columns are one list."""
    if isinstance(before, str) and isinstance(value, str):
        both = (*import_row.parted(before), *import_row.parted(value))
        return import_row.joined(tuple(dict.fromkeys(both)))
    return before if value is None else value
