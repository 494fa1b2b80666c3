"""Records and cells read many at a time are what they are one by one."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain import (
    import_cells,
    import_pieces,
    import_records,
    import_row,
    import_whole,
    spreadsheet,
)
from webapp.domain.import_cells import Options
from webapp.domain.import_columns import ATTRIBUTE, READERS, Target
from webapp.domain.import_records import Source
from webapp.domain.import_row import TIMES
from webapp.domain.subscriber import AttributeType
from webapp.domain.wording import Sentence

MARKS = st.text(alphabet='ab,"\r\n ', max_size=60)


def at_once(text: str) -> list[tuple[int, object]]:
    found = import_pieces.read(io.StringIO(text, newline=""), ",", 2)
    return [pair for lines, records in found for pair in zip(lines, records, strict=True)]


def one_by_one(text: str) -> list[tuple[int, object]]:
    return list(import_records.read(io.StringIO(text, newline=""), ",", 2))


@given(MARKS, st.sampled_from([1, 2, 5, 16, 1000]))
def test_any_text_has_the_same_records_in_pieces_of_any_size(text: str, size: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(import_pieces, "PIECE", size)
        assert at_once(text) == one_by_one(text)


def test_a_broken_line_slows_its_own_piece_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_pieces, "PIECE", 400)
    lines = [f"{n},b" for n in range(1_000)]
    lines[500] = '500,"b'
    text, read = "\n".join(lines) + "\n", []
    expected, each = one_by_one(text), import_records.of

    def told(source: Source, delimiter: str, width: int) -> Iterator[tuple[int, object]]:
        for it in each(source, delimiter, width):
            read.append(it)
            yield it

    monkeypatch.setattr(import_records, "of", told)
    assert at_once(text) == expected
    assert 0 < len(read) < 400  # 200 lines are given out again


CELLS = st.one_of(
    st.sampled_from(["", " ", "12", "1" * 40, "2026-11-22T10:00:00Z", "2026-02-30T10:00:00Z",
                     "2026-W12-1T10:00:00Z", "2026-11-22T10:00:00+01:00", "x'", "'=1", "e\u0301",
                     "\u0301", "a\x00", "é", "2026-11-22T24:00:00Z", "0000-01-01T00:00:00Z",
                     "2026-11-22T23:59:60Z", "0", "-0", "-0.00", "-0,0", "007", "602.35", "12,5",
                     "-3.5", "+1", "1.1234567", "999999999999.999999", "1000000000000", "1 200",
                     "1.", ".5", "\u0663"]),
    st.text(max_size=8),
)  # fmt: skip
TARGETS = [Target(name) for name in sorted(READERS)] + [
    Target(ATTRIBUTE + type_, type_) for type_ in AttributeType
]


@given(
    st.lists(CELLS, min_size=1, max_size=5), st.sampled_from(TARGETS), st.sampled_from([".", ","])
)
def test_a_column_read_at_once_says_what_its_cells_say(
    column: list[str], target: Target, decimal: str
) -> None:
    options = Options(decimal=decimal)
    whole = import_whole.of(target, options)
    found = whole(column) if whole else None
    if found is not None:
        assert [_read(target, it) for it in found] == [_alone(target, it, options) for it in column]


@pytest.mark.parametrize(
    ("target", "column"),
    [
        (Target("psid"), ["1", "22"]),
        (Target("last_inbound_at"), ["2026-11-22T10:00:00Z", ""]),
        (Target("first_name"), ["Ana", " Élise ", ""]),
        (Target("attr.spent", AttributeType.MONEY), ["602.35", "", "-3", "100", "0.10"]),
    ],
)
def test_a_plain_column_is_read_at_once(target: Target, column: list[str]) -> None:
    whole = import_whole.of(target, Options())
    assert whole is not None
    found = whole(column)
    assert found is not None
    assert [_read(target, it) for it in found] == [_alone(target, it, Options()) for it in column]


def test_times_read_at_once_are_stamped_as_any_other() -> None:
    at = datetime(2026, 11, 22, 10, tzinfo=UTC)
    assert import_whole.moments(["2026-11-22T10:00:00Z", ""]) == [import_row.stamp(at), None]


def _read(target: Target, kept: Any) -> object:
    """A value of a record, read again."""
    if kept is None:
        return None
    if target.type is not None:
        return import_row.read(target.type, kept)
    return import_row.moment(kept) if target.to in TIMES else kept


def _alone(target: Target, cell: str, options: Options) -> object:
    bare = spreadsheet.bare(cell.strip())
    found = target.reader(bare, options) if bare else None
    assert not isinstance(found, Sentence)
    return found


def test_no_id_is_longer_than_it_may_be() -> None:
    assert import_whole.ids(["1" * (import_cells.MOST_ID + 1)]) is None
