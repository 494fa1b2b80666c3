"""A broadcast while it goes out: messages sent in each step of time, filled from zero."""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.figure import Figure

from webapp.charts import bars, canvas, glyphs, key
from webapp.charts.canvas import Box
from webapp.charts.style import Style


@dataclass(frozen=True)
class Progress:
    """`counts[i]` were sent in step i from the start; `labels` are (step, its clock)."""

    counts: tuple[int, ...]
    labels: tuple[tuple[int, str], ...]
    words: str  # what is counted: "sent in each 5 seconds"
    empty: str


def svg(data: Progress, style: Style) -> bytes:
    return canvas.svg(on_paper(data), style)


def on_paper(data: Progress) -> canvas.Draw:
    return lambda figure, box, style: draw(figure, box, data, style)


def draw(figure: Figure, box: Box, data: Progress, style: Style) -> None:
    top = max(data.counts, default=0)
    if not top:
        key.nothing(figure, box, data.empty, style)
        return
    left, bottom, width, height = box
    key.draw(figure, box, [("bar", "sent", data.words)], style)
    margin = max(glyphs.width(style.compact(tick)) for tick in bars.ticks(top)) + 10
    beside = glyphs.width(style.compact(data.counts[-1]), weight=600) + 14
    axes = canvas.axes(
        figure, (left + margin, bottom + 22, width - margin - beside, height - 22 - key.ROOM), style
    )
    bars.scale(axes, top, style.compact, style)
    edges = [at + side for at in range(len(data.counts)) for side in (0, 1)]
    axes.fill_between(
        edges, [n for n in data.counts for _ in (0, 1)], color=style.colour("sent"), lw=0
    )
    axes.set_xlim(0, len(data.counts))
    axes.set_xticks([at for at, _ in data.labels], [words for _, words in data.labels])
    axes.annotate(
        style.compact(data.counts[-1]), (1, data.counts[-1]), xycoords=("axes fraction", "data"),
        xytext=(8, 0), textcoords="offset points", va="center_baseline", fontweight=600,
        color=style.colour("ink"),
    )  # fmt: skip
