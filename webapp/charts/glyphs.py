"""Letters as shapes: how wide words are, and their outlines for SVG we write ourselves."""

from __future__ import annotations

from functools import lru_cache

from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath

from webapp.charts import canvas

_CODES = {1: "M", 2: "L", 3: "Q", 4: "C", 79: "Z"}
_POINTS = {1: 1, 2: 1, 3: 2, 4: 3, 79: 1}


@lru_cache(maxsize=4096)
def width(text: str, px: float = canvas.LETTERS, weight: int = 400) -> float:
    """In px, to the last letter's edge."""
    return float(_path(text, px, weight).vertices[:, 0].max()) if text.strip() else 0.0


@lru_cache(maxsize=1024)
def outline(text: str, px: float = canvas.LETTERS, weight: int = 400) -> str:
    """The `d` of a path that starts at 0,0 on the baseline; y grows downwards."""
    parts: list[str] = []
    path = _path(text, px, weight)
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


def _written(points: object) -> str:
    return " ".join(f"{x:.1f} {-y:.1f}" for x, y in points)  # type: ignore[attr-defined]


def _path(text: str, px: float, weight: int) -> TextPath:
    font = FontProperties(family=list(canvas.FAMILIES), weight=weight)
    return TextPath((0, 0), text, size=px, prop=font)
