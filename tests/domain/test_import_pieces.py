"""Records and cells read many at a time are what they are one by one."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain import import_cells, import_pieces, import_records, import_whole
from webapp.domain.import_cells import Options
from webapp.domain.import_columns import READERS, Target
from webapp.domain.import_records import Source
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
                     "\u0301", "a\x00", "é"]),
    st.text(max_size=8),
)  # fmt: skip


@given(st.lists(CELLS, min_size=1, max_size=5), st.sampled_from(sorted(READERS)))
def test_a_column_read_at_once_says_what_its_cells_say(column: list[str], target: str) -> None:
    whole = import_whole.of(Target(target))
    found = whole(column) if whole else None
    if found is not None:
        assert found == [_alone(target, cell) for cell in column]


@pytest.mark.parametrize(
    ("target", "column"),
    [
        ("psid", ["1", "22"]),
        ("last_inbound_at", ["2026-11-22T10:00:00Z", ""]),
        ("first_name", ["Ana", " Élise ", ""]),
    ],
)
def test_a_plain_column_is_read_at_once(target: str, column: list[str]) -> None:
    whole = import_whole.of(Target(target))
    assert whole is not None
    assert whole(column) == [_alone(target, cell) for cell in column]


def test_times_read_at_once_are_in_utc() -> None:
    assert import_whole.moments(["2026-11-22T10:00:00Z"]) == [
        datetime(2026, 11, 22, 10, tzinfo=UTC)
    ]


def _alone(target: str, cell: str) -> object:
    from webapp.domain import spreadsheet

    bare = spreadsheet.bare(cell.strip())
    found = READERS[target](bare, Options()) if bare else None
    assert not isinstance(found, Sentence)
    return found


def test_no_id_is_longer_than_it_may_be() -> None:
    assert import_whole.ids(["1" * (import_cells.MOST_ID + 1)]) is None
