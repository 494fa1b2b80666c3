"""A column read at once has a value for each of its cells."""

from __future__ import annotations

import pytest

from webapp.domain import import_whole

AT = "2026-11-22T12:00:00Z"


@pytest.mark.parametrize("cells", [["5\n6", "7"], ["\n5", "7"], ["5\n", "7"]])
def test_a_number_with_lines_of_its_own_is_not_read_at_once(cells: list[str]) -> None:
    assert import_whole.numbers(".")(cells) is None


@pytest.mark.parametrize("cells", [[f"{AT}\n{AT}", AT], [f"\n{AT}", AT]])
def test_a_time_with_lines_of_its_own_is_not_read_at_once(cells: list[str]) -> None:
    assert import_whole.moments(cells) is None


def test_plain_columns_are_read_at_once() -> None:
    assert import_whole.numbers(",")(["5", "", "1,5"]) == ["5", None, "1.5"]
    assert import_whole.moments([AT, ""]) == ["2026-11-22 12:00:00.000000", None]
