"""Charts on paper: A4 pages with a title, a finding, the picture and the table behind it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from webapp.charts import canvas, glyphs
from webapp.charts.canvas import Draw
from webapp.charts.style import Style

WIDTH, HEIGHT = 842.0, 595.0  # A4 landscape, in points
MARGIN = 44.0
PICTURE = 232.0  # height of a chart
NAMES = 190.0  # width of the charts' names on the first page
WHITE = "#ffffff"  # paper is white: printing a ground wastes ink
TITLE, FINDING, CELL = 11.0, 16.0, 9.0  # sizes of letters
LINE, ROW = 22.0, 14.0
Rows = Sequence[Sequence[str]]


@dataclass(frozen=True)
class Page:
    """One chart: `rows` begin with the names of the columns, the first column with the month."""

    title: str
    finding: str
    definition: str
    draw: Draw
    rows: tuple[tuple[str, ...], ...]


def pdf(title: str, about: str, pages: Sequence[Page], style: Style) -> bytes:
    """A first page with every finding, then a page each."""
    sheets = [_first(title, about, pages, style), *(_page(page, title, style) for page in pages)]
    return canvas.pdf(sheets, title)


def wrapped(text: str, width: float, px: float, weight: int = 400) -> Iterator[str]:
    """Lines no wider than `width`; a word longer than a line keeps its line to itself."""
    line, used = "", 0.0
    space = 0.28 * px
    for word in text.split():
        wide = glyphs.width(word, px, weight)
        if line and used + space + wide > width:
            yield line
            line, used = word, wide
        else:
            line, used = f"{line} {word}".strip(), used + space + wide
    if line:
        yield line


def _first(title: str, about: str, pages: Sequence[Page], style: Style) -> Figure:
    sheet = canvas.sheet(WIDTH, HEIGHT, WHITE)
    ink, soft = style.colour("ink"), style.colour("soft")
    canvas.write(sheet, MARGIN, HEIGHT - 74, title, ink, fontsize=26, fontweight=600)
    canvas.write(sheet, MARGIN, HEIGHT - 98, about, soft)
    y = HEIGHT - 148
    for page in pages:
        canvas.write(sheet, MARGIN, y, page.title, soft)
        for line in wrapped(page.finding, WIDTH - 2 * MARGIN - NAMES, 13):
            canvas.write(sheet, MARGIN + NAMES, y, line, ink, fontsize=13)
            y -= 19
        y -= 15
    return sheet


def _page(page: Page, document: str, style: Style) -> Figure:
    sheet = canvas.sheet(WIDTH, HEIGHT, WHITE)
    ink, soft = style.colour("ink"), style.colour("soft")
    canvas.write(sheet, MARGIN, HEIGHT - 46, page.title, soft, fontsize=TITLE)
    canvas.write(sheet, WIDTH - MARGIN, HEIGHT - 46, document, soft, fontsize=CELL, ha="right")
    y = HEIGHT - 70
    for line in wrapped(page.finding, 620, FINDING):
        canvas.write(sheet, MARGIN, y, line, ink, fontsize=FINDING)
        y -= LINE
    y -= PICTURE
    page.draw(sheet, (MARGIN, y, WIDTH - 2 * MARGIN, PICTURE), style)
    y = _table(sheet, page.rows, y - 24, style)
    for line in wrapped(page.definition, WIDTH - 2 * MARGIN, CELL):
        canvas.write(sheet, MARGIN, y - 8, line, soft, fontsize=CELL)
        y -= ROW
    return sheet


def _table(sheet: Figure, rows: Rows, y: float, style: Style) -> float:
    """Draws it from `y` downwards and answers where it ends."""
    if not rows:
        return y
    step = min(130.0, (WIDTH - 2 * MARGIN - 90) / max(1, len(rows[0]) - 1))
    for at, row in enumerate(rows):
        colour = style.colour("soft" if at == 0 else "ink")
        for column, text in enumerate(row):
            right = MARGIN + 90 + step * column
            x, side = (MARGIN, "left") if column == 0 else (right, "right")
            canvas.write(sheet, x, y, text, colour, fontsize=CELL, ha=side)
        _rule(sheet, y - 4, step * (len(row) - 1) + 90, style)
        y -= ROW
    return y


def _rule(sheet: Figure, y: float, width: float, style: Style) -> None:
    sheet.add_artist(
        Rectangle(
            (MARGIN / WIDTH, y / HEIGHT),
            width / WIDTH,
            0.5 / HEIGHT,
            transform=sheet.transFigure,
            color=style.colour("line"),
            lw=0,
        )
    )
