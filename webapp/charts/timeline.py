"""Where things stand on a strip of days: a scale, and labels that never cover one another.

Numbers and words in, places in px out; the year screen draws them, since each is a link there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from webapp.charts import glyphs

WIDTH = 1130.0  # px of the whole picture
LEFT, RIGHT = 150.0, 1112.0  # where the first day begins and the last one ends
PAD = 7.0  # between a bar's end and its words
GAP = 10.0  # between one label and the next thing on its row
LONGEST = 230.0  # px of a label


@dataclass(frozen=True)
class Scale:
    """Days from `first` to `last`, both whole, on the strip."""

    first: date
    last: date

    @property
    def day_width(self) -> float:
        return (RIGHT - LEFT) / ((self.last - self.first).days + 1)

    def x(self, day: date) -> float:
        """Where a day begins; days outside stand on the nearer end."""
        inside = max(self.first, min(day, self.last + timedelta(days=1)))
        return round(LEFT + (inside - self.first).days * self.day_width, 1)

    def middle(self, day: date) -> float:
        return round(self.x(day) + self.day_width / 2, 1)


@dataclass(frozen=True)
class Bar:
    """A span of days with its words inside it, or beside it where it is too short."""

    key: int
    x: float
    width: float
    row: int
    text: str
    text_x: float
    anchor: str  # start | end, as SVG names it
    inside: bool


@dataclass(frozen=True)
class Mark:
    """A day with its words on the right or the left of it; none where there is no room."""

    key: int
    x: float
    row: int
    text: str
    text_x: float = 0
    anchor: str = "start"


def bars(scale: Scale, spans: Iterable[tuple[int, str, date, date]]) -> list[Bar]:
    """Bars on as few rows as hold them with their words; (key, words, first day, last day)."""
    rows: list[list[tuple[float, float]]] = []
    placed: list[Bar] = []
    for key, words, first, last in spans:
        x, end = scale.x(first), scale.x(last + timedelta(days=1))
        width = max(4.0, end - x - 1.5)
        text = shortened(words, LONGEST, weight=600)
        wide = glyphs.width(text, weight=600)
        options = _sides(x, x + width, wide, inside=wide + 2 * PAD <= width)
        row, side = _first_free(rows, options)
        inside = side == "inside"
        text_x = {"inside": x + PAD, "start": x + width + PAD, "end": x - PAD}[side]
        placed.append(
            Bar(key, x, round(width, 1), row, text, round(text_x, 1),
                "end" if side == "end" else "start", inside)
        )  # fmt: skip
    return placed


def marks(
    scale: Scale, days: Sequence[tuple[int, str, date]], most: int, radius: float = 3.0
) -> list[Mark]:
    """Marks on at most `most` rows; (key, words, day). The words of those without room are
    left out, the marks never are."""
    dots = [scale.middle(day) for _, _, day in days]
    rows: list[list[tuple[float, float]]] = [
        [(x - radius, x + radius) for x in dots] if row == 0 else [] for row in range(most)
    ]
    placed: list[Mark] = []
    for (key, words, _), x in zip(days, dots, strict=True):
        text = shortened(words, LONGEST) if words else ""
        wide = glyphs.width(text)
        spot = _spot(rows, x, wide, radius) if text else None
        if spot is None:
            placed.append(Mark(key, x, 0, ""))
            continue
        row, anchor = spot
        text_x = x + radius + 4 if anchor == "start" else x - radius - 4
        placed.append(Mark(key, x, row, text, round(text_x, 1), anchor))
    return placed


def shortened(words: str, most: float, px: float = 11.0, weight: int = 400) -> str:
    """As much of the words as `most` px hold."""
    if glyphs.width(words, px, weight) <= most:
        return words
    kept = words
    while kept and glyphs.width(f"{kept}\u2026", px, weight) > most:
        kept = kept[:-1].rstrip()
    return f"{kept}\u2026"


def _sides(
    x: float, end: float, wide: float, *, inside: bool
) -> list[tuple[str, tuple[float, float]]]:
    if inside:
        return [("inside", (x, end))]
    right, left = (x, end + PAD + wide + GAP), (x - PAD - wide - GAP, end)
    fits_right, fits_left = right[1] <= WIDTH + GAP, left[0] >= LEFT
    options = [("start", right)] if fits_right or not fits_left else []
    return [*options, *([("end", left)] if fits_left else [])]


def _first_free(
    rows: list[list[tuple[float, float]]], options: Sequence[tuple[str, tuple[float, float]]]
) -> tuple[int, str]:
    for row, taken in enumerate(rows):
        for side, extent in options:
            if _free(taken, extent):
                taken.append(extent)
                return row, side
    side, extent = options[0]
    rows.append([extent])
    return len(rows) - 1, side


def _spot(
    rows: list[list[tuple[float, float]]], x: float, wide: float, radius: float
) -> tuple[int, str] | None:
    for row, taken in enumerate(rows):
        own = radius + 1 if row == 0 else -radius - 1  # the first row knows every mark already
        right = (x + own, x + radius + 4 + wide + GAP / 2)
        left = (x - radius - 4 - wide - GAP / 2, x - own)
        for anchor, extent in (("start", right), ("end", left)):
            if extent[0] >= LEFT - GAP and extent[1] <= WIDTH + GAP / 2 and _free(taken, extent):
                taken.append(extent)
                return row, anchor
    return None


def _free(taken: Iterable[tuple[float, float]], extent: tuple[float, float]) -> bool:
    return all(extent[1] <= start or extent[0] >= end for start, end in taken)
