"""A receipt on paper: A4 upright, an act after the other, nothing cut off.

Our fonts hold Latin, Vietnamese, Greek, Cyrillic and Thai letters; one they lack is drawn as an
empty box. The page and the JSON have every letter.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from matplotlib.figure import Figure

from webapp.charts import canvas, document, glyphs
from webapp.charts.style import Style

WIDTH, HEIGHT = 595.0, 842.0  # A4 upright, in points
MARGIN, FOOT = 56.0, 64.0
NAMES = 110.0  # width of the column of names
TITLE, SENTENCE, CELL, SEAL = 20.0, 11.5, 9.0, 7.5
STEP = 13.0


@dataclass(frozen=True)
class Entry:
    """One act: when, what, and its facts as (name, value)."""

    when: str
    sentence: str
    facts: Sequence[tuple[str, str]] = ()


@dataclass
class _Paper:
    """Sheets being filled from the top; a new one where an act would not fit."""

    foot: str
    style: Style
    sheets: list[Figure] = field(default_factory=list)
    y: float = 0.0

    def room(self, height: float) -> None:
        if self.sheets and self.y - height > FOOT:
            return
        self.sheets.append(canvas.sheet(WIDTH, HEIGHT, document.WHITE))
        self.y = HEIGHT - MARGIN
        self.write(MARGIN, self.foot, "soft", SEAL, at=36)
        self.write(WIDTH - MARGIN, str(len(self.sheets)), "soft", SEAL, at=36, ha="right")

    def write(
        self,
        x: float,
        text: str,
        colour: str,
        size: float,
        at: float | None = None,
        weight: int = 400,
        ha: str = "left",
    ) -> None:
        y = self.y if at is None else at
        ink = self.style.colour(colour)
        canvas.write(self.sheets[-1], x, y, text, ink, fontsize=size, fontweight=weight, ha=ha)


def pdf(title: str, about: Sequence[str], entries: Sequence[Entry], foot: str) -> bytes:
    """`about` are the lines under the title, `foot` stands under every page."""
    paper = _Paper(glyphs.drawable(foot), Style())
    paper.room(0)
    _head(paper, glyphs.drawable(title), [glyphs.drawable(text) for text in about])
    for entry in entries:
        _entry(paper, _drawable(entry))
    return canvas.pdf(paper.sheets, title)


def _drawable(entry: Entry) -> Entry:
    facts = [(glyphs.drawable(name), glyphs.drawable(value)) for name, value in entry.facts]
    return Entry(glyphs.drawable(entry.when), glyphs.drawable(entry.sentence), facts)


def _head(paper: _Paper, title: str, about: Sequence[str]) -> None:
    paper.y -= TITLE
    for line in document.wrapped(title, WIDTH - 2 * MARGIN, TITLE, 600):
        paper.write(MARGIN, line, "ink", TITLE, weight=600)
        paper.y -= TITLE * 1.3
    for text in about:
        for line in document.wrapped(text, WIDTH - 2 * MARGIN, CELL + 1):
            paper.write(MARGIN, line, "soft", CELL + 1)
            paper.y -= STEP + 1
    paper.y -= STEP


def _entry(paper: _Paper, entry: Entry) -> None:
    wide = WIDTH - 2 * MARGIN
    said = [*document.wrapped(entry.sentence, wide, SENTENCE)]
    facts = [row for name, value in entry.facts for row in _fact(name, value, wide - NAMES)]
    paper.room((len(said) + 1) * 16 + len(facts) * STEP + 18)
    paper.write(MARGIN, entry.when, "soft", CELL)
    paper.y -= 16
    for line in said:
        paper.write(MARGIN, line, "ink", SENTENCE)
        paper.y -= 16
    for name, value in facts:
        paper.room(STEP)
        paper.write(MARGIN, name, "soft", CELL)
        paper.write(MARGIN + NAMES, value, "ink", CELL)
        paper.y -= STEP
    paper.y -= 18


def _fact(name: str, value: str, width: float) -> Iterator[tuple[str, str]]:
    parts = " ".join(part for word in value.split() for part in _cut(word, width))
    for n, line in enumerate(document.wrapped(parts, width, CELL)):
        yield (name if n == 0 else ""), line


def _cut(word: str, width: float) -> Iterator[str]:
    """A word longer than a line in pieces: a key, a hash, a sentence written without spaces."""
    piece, used = "", 0.0
    for letter in word:
        wide = glyphs.width(letter, CELL)
        if piece and used + wide > width:
            yield piece
            piece, used = "", 0.0
        piece, used = piece + letter, used + wide
    yield piece
