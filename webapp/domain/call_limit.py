"""So many calls in any 24 hours for each person a Page can message: counted by slices of time.

A slice counts as a whole until the last of it is a day old: never fewer than the platform counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

DAY = timedelta(hours=24)
SLICE = timedelta(minutes=10)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LIMIT = "daily_per_engaged"  # its name in the rulebook


@dataclass(frozen=True)
class Calls:
    """Calls of a channel by slice, numbered since 1970."""

    by_slice: Mapping[int, int] = field(default_factory=dict)

    @classmethod
    def parse(cls, kept: Mapping[str, int]) -> Calls:
        return cls({int(number): calls for number, calls in kept.items()})

    def to_json(self) -> dict[str, int]:
        return {str(number): calls for number, calls in self.by_slice.items()}

    def used(self, now: datetime) -> int:
        oldest = _slice(now - DAY)
        return sum(calls for number, calls in self.by_slice.items() if number >= oldest)

    def added(self, calls: int, now: datetime) -> Calls:
        """With so many more, and without those of more than a day ago."""
        number, oldest = _slice(now), _slice(now - DAY)
        kept = {it: n for it, n in self.by_slice.items() if it >= oldest}
        return Calls({**kept, number: kept.get(number, 0) + calls})

    def frees_at(self, limit: int, now: datetime) -> datetime | None:
        """When there will be fewer than the limit; None where there are, or never will be."""
        used, oldest = self.used(now), _slice(now - DAY)
        if used < limit or limit <= 0:
            return None
        for number in sorted(it for it in self.by_slice if it >= oldest):
            used -= self.by_slice[number]
            if used < limit:
                return EPOCH + (number + 1) * SLICE + DAY
        return None


@dataclass(frozen=True)
class Standing:
    """How far a channel's limit is used: `limit` calls for `engaged` people."""

    limit: int
    engaged: int
    used: int
    frees_at: datetime | None

    @property
    def left(self) -> int:
        return max(0, self.limit - self.used)


def people_for(calls: int, each: int) -> int:
    """How many engaged people that many calls need."""
    return -(-calls // each)


def _slice(at: datetime) -> int:
    return (at - EPOCH) // SLICE
