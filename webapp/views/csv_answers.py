"""A file of any length as an answer, written while it is sent."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from flask import Response

from webapp.domain import spreadsheet

BOM = "\ufeff"  # so that spreadsheets read it as UTF-8


def answer(rows: Iterable[list[str]], name: str) -> Response:
    """`rows` open what they read themselves: the request's session is over by then."""
    response = Response(chain([BOM], spreadsheet.pieces(rows)), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
