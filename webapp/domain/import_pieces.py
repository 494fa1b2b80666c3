"""The records of a delimited text, many at a time.

What `import_records` reads one by one, and means the same: a sound piece of the text, one record a
line, is divided by `csv` in one go; any other is gone through record by record.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Protocol

from webapp.domain import import_records
from webapp.domain.import_records import Broken, Lines, Source

PIECE = 128 * 1024  # characters
Records = list[Sequence[str] | Broken]


class Text(Lines, Protocol):
    """A text opened with `newline=""`."""

    def read(self, size: int = -1, /) -> str: ...


def read(text: Text, delimiter: str, width: int) -> Iterator[tuple[Sequence[int], Records]]:
    """Every record, also the first, with the lines they begin on."""
    source, line = _Pieces(text), 1
    while piece := source.take():
        cells = _at_once(piece, delimiter)
        if cells is None:
            numbers, records, line = _one_by_one(source, line, delimiter, width)
            yield numbers, records
        else:
            yield range(line, line + len(cells)), _fitted(cells, width)
            line += len(cells)
            source.drop(piece)


class _Pieces:
    """A text read ahead: whole lines are taken off its front, or it is read line by line."""

    def __init__(self, text: Text) -> None:
        self._text = text
        self._ahead = io.StringIO(newline="")

    def take(self) -> str:
        """The whole lines that are read ahead; all of it where there is no whole one. They stay
        until they are dropped."""
        rest = self._ahead.read()
        if len(rest) < PIECE:
            rest += self._text.read(PIECE)
        while rest.endswith("\r"):  # its other half may come
            more = self._text.read(1)
            if not more:
                break
            rest += more
        self._ahead = io.StringIO(rest, newline="")
        return rest[: rest.rfind("\n") + 1] or rest

    def drop(self, piece: str) -> None:
        self._ahead.seek(len(piece))

    @property
    def empty(self) -> bool:
        """Whether nothing is read ahead."""
        at = self._ahead.tell()
        nothing = not self._ahead.read(1)
        self._ahead.seek(at)
        return nothing

    def readline(self, size: int = -1, /) -> str:
        line = self._ahead.readline(size)
        if line.endswith(("\n", "\r")) or len(line) == size:
            return line
        return line + self._text.readline(size - len(line))


def _at_once(piece: str, delimiter: str) -> list[list[str]] | None:
    """The cells of every line; None where a line is no record, or a record no line."""
    lines = list(io.StringIO(piece, newline=""))
    if not piece.endswith("\n") or max(map(len, lines)) >= import_records.MOST_LINE:
        return None
    try:
        cells = list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return cells if len(cells) == len(lines) else None


def _fitted(cells: list[list[str]], width: int) -> Records:
    if {*map(len, cells)} == {width}:
        return [*cells]
    return [import_records.fitting(each, width) for each in cells]


def _one_by_one(
    source: _Pieces, line: int, delimiter: str, width: int
) -> tuple[list[int], Records, int]:
    """Until what was read ahead is used up; also the line that comes next."""
    lines = Source(source, line)
    numbers: list[int] = []
    records: Records = []
    for number, cells in import_records.of(lines, delimiter, width):
        numbers.append(number)
        records.append(cells)
        if lines.settled and source.empty:
            break
    return numbers, records, lines.next
