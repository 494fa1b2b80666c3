"""A process of its own that writes a workbook's first sheet with a word on it as CSV.

The workbook comes on stdin, the CSV goes to stdout.

It binds itself to MOST_MEMORY: a sheet of two cells in far corners asks for all the space between
them, and a few kilobytes may unpack to gigabytes. Asked for too much, the reader ends the process.

Workbooks keep numbers to 15 digits: an id kept as a number has lost its last ones, so it is
written the way spreadsheets shorten it, and the reader of rows refuses it with the reason.
"""

from __future__ import annotations

import contextlib
import csv
import io
import resource
import sys
from datetime import date, datetime
from typing import BinaryIO

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

UNREADABLE, TOO_LARGE = 3, 4  # how the process ends; any other failure is one of size
MOST_MEMORY = 192 * 1024 * 1024  # of addresses: the whole process has less than 200 MB
MOST_CSV = 500 * 1024 * 1024
EXACT = 10**15  # numbers from here on have lost digits


def main() -> int:
    _bind()
    try:
        _write(sys.stdin.buffer, sys.stdout.buffer)
    except (CalamineError, IndexError, ValueError):
        return UNREADABLE
    except (MemoryError, OSError):
        return TOO_LARGE
    return 0


def _bind() -> None:
    bounds = ((resource.RLIMIT_AS, MOST_MEMORY), (resource.RLIMIT_FSIZE, MOST_CSV))
    for which, most in (*bounds, (resource.RLIMIT_CORE, 0)):
        with contextlib.suppress(ValueError, OSError):  # not every system bounds everything
            resource.setrlimit(which, (most, most))


def _write(book: BinaryIO, made: BinaryIO) -> None:
    sheet = _first_that_says_something(CalamineWorkbook.from_filelike(book))
    with io.TextIOWrapper(made, "utf-8", newline="", write_through=True) as text:
        csv.writer(text).writerows([_cell(value) for value in row] for row in sheet.iter_rows())


def _first_that_says_something(book: CalamineWorkbook) -> CalamineSheet:
    """Else the first; IndexError without any. One sheet is held at a time."""
    for index in range(len(book.sheet_names)):
        sheet = book.get_sheet_by_index(index)
        if sheet.end is not None:
            return sheet
    return book.get_sheet_by_index(0)


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return f"{value:.2E}" if abs(value) >= EXACT else str(int(value))
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    return value.isoformat() if isinstance(value, date) else str(value)


if __name__ == "__main__":
    sys.exit(main())
