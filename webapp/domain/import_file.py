"""A file of subscribers: how it is written, and its rows some thousand at a time.

The caller opens the file (`open(path, encoding=layout.encoding, newline="", errors="replace")`)
and hands it in; nothing here holds more than a piece of it. An empty cell leaves
what is stored as it is. A row with one unusable cell is refused as a whole, by its line.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from webapp.domain import import_columns, import_encoding, import_pieces, import_records
from webapp.domain.errors import Refused
from webapp.domain.import_block import Block, Typist
from webapp.domain.import_cells import Options
from webapp.domain.import_columns import Columns
from webapp.domain.import_pieces import Records, Text
from webapp.domain.import_records import Broken
from webapp.domain.wording import Sentence, say

DELIMITERS = ",;\t|"
MOST_COLUMNS = 500
SAMPLE = 50  # rows looked at for guesses
HEAD = 64 * 1024  # bytes, enough to see how a file is written
_SEP = re.compile(r"sep=(.)\r?\n?")


@dataclass(frozen=True)
class Layout:
    """How a file is written. `encoding` is a codec's name; `samples` are its first rows."""

    encoding: str
    delimiter: str
    columns: tuple[str, ...]
    samples: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Note:
    """A remark on a line that is used all the same."""

    line: int
    column: str
    value: str
    reason: Sentence


def inspect(head: bytes, encoding: str | None = None, delimiter: str | None = None) -> Layout:
    """The layout of a file from its first HEAD bytes; what is not given is guessed. Raises Refused
    with what to do."""
    codec = encoding or import_encoding.encoding_of([head])
    lines = list(io.StringIO(codecs.decode(head, codec, "replace"), newline=""))
    delimiter = delimiter or _delimiter(lines)
    rows = [row for row in _records(lines, delimiter) if not import_records.is_blank(row)][
        : SAMPLE + 1
    ]
    if not rows:
        raise Refused(say("This file is empty."))
    columns = _columns(rows[0])
    if len(lines) == 1 and len(head) >= HEAD:
        raise Refused(say("The first line of this file is too long to be the names of columns."))
    return Layout(codec, delimiter, columns, tuple(tuple(row) for row in rows[1:]))


def guess_options(layout: Layout, zone: str | None) -> Options:
    """Decimal mark and order of days and months as the samples suggest; ours are known."""
    if layout.delimiter == "," and import_columns.ours(layout.columns):
        return Options(zone)
    cells = [cell for row in layout.samples for cell in row]
    comma = sum(1 for cell in cells if re.fullmatch(r"-?[\d .]*\d,\d{1,2}", cell.strip()))
    point = sum(1 for cell in cells if re.fullmatch(r"-?[\d ,]*\d\.\d{1,2}", cell.strip()))
    decimal = "," if comma > point or (comma == point and layout.delimiter == ";") else "."
    pairs = [re.match(r"(\d{1,2})[/.-](\d{1,2})[/.-]\d{4}\b", cell) for cell in cells]
    month_first = any(pair and int(pair[2]) > 12 for pair in pairs)  # noqa: PLR2004 - months
    day_first = any(pair and int(pair[1]) > 12 for pair in pairs)  # noqa: PLR2004
    return Options(zone, day_first or not month_first, decimal)


def blocks(
    text: Text, layout: Layout, mapping: Columns, options: Options, now: datetime, most: int
) -> Iterator[Block]:
    """The lines below the names of the columns, at most so many at a time. `mapping` is one that
    `import_columns.parse` accepted."""
    typist = Typist(layout.columns, mapping, options, now)
    for numbers, records in _below_the_names(text, layout):
        for start in range(0, len(records), most):
            several = slice(start, start + most)
            yield typist.block(numbers[several], records[several])


def double(later: int, key: str, before: int, column: str) -> Note:
    """A doubled id is one person: the later line counts."""
    reason = say(
        "This person is on line %(before)s too; this later line counts.", before=str(before)
    )
    return Note(later, column, key, reason)


def _records(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    skipped = lines[1:] if lines and _SEP.fullmatch(lines[0]) else lines
    try:
        return list(csv.reader(skipped, delimiter=delimiter))
    except csv.Error:
        return []


def _delimiter(lines: Sequence[str]) -> str:
    told = _SEP.fullmatch(lines[0]) if lines else None
    return told[1] if told else max(DELIMITERS, key=lambda mark: _fit(lines[:SAMPLE], mark))


def _fit(lines: Sequence[str], delimiter: str) -> tuple[float, int]:
    """How evenly the mark divides the lines, then into how many cells."""
    widths = [len(row) for row in _records(lines, delimiter) if row]
    if not widths or widths[0] == 1:
        return 0.0, 0
    return sum(width == widths[0] for width in widths) / len(widths), widths[0]


def _columns(header: Sequence[str]) -> tuple[str, ...]:
    names = [name.strip() for name in header]
    if len(names) > MOST_COLUMNS:
        raise Refused(say("This file has more than %(most)s columns.", most=MOST_COLUMNS))
    if any(re.fullmatch(r"\d{10,}", name) for name in names):
        raise Refused(say("The first line must name the columns; this one is a person already."))
    columns: list[str] = []
    for index, name in enumerate(names):
        shown = name[:100] or import_columns.unnamed(index)
        columns.append(shown if shown not in columns else f"{shown} ({index + 1})")
    return tuple(columns)


def _below_the_names(text: Text, layout: Layout) -> Iterator[tuple[Sequence[int], Records]]:
    """Without the first line that says something, and the empty ones before it."""
    headed = False
    for numbers, records in import_pieces.read(text, layout.delimiter, len(layout.columns)):
        if headed:
            yield numbers, records
            continue
        names = _names_columns(records, layout)
        kept = [n for n in range(names) if _is_broken(records[n], layout)]
        kept += range(names + 1, len(records))
        headed = names < len(records)
        yield [numbers[n] for n in kept], [records[n] for n in kept]


def _names_columns(records: Records, layout: Layout) -> int:
    """Which record; as many as there are when none does."""
    found = (
        n
        for n, it in enumerate(records)
        if not isinstance(it, Broken) and not import_records.is_blank(it) and not _told(it, layout)
    )
    return next(found, len(records))


def _is_broken(record: Sequence[str] | Broken, layout: Layout) -> bool:
    return isinstance(record, Broken) and not _told(record.cells, layout)


def _told(cells: Sequence[str], layout: Layout) -> bool:
    """Whether this is the line with which some programs tell the delimiter."""
    return _SEP.fullmatch(layout.delimiter.join(cells)) is not None
