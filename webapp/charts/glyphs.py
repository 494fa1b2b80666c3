"""Letters as shapes: how wide words are, and their outlines for SVG we write ourselves."""

from __future__ import annotations

import unicodedata
from functools import cache, lru_cache

from matplotlib import font_manager
from matplotlib.font_manager import FontProperties
from matplotlib.ft2font import FT2Font, LoadFlags
from matplotlib.textpath import TextPath

from webapp.charts import canvas

UNIT = 1000  # px at which letters are measured
BOX = "\u25a1"
SQUARE = 1.35  # em of the widest emoji
JOINED = frozenset({"Mn", "Me", "Cf"})  # categories of what is drawn on or between letters
FIXED = 65_536  # FreeType's advances are in 1/65536 px

_CODES = {1: "M", 2: "L", 3: "Q", 4: "C", 79: "Z"}
_POINTS = {1: 1, 2: 1, 3: 2, 4: 3, 79: 1}


def width(text: str, px: float = canvas.LETTERS, weight: int = 400) -> float:
    """In px; letters stand beside one another without kerning, so it is never too little."""
    return sum(_advance(letter, weight) for letter in text) * px / UNIT


@lru_cache(maxsize=1024)
def outline(text: str, px: float = canvas.LETTERS, weight: int = 400) -> str:
    """The `d` of a path that starts at 0,0 on the baseline; y grows downwards."""
    parts: list[str] = []
    font = FontProperties(family=list(canvas.FAMILIES), weight=weight)
    path = TextPath((0, 0), text, size=px, prop=font)
    skip = 0
    for at, code in enumerate(path.codes if path.codes is not None else ()):
        if skip:
            skip -= 1
            continue
        taken = _POINTS[int(code)]
        skip = taken - 1
        points = path.vertices[at : at + taken]
        parts.append(_CODES[int(code)] + ("" if code == 79 else _written(points)))  # noqa: PLR2004
    return "".join(parts)


def drawable(text: str) -> str:
    """The text with an empty box for each letter that none of our fonts has."""
    return "".join(c if c == " " or _has(c) else BOX for c in text)


@lru_cache(maxsize=8192)
def _has(letter: str) -> bool:
    return any(font.get_char_index(ord(letter)) for font in _fonts(400))


def _written(points: object) -> str:
    return " ".join(f"{x:.1f} {-y:.1f}" for x, y in points)  # type: ignore[attr-defined]


@lru_cache(maxsize=8192)
def _advance(letter: str, weight: int) -> float:
    """Of the first of our fonts that has the letter; of what another may draw it with otherwise."""
    font = next((f for f in _fonts(weight) if f.get_char_index(ord(letter))), None)
    if font is None:
        return _foreign(letter)
    glyph = font.load_char(ord(letter), flags=LoadFlags.NO_HINTING)
    return float(glyph.linearHoriAdvance / FIXED)


def _foreign(letter: str) -> float:
    """Chinese, Korean, an emoji: the browser finds a font of its own, whose widths we do not know.
    FreeType refuses to load what a font has not."""
    if unicodedata.category(letter) in JOINED:
        return 0.0
    return UNIT * (SQUARE if unicodedata.east_asian_width(letter) in "WF" else 1.0)


@cache
def _fonts(weight: int) -> tuple[FT2Font, ...]:
    found = []
    for family in canvas.FAMILIES:
        path = font_manager.findfont(FontProperties(family=family, weight=weight))
        font = FT2Font(path)
        font.set_size(UNIT, canvas.DPI)
        found.append(font)
    return tuple(found)
