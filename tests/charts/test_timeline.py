"""Places on a strip of days: inside the picture, words never over words."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.charts import glyphs, timeline
from webapp.charts.timeline import Bar, Mark, Scale

YEAR = Scale(date(2026, 1, 1), date(2026, 12, 31))
days = st.dates(date(2025, 10, 1), date(2027, 2, 1))
names = st.sampled_from(["Tip", "Black Friday week", "ลดราคา", "", "A name nobody fits " * 6])


def words_of(bar: Bar) -> tuple[float, float]:
    wide = glyphs.width(bar.text, weight=600)
    left = bar.text_x - wide if bar.anchor == "end" else bar.text_x
    return left, left + wide


def extent(bar: Bar) -> tuple[float, float]:
    left, right = words_of(bar)
    return min(bar.x, left), max(bar.x + bar.width, right)


def meet(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one[0] < other[1] - 0.2 and other[0] < one[1] - 0.2  # places are rounded to 0.1 px


def test_days_stand_between_the_ends_and_outside_days_on_them() -> None:
    assert YEAR.x(date(2026, 1, 1)) == YEAR.x(date(2020, 1, 1)) == timeline.LEFT
    assert YEAR.x(date(2027, 1, 1)) == YEAR.x(date(2030, 1, 1)) == timeline.RIGHT
    assert YEAR.x(date(2026, 1, 1)) < YEAR.middle(date(2026, 1, 1)) < YEAR.x(date(2026, 1, 2))


def test_words_are_inside_a_long_bar_and_beside_a_short_one() -> None:
    long, short, late = timeline.bars(
        YEAR,
        [
            (1, "Summer edit", date(2026, 5, 1), date(2026, 7, 31)),
            (2, "Black Friday week", date(2026, 3, 2), date(2026, 3, 4)),
            (3, "The last days of it", date(2026, 12, 29), date(2026, 12, 31)),
        ],
    )
    assert long.inside
    assert (short.inside, short.anchor) == (False, "start")
    assert (late.inside, late.anchor) == (False, "end")


@given(st.lists(st.tuples(names, days, st.integers(0, 300)), max_size=14))
def test_bars_with_their_words_never_touch(given: list[tuple[str, date, int]]) -> None:
    spans = [(key, name, first, first + timedelta(days=length))
             for key, (name, first, length) in enumerate(given)]  # fmt: skip
    placed = timeline.bars(YEAR, spans)
    assert [bar.key for bar in placed] == list(range(len(given)))
    for one, other in combinations(placed, 2):
        assert one.row != other.row or not meet(extent(one), extent(other))


@given(st.lists(st.tuples(names, st.dates(date(2026, 1, 1), date(2026, 12, 31))), max_size=30))
def test_marks_all_stand_and_their_words_never_touch(given: list[tuple[str, date]]) -> None:
    placed = timeline.marks(YEAR, [(key, name, day) for key, (name, day) in enumerate(given)], 3)
    assert [mark.x for mark in placed] == [YEAR.middle(day) for _, day in given]
    assert all(mark.row < 3 for mark in placed)
    written = [mark for mark in placed if mark.text]
    for one, other in combinations(written, 2):
        assert one.row != other.row or not meet(label(one), label(other))
    for mark in written:
        assert label(mark)[0] >= timeline.LEFT - 20
        assert label(mark)[1] <= timeline.WIDTH + 10


def test_two_marks_of_one_spot_do_not_cover_each_other() -> None:
    close = [date(2026, 4, 3), date(2026, 4, 4), date(2026, 4, 6), date(2026, 4, 7)]
    placed = timeline.marks(YEAR, [(n, "Easter Monday", day) for n, day in enumerate(close)], 4)
    for one, other in combinations([mark for mark in placed if mark.row], 2):
        assert one.row != other.row or abs(one.x - other.x) > 6


def label(mark: Mark) -> tuple[float, float]:
    wide = glyphs.width(mark.text)
    left = mark.text_x - wide if mark.anchor == "end" else mark.text_x
    return left, left + wide


@pytest.mark.parametrize("words", ["", "Short", "A rather long name that nobody could fit"])
def test_long_words_end_in_dots(words: str) -> None:
    kept = timeline.shortened(words, 100)
    assert glyphs.width(kept) <= 100
    assert kept == words or (kept.endswith("\u2026") and words.startswith(kept[:-1]))


@pytest.mark.parametrize(
    "words", ["春のセール", "봄 세일", "Sale 🎉", "👩‍👩‍👧", "हिन्दी", "\ue000", "\ud800"]
)
def test_letters_that_no_font_of_ours_has_take_room_and_stop_nobody(words: str) -> None:
    (bar,) = timeline.bars(YEAR, [(1, words, date(2026, 4, 3), date(2026, 4, 4))])
    assert bar.text == words
    assert glyphs.width(words) >= 10
    (mark,) = timeline.marks(YEAR, [(1, words, date(2026, 4, 3))], 3)
    assert mark.text == words
