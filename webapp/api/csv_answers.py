"""A file of any length as an answer: written while it is sent, some lines at a time."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from flask import Response

CSV = "text/csv"
LINES_A_PIECE = 500


def answer(rows: Iterable[list[str]], name: str) -> Response:
    """`rows` open what they read themselves: the call's session is over by then."""
    return Response(
        _pieces(rows),
        content_type=f"{CSV}; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _pieces(rows: Iterable[list[str]]) -> Iterator[str]:
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
