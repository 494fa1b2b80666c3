"""Paper and ink: figures with our fonts, and their bytes as SVG, PNG or PDF pages.

Bytes are the same for the same numbers: no date, a fixed salt for ids, letters as paths. One lock
for all renders, since matplotlib's fonts and settings belong to the process.
"""

from __future__ import annotations

import io
import logging
import threading
from collections.abc import Callable, Iterable
from importlib import resources
from typing import Any

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure

from webapp.charts.style import Style

DPI = 72  # so that a point is a px
SHARP = 2  # px of a PNG for each px of the page
LETTERS = 11.0  # px
FAMILIES = ("Fanlight Inter", "Fanlight Thai", "DejaVu Sans")
Box = tuple[float, float, float, float]  # left, bottom, width, height in px from the lower left
Draw = Callable[[Figure, Box, Style], None]

_LOCK = threading.Lock()
logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)  # DejaVu has no weight 600
mpl.rcParams.update(
    {
        "font.family": list(FAMILIES),
        "font.size": LETTERS,
        "svg.fonttype": "path",
        "svg.hashsalt": "fanlight",
        "pdf.fonttype": 42,
        "text.parse_math": False,
        "axes.unicode_minus": True,
        "path.simplify": False,
    }
)
for _file in sorted((resources.files("webapp.charts") / "fonts").iterdir(), key=str):
    if _file.name.endswith(".ttf"):
        with resources.as_file(_file) as _path:
            font_manager.fontManager.addfont(str(_path))


def svg(draw: Draw, style: Style) -> bytes:
    made = _bytes(draw, style, "svg", DPI, {"Date": None, "Creator": None})
    in_points = f'width="{style.width}pt" height="{style.height}pt"'.encode()
    return made.replace(in_points, in_points.replace(b"pt", b""), 1)  # px for browsers


def png(draw: Draw, style: Style) -> bytes:
    return _bytes(draw, style, "png", DPI * SHARP, {"Software": None})


def pdf(pages: Iterable[Figure], title: str) -> bytes:
    """The pages as one document, without a date in it."""
    out = io.BytesIO()
    about = {"Title": title, "Creator": "Fanlight", "Producer": None, "CreationDate": None}
    with _LOCK, PdfPages(out, metadata=about) as document:
        for page in pages:
            document.savefig(page)
    return out.getvalue()


def sheet(width: float, height: float, ground: str) -> Figure:
    """An empty figure of this many px."""
    return Figure(figsize=(width / DPI, height / DPI), dpi=DPI, facecolor=ground)


def axes(figure: Figure, box: Box, style: Style) -> Axes:
    """Axes without a frame, ticks without marks, letters in the soft colour."""
    wide, high = figure.get_size_inches() * DPI
    left, bottom, width, height = box
    made = figure.add_axes(
        (left / wide, bottom / high, width / wide, height / high), facecolor="none"
    )
    for side in made.spines.values():
        side.set_visible(False)
    made.tick_params(length=0, labelsize=LETTERS, labelcolor=style.colour("soft"), pad=5)
    made.set_axisbelow(True)
    return made


def write(figure: Figure, x: float, y: float, text: str, colour: str, **more: Any) -> None:
    """Words at a place in px from the lower left of the figure."""
    wide, high = figure.get_size_inches() * DPI
    figure.text(x / wide, y / high, text, color=colour, **{"fontsize": LETTERS, **more})


def _bytes(draw: Draw, style: Style, form: str, dpi: int, about: dict[str, None]) -> bytes:
    out = io.BytesIO()
    with _LOCK:
        figure = sheet(style.width, style.height, style.colour("paper"))
        draw(figure, (0, 0, style.width, style.height), style)
        figure.savefig(out, format=form, dpi=dpi, metadata=about, transparent=form == "svg")
    return out.getvalue()
