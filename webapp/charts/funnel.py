"""A broadcast's way from its audience to replies, as bars from zero with their numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from webapp.charts import canvas, glyphs, key
from webapp.charts import style as styles
from webapp.charts.canvas import Box
from webapp.charts.style import Style
from webapp.charts.tokens import Theme
from webapp.domain.delivery import Totals

HUES = {
    "audience": "waiting",
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "clicked": "clicked",
    "replied": "replied",
}
WORDS = {name: name for name in HUES} | {"empty": "Nobody was in the audience."}
FACTS = ("delivered", "read", "clicked", "replied")
ROW, BAR = 34.0, 16.0  # px
SMALL = 100  # below this many a share says little and is muted


@dataclass(frozen=True)
class Funnel:
    """Steps as (name, words, people); each share is of the step `sent`, that one of the first."""

    steps: tuple[tuple[str, str, int], ...]
    empty: str


def of(totals: Totals, facts: Mapping[str, int], words: Mapping[str, str] | None = None) -> Funnel:
    """From a broadcast's ledger; `words` are the steps' names in the reader's language."""
    said = {**WORDS, **(words or {})}
    counts = {"audience": totals.audience, "sent": totals.sent}
    counts |= {name: facts.get(name, 0) for name in FACTS}
    return Funnel(tuple((name, said[name], n) for name, n in counts.items()), said["empty"])


def height(steps: int = len(HUES)) -> int:
    """px that so many steps need."""
    return int(steps * ROW) + 4


def svg(
    totals: Totals,
    facts: Mapping[str, int],
    theme: Theme = "light",
    width: int = styles.WIDTHS["wide"],
    words: Mapping[str, str] | None = None,
    locale: str = "en_GB",
) -> bytes:
    """The picture of a broadcast's report: audience, sent, and the facts of those sent."""
    return picture(of(totals, facts, words), Style(theme, width, height(), locale))


def picture(data: Funnel, style: Style) -> bytes:
    return canvas.svg(on_paper(data), style)


def png(data: Funnel, style: Style) -> bytes:
    return canvas.png(on_paper(data), style)


def draw(figure: Figure, box: Box, data: Funnel, style: Style) -> None:
    first = max((n for _, _, n in data.steps), default=0)
    if not first:
        key.nothing(figure, box, data.empty, style)
        return
    left, bottom, width, height = box
    names = max(glyphs.width(words) for _, words, _ in data.steps) + 12
    ends = max(glyphs.width(_number(n, style), weight=600) for _, _, n in data.steps) + 46
    room = width - names - ends
    for at, (name, words, n) in enumerate(data.steps):
        y = bottom + height - (at + 1) * ROW + (ROW - BAR) / 2
        canvas.write(figure, left, y + 4, words, style.colour("soft"))
        _bar(figure, (left + names, y, room, BAR), n / first, style.colour(HUES[name]), style)
        x = left + names + max(1.0, room * n / first) + 8
        _figures(figure, x, y + 4, (n, _base(data, name)), style)


def on_paper(data: Funnel) -> canvas.Draw:
    return lambda figure, box, style: draw(figure, box, data, style)


def _base(data: Funnel, name: str) -> int | None:
    """What a step's share is of; None for the first one."""
    counts = {step: n for step, _, n in data.steps}
    if name == data.steps[0][0]:
        return None
    return counts.get("audience") if name == "sent" else counts.get("sent")


def _number(n: int, style: Style) -> str:
    return style.compact(n) if style.narrow else style.number(n)


def _bar(figure: Figure, box: Box, share: float, colour: str, style: Style) -> None:
    wide, high = figure.get_size_inches() * canvas.DPI
    left, bottom, width, height = box
    for span, fill in ((width, style.colour("sunk")), (width * share, colour)):
        figure.add_artist(
            Rectangle(
                (left / wide, bottom / high),
                span / wide,
                height / high,
                transform=figure.transFigure,
                color=fill,
                lw=0,
            )
        )


def _figures(
    figure: Figure, x: float, y: float, counts: tuple[int, int | None], style: Style
) -> None:
    n, base = counts
    text = _number(n, style)
    canvas.write(figure, x, y, text, style.colour("ink"), fontweight=600)
    if base:
        muted = "faint" if base < SMALL else "soft"
        after = x + glyphs.width(text, weight=600) + 6
        canvas.write(figure, after, y, style.percent(n / base), style.colour(muted))
