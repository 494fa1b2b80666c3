"""The counts behind the engagement charts: of a day, of an hour, and their sums."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime
from operator import attrgetter
from typing import Protocol

ENOUGH_DELIVERED = 100  # below it a rate says little


class DayRow(Protocol):
    """A day's counts, as `store.rollups.DayCounts` gives them."""

    @property
    def day(self) -> date: ...
    @property
    def sent(self) -> int: ...
    @property
    def delivered(self) -> int: ...
    @property
    def read(self) -> int: ...
    @property
    def clicked(self) -> int: ...
    @property
    def replied(self) -> int: ...
    @property
    def opt_ins(self) -> int: ...
    @property
    def opt_outs(self) -> int: ...
    @property
    def spend_micros(self) -> int: ...


class HourRow(Protocol):
    """An hour's counts (UTC), as `store.rollups.HourCounts` gives them."""

    @property
    def hour(self) -> datetime: ...
    @property
    def inbound(self) -> int: ...


@dataclass(frozen=True)
class Counts:
    sent: int = 0
    delivered: int = 0
    read: int = 0
    clicked: int = 0
    replied: int = 0
    opt_ins: int = 0
    opt_outs: int = 0
    spend_micros: int = 0

    @classmethod
    def total(cls, rows: Iterable[DayRow]) -> Counts:
        each = list(map(_all_counts, rows))
        return cls(*map(sum, zip(*each, strict=True))) if each else cls()

    @property
    def reply_rate(self) -> float | None:
        """Replies per delivered message; None where too few were delivered to say."""
        return self.replied / self.delivered if self.delivered >= ENOUGH_DELIVERED else None


_all_counts = attrgetter(*(field.name for field in fields(Counts)))


@dataclass(frozen=True)
class MonthCounts:
    month: date
    counts: Counts
    last_year: Counts
    target: int | None = None  # of the measure the chart shows
