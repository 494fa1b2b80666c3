"""A file of any length as an answer: written while it is sent, some lines at a time."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Response

from webapp.domain import spreadsheet

CSV = "text/csv"


def answer(rows: Iterable[list[str]], name: str) -> Response:
    """`rows` open what they read themselves: the call's session is over by then."""
    return Response(
        spreadsheet.pieces(rows),
        content_type=f"{CSV}; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
