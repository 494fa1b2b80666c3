"""Charts: the same bytes for the same numbers, honest when empty, deaf to mathematics."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from webapp.charts import (
    bars,
    document,
    funnel,
    heat,
    layers,
    lines,
    opposed,
    progress,
    reach,
    shelf,
    spending,
    tokens,
)
from webapp.charts import style as styles
from webapp.charts.style import Style
from webapp.domain.delivery import Totals

MONTHS = ("Jan", "Feb", "March $1 and $2", "Apr")
WORDS = ("sent $x^2$", "target_{$}", "last year")
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
HOURS = tuple(f"{hour:02}:00" for hour in range(24))
Picture = Callable[[Style], bytes]


def of_bars(n: int, currency: str | None = None) -> Picture:
    values = (n, 2 * n, 3 * n, None)
    data = bars.Bars(
        MONTHS, values, (None, n, 9 * n, n), (n, 0, 0, n), WORDS, "Nothing $1 $2", currency=currency
    )
    return lambda style: bars.svg(data, style)


def of_lines(n: int) -> Picture:
    line = lines.Line("read $1 $2", "read", (n, 2 * n, n), (n, n, 0, n))
    data = lines.Lines(MONTHS, (line, line), ("this $", "last $"), "Nothing $1 $2", frozenset({1}))
    return lambda style: lines.svg(data, style)


def of_opposed(n: int) -> Picture:
    data = opposed.Opposed(MONTHS, (n, 0, n, 0), (0, n, n, 0), ("in $", "out $"), "Nothing $1 $2")
    return lambda style: opposed.svg(data, style)


def of_layers(n: int) -> Picture:
    shown = tuple(layers.Layer(f"{hue} $x$", hue, (n, 0, 2 * n)) for hue in ("faint", "bad"))
    data = layers.Layers(53, ((0, "Jan"), (4, "Feb $1 $2")), shown, "Nothing $1 $2")
    return lambda style: layers.svg(data, style)


def of_heat(n: int) -> Picture:
    cells = tuple(
        tuple(n if (day, hour) == (3, 18) else 0 for hour in range(24)) for day in range(7)
    )
    data = heat.Heat(cells, DAYS, HOURS, ("fewest $", "most $"), "Nothing $1 $2")
    return lambda style: heat.svg(data, style)


def of_funnel(n: int) -> Picture:
    totals, facts = Totals(3 * n, sent=2 * n, skipped=n), {"delivered": n, "replied": 1 if n else 0}
    words = {"read": "read $1 $2", "empty": "Nobody $1 $2"}
    return lambda style: funnel.svg(totals, facts, style.theme, style.width, words)


def of_progress(n: int) -> Picture:
    data = progress.Progress((n, 2 * n, n), ((0, "22:00"),), "sent a minute $1 $2", "Nothing $1 $2")
    return lambda style: progress.svg(data, style)


def of_reach(n: int) -> Picture:
    layer = reach.Layer("window", "known $1 $2", (n, n, 0) * 16)
    mark = reach.Mark(40.5, n, "your time $1 $2") if n else None
    data = reach.Reach(
        (layer, layer), ((n // 2, n, 2 * n),) * 48 if n else (), ((0, "Thu $"), (30, "Fri $")),
        mark, mark, "expected $1 $2", "Nobody $1 $2",
    )  # fmt: skip
    return lambda style: reach.svg(data, style)


def of_spending(n: int) -> Picture:
    points = ((n, 0), (2 * n, 12_300 * n), (3 * n, 40_000 * n)) if n else ()
    words = ("budget $1 $2", "people $", "all $")
    data = spending.Spending(points, "sponsored", "USD", 20_000 * n, 2 * n, words, "Free $1 $2")
    return lambda style: spending.svg(data, style)


MAKERS = [
    of_bars, of_lines, of_opposed, of_layers, of_heat, of_funnel, of_progress, of_reach,
    of_spending,
]  # fmt: skip


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("width", [820, 360])
@pytest.mark.parametrize("n", [0, 1, 150, 10**12])
def test_any_numbers_give_a_picture_that_is_the_same_twice(
    make: Callable[[int], Picture], width: int, n: int
) -> None:
    drawn = make(n)(Style(width=width))
    root = ET.fromstring(drawn)  # noqa: S314 - our own bytes
    assert root.attrib["width"] == str(width)
    assert root.attrib["viewBox"].startswith(f"0 0 {width} ")
    assert make(n)(Style(width=width)) == drawn
    assert b"<text" not in drawn  # letters are paths: an image loads no fonts


@pytest.mark.parametrize("make", MAKERS)
def test_themes_and_numbers_change_the_picture(make: Callable[[int], Picture]) -> None:
    seen = {
        make(150)(Style()),
        make(150)(Style(theme="dark")),
        make(170)(Style()),
        make(0)(Style()),
    }
    assert len(seen) == 4


def test_a_picture_has_only_the_tokens_colours_and_their_mixtures() -> None:
    light = of_lines(150)(Style()).decode()
    known = {pair[0] for pair in tokens.COLOURS.values()}
    assert set(re.findall(r"#[0-9a-f]{6}", light)) <= known | {"#000000", "#ffffff"}


def test_tokens_are_those_of_the_stylesheet() -> None:
    css = (Path(__file__).parents[2] / "static" / "css" / "tokens.css").read_text()
    stated = {
        name: (light, dark)
        for name, light, dark in re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\);", css)
    }
    assert {name: stated.get(name) for name in tokens.COLOURS} == dict(tokens.COLOURS)


def test_few_messages_are_grey_and_name_no_best_hour() -> None:
    few, many = (of_heat(n)(Style()).decode() for n in (99, 100))
    assert tokens.colour("none", "light") in few
    assert "stroke=" not in few
    assert tokens.colour("window", "light") in many
    assert "stroke=" in many


def test_numbers_are_written_in_the_readers_language() -> None:
    english, french = Style(locale="en_GB"), Style(locale="fr_FR")
    assert [english.compact(n) for n in (0, 820, 8_200, 132_300)] == ["0", "820", "8.2K", "132K"]
    assert english.money(164_000_000, "EUR") == "€164"
    assert english.money(1_204_500_000, "EUR") == "€1.2K"
    assert (english.percent(0.042), english.percent(0.42)) == ("4.2%", "42%")
    assert french.compact(8_200).replace("\xa0", " ") == "8,2 k"


def test_a_scale_starts_at_zero_and_steps_roundly() -> None:
    assert bars.ticks(15_100) == [0, 5000, 10000, 15000]
    assert bars.ticks(3) == [0, 1, 2, 3]
    assert bars.ticks(1) == [0, 1]
    assert bars.ticks(8_000_000) == [0, 2_000_000, 4_000_000, 6_000_000, 8_000_000]
    assert bars.ticks(12) == [0, 5, 10]
    assert all(2 <= len(bars.ticks(top)) <= 6 for top in (*range(1, 3_000), 10**12, 99_999_999))


def test_names_of_lines_keep_apart_and_in_order() -> None:
    placed = lines.spread([100, 99, 98, 2], 15, 4, 100)
    assert placed == sorted(placed, reverse=True)
    assert min(a - b for a, b in itertools.pairwise(placed)) >= 15
    assert (max(placed), min(placed)) <= (100, 4)


def test_names_of_an_address_become_a_style() -> None:
    assert styles.of("dark", "narrow", "fr_FR") == Style("dark", 360, 260, "fr_FR")
    assert styles.of("<script>", "huge", "en_GB") == Style()


def test_a_shelf_draws_once_and_forgets_the_oldest() -> None:
    kept, drawn = shelf.Shelf(largest=2), []

    def take(key: str) -> bytes:
        return kept.take(key, lambda: drawn.append(key) or key.encode())  # type: ignore[func-returns-value]

    assert [take(key) for key in "aabaca"] == [b"a", b"a", b"b", b"a", b"c", b"a"]
    assert drawn == ["a", "b", "c"]
    take("b")
    assert drawn == ["a", "b", "c", "b"]
    assert len(kept) == 2


def test_a_digest_tells_one_pictures_numbers_from_anothers() -> None:
    one = opposed.Opposed(MONTHS, (1, 2), (0, 0), ("in", "out"), "")
    other = opposed.Opposed(MONTHS, (1, 2), (0, 1), ("in", "out"), "")
    assert shelf.digest(one, Style()) == shelf.digest(one, Style())
    assert len({shelf.digest(one, Style()), shelf.digest(other, Style()), shelf.digest(one)}) == 3


def test_png_and_svg_show_the_same_at_twice_the_pixels() -> None:
    data = opposed.Opposed(MONTHS, (1, 2, 3, 4), (1, 0, 0, 0), ("in", "out"), "")
    drawn = opposed.png(data, Style())
    assert drawn[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(drawn[16:20], "big") == 1640
    assert opposed.png(data, Style()) == drawn


def test_paper_is_the_same_twice_and_breaks_its_lines() -> None:
    data = opposed.Opposed(MONTHS, (1, 2, 3, 4), (1, 0, 0, 0), ("in", "out"), "")
    rows = (("Month", "In $1 $2"), ("Jan", "1"))
    finding = "Of $1 and $2 " * 20
    page = document.Page("Opt-ins", finding, "All $ of them", opposed.on_paper(data), rows)
    first = document.pdf("Title $x$", "about", [page], Style())
    assert first.startswith(b"%PDF")
    assert first == document.pdf("Title $x$", "about", [page], Style())
    assert list(document.wrapped("one two three", 50, 11)) == ["one two", "three"]
    assert list(document.wrapped("", 40, 11)) == []
