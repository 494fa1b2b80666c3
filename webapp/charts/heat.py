"""Hours of the week as a map. Its SVG is written by hand: 5 ms where matplotlib takes 90."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from webapp.charts import canvas, glyphs, key
from webapp.charts.canvas import Box
from webapp.charts.style import Style

FEW = 100  # below it the map is grey: an hour with two messages is no habit
STEP = 3  # hours between the labels
BELOW = 20.0  # px for the hours' labels
FAINTEST = 0.06


@dataclass(frozen=True)
class Heat:
    """`cells[weekday][hour]`; `weekdays` and `hours` are their names."""

    cells: tuple[tuple[int, ...], ...]
    weekdays: tuple[str, ...]
    hours: tuple[str, ...]
    words: tuple[str, str]  # fewest, most
    empty: str

    @property
    def total(self) -> int:
        return sum(map(sum, self.cells))

    @property
    def most(self) -> int:
        return max(map(max, self.cells), default=0)


@dataclass(frozen=True)
class Shape:
    """One thing to draw, y from the top: a cell (`text` empty), or words."""

    x: float
    y: float
    fill: str
    width: float = 0
    height: float = 0
    text: str = ""
    strong: bool = False
    ring: bool = False


def svg(data: Heat, style: Style) -> bytes:
    if not data.most:
        return canvas.svg(on_paper(data), style)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{style.width}" height="{style.height}" '
        f'viewBox="0 0 {style.width} {style.height}">'
    )
    return (
        head + "".join(_element(shape, style) for shape in _shapes(data, style)) + "</svg>"
    ).encode()


def png(data: Heat, style: Style) -> bytes:
    return canvas.png(on_paper(data), style)


def draw(figure: Figure, box: Box, data: Heat, style: Style) -> None:
    """The same picture on a page of matplotlib's."""
    if not data.most:
        key.nothing(figure, box, data.empty, style)
        return
    left, bottom, width, height = box
    inside = Style(style.theme, int(width), int(height), style.locale)
    wide, high = figure.get_size_inches() * canvas.DPI
    for shape in _shapes(data, inside):
        x, y = left + shape.x, bottom + height - shape.y
        if shape.text:
            weight = 600 if shape.strong else 400
            canvas.write(figure, x, y, shape.text, shape.fill, fontweight=weight)
            continue
        place = (x / wide, (y - shape.height) / high)
        size = (shape.width / wide, shape.height / high)
        edge = style.colour("ink") if shape.ring else "none"
        figure.add_artist(
            Rectangle(place, *size, transform=figure.transFigure, fc=shape.fill, ec=edge, lw=1.5)
        )


def on_paper(data: Heat) -> canvas.Draw:
    return lambda figure, box, style: draw(figure, box, data, style)


def _shapes(data: Heat, style: Style) -> Iterator[Shape]:
    names = max(glyphs.width(name) for name in data.weekdays) + 10
    across = (style.width - names - 1) / 24
    down = (style.height - key.ROOM - BELOW) / 7
    yield from _scale(data, style)
    for day, row in enumerate(data.cells):
        top = key.ROOM + day * down
        yield Shape(0, top + down / 2 + 4, style.colour("soft"), text=data.weekdays[day])
        for hour, n in enumerate(row):
            yield Shape(
                names + hour * across, top, _fill(n, data, style), across - 1.5, down - 1.5,
                ring=n == data.most and data.total >= FEW,
            )  # fmt: skip
    for hour in range(0, 24, STEP * (2 if style.narrow else 1)):
        x = names + hour * across
        yield Shape(x, style.height - 5, style.colour("soft"), text=data.hours[hour])


def _scale(data: Heat, style: Style) -> Iterator[Shape]:
    """From the fewest to the most, in words and shades."""
    least, most = data.words
    soft, x = style.colour("soft"), 0.0
    yield Shape(x, 12, soft, text=least)
    x += glyphs.width(least) + 8
    for step in range(5):
        yield Shape(x, 3, _shade(step / 4, data, style), 16, 10)
        x += 17
    yield Shape(x + 7, 12, soft, text=f"{most} {style.number(data.most)}")


def _fill(n: int, data: Heat, style: Style) -> str:
    return _shade(n / data.most, data, style)


def _shade(share: float, data: Heat, style: Style) -> str:
    """Between paper and the hue, mixed here so that it is the same on every ground."""
    hue = to_rgb(style.colour("window" if data.total >= FEW else "none"))
    paper = to_rgb(style.colour("paper"))
    strength = FAINTEST + (1 - FAINTEST) * share
    red, green, blue = (p + (h - p) * strength for p, h in zip(paper, hue, strict=True))
    return str(to_hex((red, green, blue)))


def _element(shape: Shape, style: Style) -> str:
    if shape.text:
        weight = 600 if shape.strong else 400
        outline = glyphs.outline(shape.text, weight=weight)
        place = f"translate({shape.x:.1f} {shape.y:.1f})"
        return f'<path transform="{place}" fill="{shape.fill}" d="{outline}"/>'
    ring = f' stroke="{style.colour("ink")}" stroke-width="1.5"' if shape.ring else ""
    return (
        f'<rect x="{shape.x:.1f}" y="{shape.y:.1f}" width="{shape.width:.1f}" '
        f'height="{shape.height:.1f}" fill="{shape.fill}"{ring}/>'
    )
