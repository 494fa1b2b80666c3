"""The records of a delimited text, however broken: each with the line it begins on.

A quotation mark that is never closed would swallow every line below it. So whatever spoils a
record of several lines costs its first line alone, and reading goes on with the next one; but for
a cell that is too long and closed all the same, whose record is refused as one. No line is held
that is longer than MOST_LINE, and no record that has more than MOST_RECORD.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from webapp.domain.wording import Sentence, say

MOST_LINE = 1_000_000  # characters
MOST_LINES = 200  # of one record
MOST_RECORD = 2_000_000  # characters in which the end of a cell is looked for
MOST_CELL = csv.field_size_limit()  # characters; 131,072 unless somebody raised it
MOST_KEPT = 600  # cells of a broken record that are kept to be mended
OPEN = say("A quotation mark on this line is never closed.")
LONG_LINE = say("This line is longer than %(most)s characters.", most=MOST_LINE)
LONG_CELL = say(
    "A cell of this line is longer than %(most)s characters or %(lines)s lines.",
    most=MOST_CELL,
    lines=MOST_LINES,
)


class Lines(Protocol):
    """A text opened with `newline=""`."""

    def readline(self, size: int = -1, /) -> str: ...


@dataclass(frozen=True)
class Broken:
    """A line that is no record, and as much of it as can be told."""

    reason: Sentence
    cells: tuple[str, ...] = ()


def read(
    lines: Lines, delimiter: str, width: int = 0
) -> Iterator[tuple[int, Sequence[str] | Broken]]:
    """Every record, also the first. With a `width` those of another one are Broken; cells beyond
    it that are empty do no harm."""
    yield from of(Source(lines), delimiter, width)


def of(source: Source, delimiter: str, width: int) -> Iterator[tuple[int, Sequence[str] | Broken]]:
    """The same, from lines that somebody else goes on with."""
    reader = csv.reader(source, delimiter=delimiter, strict=True)
    while True:
        line = source.begin()
        try:
            cells: Sequence[str] | Broken = fitting(next(reader), width)
        except StopIteration:
            return
        except (csv.Error, _TooMuch) as error:
            cells = _mended(error, source, delimiter, width)
            reader = csv.reader(source, delimiter=delimiter, strict=True)
        if isinstance(cells, Broken) and source.several and cells.reason is not LONG_CELL:
            cells = Broken(OPEN, _as_it_is(source.first, delimiter))
            source.put_back()
            reader = csv.reader(source, delimiter=delimiter, strict=True)
        yield line, cells


class _TooMuch(Exception):
    """More than one record may have."""

    def __init__(self, reason: Sentence) -> None:
        super().__init__(str(reason))
        self.reason = reason


class Source:
    """Lines for a `csv.reader`, numbered; those of the present record can be given out again."""

    def __init__(self, lines: Lines, first: int = 1) -> None:
        self._lines = lines
        self._again: deque[str | None] = deque()  # None stands for a line that was too long
        self._taken: list[str | None] = []
        self._line = first - 1

    def begin(self) -> int:
        """A new record; the line it begins on."""
        self._taken.clear()
        return self.next

    @property
    def next(self) -> int:
        return self._line + 1

    @property
    def settled(self) -> bool:
        """Whether no line has to be given out again."""
        return not self._again

    @property
    def first(self) -> str:
        return (self._taken[0] if self._taken else None) or ""

    @property
    def several(self) -> bool:
        return len(self._taken) > 1

    def put_back(self) -> None:
        """All but the first line of the present record."""
        again = self._taken[1:]
        self._again.extendleft(reversed(again))
        self._line -= len(again)

    def __iter__(self) -> Source:
        return self

    def __next__(self) -> str:
        line = self._take()
        if line == "":
            raise StopIteration
        if line is None:
            raise _TooMuch(LONG_LINE if not self.several else OPEN)
        if len(self._taken) > MOST_LINES:
            raise _TooMuch(LONG_CELL)
        return line

    def close(self, delimiter: str, width: int) -> bool:
        """Whether the cell that the present record leaves open is closed further down, and what
        is between looks like a text rather than like records; its lines are taken then."""
        taken = [line or "" for line in self._taken]
        size, is_open = sum(map(len, taken)), sum(map(_marks, taken)) % 2 == 1
        if not _is_text(taken[1:], delimiter, width):
            return False
        while is_open and size < MOST_RECORD and (line := self._take()):
            taken.append(line)
            size, is_open = size + len(line), is_open ^ (_marks(line) % 2 == 1)
        is_text = len(taken) > 1 and _is_text(taken[1:-1], delimiter, width)
        return is_text and not is_open and _is_end(taken[-1], delimiter)

    def _take(self) -> str | None:
        """The next line into the present record; "" at the end."""
        line = self._again.popleft() if self._again else self._read()
        if line != "":
            self._line += 1
            self._taken.append(line)
        return line

    def _read(self) -> str | None:
        line = self._lines.readline(MOST_LINE)
        if len(line) < MOST_LINE or line.endswith(("\n", "\r")):
            return line
        while (rest := self._lines.readline(MOST_LINE)) and not rest.endswith(("\n", "\r")):
            pass
        return None


def _mended(
    error: csv.Error | _TooMuch, source: Source, delimiter: str, width: int
) -> Sequence[str] | Broken:
    """A line with a stray quotation mark is read as most programs would; others stay broken."""
    reason = error.reason if isinstance(error, _TooMuch) else None
    if reason is LONG_CELL or "field larger" in str(error):
        reason = _too_long(source, delimiter, width)
    if reason is not None:
        return Broken(reason, _as_it_is(source.first, delimiter))
    if source.several or "end of data" in str(error):
        return Broken(OPEN, _as_it_is(source.first, delimiter))
    try:
        return fitting(next(csv.reader([source.first], delimiter=delimiter)), width)
    except (csv.Error, StopIteration):
        reason = say("This line cannot be read; is a quotation mark missing?")
        return Broken(reason, _as_it_is(source.first, delimiter))


def _too_long(source: Source, delimiter: str, width: int) -> Sentence:
    """What is wrong with a record that has too many lines, or a cell too many characters."""
    was_alone = not source.several
    if source.close(delimiter, width):
        return LONG_CELL
    if was_alone:
        source.put_back()
    return LONG_CELL if was_alone else OPEN


def _marks(line: str) -> int:
    return line.count('"')


def _is_text(lines: Sequence[str], delimiter: str, width: int) -> bool:
    """Whether most of these lines are no records of the file."""
    records = sum(line.count(delimiter) >= width - 1 for line in lines)
    return 2 * records < max(len(lines), 1)


def _is_end(line: str, delimiter: str) -> bool:
    """Whether a cell that is open before this line is closed in it, and the rest is sound."""
    try:
        return bool(next(csv.reader([f'"{line}'], delimiter=delimiter, strict=True)))
    except csv.Error:
        return False


def _unfit(cells: Sequence[str], width: int) -> bool:
    return bool(cells) and (len(cells) < width or any(cells[width:]))


def fitting(cells: list[str], width: int) -> Sequence[str] | Broken:
    """The cells, if they are as many as there should be; none of a line without a word."""
    if not width or not _unfit(cells, width):
        return cells
    if is_blank(cells):
        return []
    reason = say(
        "This line has %(found)s cells where the first line has %(wanted)s; is a quotation mark "
        "or a separator missing?",
        found=len(cells),
        wanted=width,
    )
    return Broken(reason, tuple(cells[:MOST_KEPT]))


def is_blank(cells: Sequence[str]) -> bool:
    """Spaces say nothing either."""
    return not "".join(cells).strip()


def _as_it_is(line: str, delimiter: str) -> tuple[str, ...]:
    """The cells of a line on which quotation marks mean nothing."""
    return tuple(cell[:MOST_CELL] for cell in line.rstrip("\r\n").split(delimiter, MOST_KEPT))
