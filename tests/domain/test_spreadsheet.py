from __future__ import annotations

import pytest

from webapp.domain import spreadsheet


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("Ana", "Ana"),
        ("=1+1", "'=1+1"),
        (" =1+1", "' =1+1"),
        ("+33 1", "'+33 1"),
        ("-2", "'-2"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\uff1dHYPERLINK()", "'\uff1dHYPERLINK()"),
        (-2, "-2"),
        (None, ""),
        ("it's a - b", "it's a - b"),
    ],
)
def test_no_cell_runs_as_a_formula(value: object, cell: str) -> None:
    assert spreadsheet.harmless(value) == cell
