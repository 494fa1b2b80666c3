from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
        ("'=1", "''=1"),
        ("'Ana'", "'Ana'"),
        (-2, "-2"),
        (None, ""),
        ("it's a - b", "it's a - b"),
    ],
)
def test_no_cell_runs_as_a_formula(value: object, cell: str) -> None:
    assert spreadsheet.harmless(value) == cell


@given(st.text(alphabet="'=+-@\t\n\uff1d x1", max_size=8))
def test_every_text_is_found_again(text: str) -> None:
    assert spreadsheet.bare(spreadsheet.harmless(text)) == text
