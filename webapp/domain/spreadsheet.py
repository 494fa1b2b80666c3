"""Texts in files that people open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

LINES_A_PIECE = 500
# What begins a formula, in ASCII and in full width. Source: OWASP, CSV Injection.
_FORMULAS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_BREAKS = ("\t", "\r", "\n")  # some programs look past them for a formula


def harmless(value: object) -> str:
    """A cell that no spreadsheet runs as a formula: an apostrophe stands before what might, and
    before what would look as if one did, so that `bare` finds every text again.

    Numbers of ours stay as they are; None is an empty cell.
    """
    if value is None:
        return ""
    text = str(value)
    if isinstance(value, int | float):
        return text
    told = text.lstrip("'")
    risky = told.startswith(_BREAKS) or told.lstrip().startswith(_FORMULAS)
    return f"'{text}" if risky else text


def pieces(rows: Iterable[list[str]]) -> Iterator[str]:
    """A file of any length as text, some lines at a time."""
    written = io.StringIO()
    writer = csv.writer(written)
    for number, line in enumerate(rows):
        writer.writerow(line)
        if number % LINES_A_PIECE == 0:
            yield _taken(written)
    yield _taken(written)


def _taken(written: io.StringIO) -> str:
    text = written.getvalue()
    written.seek(0)
    written.truncate()
    return text


def bare(cell: str) -> str:
    """What `harmless` made this cell from."""
    text = cell[1:]
    return text if cell[:1] == "'" and harmless(text) == cell else cell
