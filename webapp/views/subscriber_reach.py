"""A person's next two weeks as a page shows them: a strip of stretches, and her own clock.

The strip repeats what the list below it says in words. Its pieces differ in height as well as in
hue: legal ones are full, waiting ones half, the others a line.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from webapp.domain import zone as zones
from webapp.domain.errors import Invalid
from webapp.domain.policy.timeline import SPAN, Stretch
from webapp.services.explaining import Explanation
from webapp.views import formats, language

WIDTH, HEIGHT = 1000.0, 16.0  # of the strip's own units
HALF, LINE = 8.0, 3.0
NARROWEST = 5.0  # an hour stays to be seen
_A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Piece:
    """One stretch on the strip, standing on its lower edge."""

    x: float
    width: float
    height: float
    hue: str

    @property
    def y(self) -> float:
        return HEIGHT - self.height


@dataclass(frozen=True)
class Strip:
    pieces: tuple[Piece, ...]
    midnights: tuple[float, ...]  # of the viewer's days
    ends_at: datetime


@dataclass(frozen=True)
class Clock:
    """The person's own time beside the viewer's; says nothing where the two are the same."""

    zone: ZoneInfo | None

    def __call__(self, at: datetime) -> str | None:
        here = language.zone()
        if self.zone is None:
            return None
        theirs, ours = at.astimezone(self.zone), at.astimezone(here)
        if theirs.utcoffset() == ours.utcoffset():
            return None
        locale = language.locale()
        form = formats.clock if theirs.date() == ours.date() else formats.when
        return form(at, locale, self.zone)


def clock_of(timezone: str | None) -> Clock:
    """Of a person whose zone may be unknown, or no zone at all."""
    try:
        return Clock(zones.zone_named(timezone) if timezone else None)
    except Invalid:
        return Clock(None)


def strip(found: Explanation) -> Strip:
    ends_at = found.at + SPAN
    pieces = [_piece(stretch, found.at, ends_at) for stretch in found.timeline]
    # Short legal ones are widened to be seen, so they lie on top of what they overlap.
    pieces.sort(key=lambda piece: piece.height)
    return Strip(tuple(pieces), tuple(_midnights(found.at, ends_at)), ends_at)


def _piece(stretch: Stretch, first: datetime, last: datetime) -> Piece:
    x = _x(stretch.starts_at, first)
    width = _x(stretch.ends_at or last, first) - x
    decision = stretch.decision
    if decision.allowed or decision.held:
        width = max(width, NARROWEST)
    x = min(x, WIDTH - width)
    if decision.held:
        return Piece(x, width, HALF, decision.later.value)
    return Piece(x, width, HEIGHT if decision.allowed else LINE, decision.route.value)


def _midnights(first: datetime, last: datetime) -> list[float]:
    """Where the viewer's days begin, whatever their clocks do on the way."""
    here = language.zone()
    day = first.astimezone(here).date() + _A_DAY
    found: list[float] = []
    while (at := datetime.combine(day, time(), here).astimezone(UTC)) < last:
        found.append(_x(at, first))
        day += _A_DAY
    return found


def _x(at: datetime, first: datetime) -> float:
    return round(WIDTH * ((at - first) / SPAN), 1)
