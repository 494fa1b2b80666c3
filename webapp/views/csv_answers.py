"""A file of any length as an answer, written while it is sent."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from flask import Response

LINES_A_PIECE = 500


def answer(rows: Iterable[list[str]], name: str) -> Response:
    """`rows` open what they read themselves: the request's session is over by then."""
    response = Response(_pieces(rows), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _pieces(rows: Iterable[list[str]]) -> Iterator[str]:
    yield "\ufeff"  # so that spreadsheets read it as UTF-8
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
