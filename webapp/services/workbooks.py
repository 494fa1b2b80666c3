"""A spreadsheet's workbook read as the CSV it would have been saved as.

Workbooks keep numbers to 15 digits: an id kept as a number has lost its last ones, so it is
written the way spreadsheets shorten it, and the reader of rows refuses it with the reason.
"""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date, datetime
from typing import BinaryIO

from python_calamine import CalamineError, CalamineWorkbook

from webapp.domain import errors
from webapp.domain.wording import say

MARK = b"PK\x03\x04"
MOST_BYTES = 200 * 1024 * 1024  # unpacked
EXACT = 10**15  # numbers from here on have lost digits


def is_one(stream: BinaryIO) -> bool:
    head = stream.read(len(MARK))
    stream.seek(0)
    return head == MARK


def as_csv(stream: BinaryIO) -> BinaryIO:
    """The first sheet, UTF-8, commas. Raises Refused for a workbook that cannot be read."""
    try:
        _check_size(stream)
        sheet = CalamineWorkbook.from_filelike(stream).get_sheet_by_index(0)
        rows = sheet.to_python()
    except (CalamineError, zipfile.BadZipFile, IndexError, OSError):
        raise errors.Refused(
            say("This workbook cannot be read. Save it as CSV and choose that file.")
        ) from None
    text = io.StringIO(newline="")
    csv.writer(text).writerows([_cell(value) for value in row] for row in rows)
    return io.BytesIO(text.getvalue().encode())


def _check_size(stream: BinaryIO) -> None:
    with zipfile.ZipFile(stream) as packed:
        size = sum(entry.file_size for entry in packed.infolist())
    stream.seek(0)
    if size > MOST_BYTES:
        raise errors.Refused(say("This workbook is too large. Save it as CSV."))


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return f"{value:.2E}" if abs(value) >= EXACT else str(int(value))
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    return value.isoformat() if isinstance(value, date) else str(value)
