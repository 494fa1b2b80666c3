"""The parts of the year's picture: strips of days with bars, marks and numbers on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from webapp.charts.timeline import Bar, Mark, Scale

HEAD = 26.0  # px for the months' names
BLOCK = 14.0  # px between two strips


@dataclass(frozen=True)
class Strip:
    """One named row of the picture, from `y` downwards."""

    name: str
    note: str
    y: float
    height: float
    bars: Sequence[Bar] = ()
    marks: Sequence[Mark] = ()


@dataclass(frozen=True)
class MonthBar:
    """Actual from the base upwards, its target's tick, its words."""

    x: float
    width: float
    height: float
    words: str
    target_y: float | None
    running: bool


@dataclass(frozen=True)
class Cell:
    """A week's rate: from faint to strong, `over` when past the cap."""

    x: float
    width: float
    strength: float
    over: bool
    words: str


@dataclass
class Picture:
    """Everything drawn, top to bottom."""

    scale: Scale
    columns: list[tuple[float, str]]
    today: float | None
    lanes: list[Strip] = field(default_factory=list)
    sends: Strip | None = None
    moments: Strip | None = None
    reach: tuple[Strip, list[MonthBar]] | None = None
    spend: tuple[Strip, list[MonthBar]] | None = None
    weeks: tuple[Strip, list[Cell]] | None = None
    rules: Strip | None = None
    height: float = HEAD

    def room(self, name: str, height: float, note: str = "") -> Strip:
        """The next strip below what is there."""
        strip = Strip(name, note, self.height + BLOCK / 2, height)
        self.height += height + BLOCK
        return strip
