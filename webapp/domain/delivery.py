"""One recipient's row in a broadcast's ledger: its states, its allowed moves, and the sum."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from webapp.domain import mark
from webapp.domain.mark import Mark


class DeliveryState(IntEnum):
    """Stored as this integer. `UNKNOWN`: we asked, and cannot know whether it was accepted."""

    QUEUED = 0
    CLAIMED = 1
    SENT = 2
    FAILED = 3
    SKIPPED = 4
    CANCELLED = 5
    UNKNOWN = 6


WAITING = frozenset({DeliveryState.QUEUED, DeliveryState.CLAIMED})
FINAL = frozenset(DeliveryState) - WAITING

# From queued: claimed, or settled without asking the platform. From claimed: what the platform
# answered, or back to queued when it said "later" before accepting anything. A claim whose process
# died becomes unknown, never queued. Out of unknown leads only an echo, a receipt or a person.
MOVES: Mapping[DeliveryState, frozenset[DeliveryState]] = {
    DeliveryState.QUEUED: frozenset(
        {DeliveryState.CLAIMED, DeliveryState.SKIPPED, DeliveryState.CANCELLED}
    ),
    DeliveryState.CLAIMED: frozenset(
        {
            DeliveryState.QUEUED,
            DeliveryState.SENT,
            DeliveryState.FAILED,
            DeliveryState.SKIPPED,
            DeliveryState.CANCELLED,
            DeliveryState.UNKNOWN,
        }
    ),
    DeliveryState.SENT: frozenset(),
    DeliveryState.FAILED: frozenset(),
    DeliveryState.SKIPPED: frozenset(),
    DeliveryState.CANCELLED: frozenset(),
    DeliveryState.UNKNOWN: frozenset({DeliveryState.SENT, DeliveryState.FAILED}),
}


def may_move(before: DeliveryState, after: DeliveryState) -> bool:
    return after in MOVES[before]


@dataclass(frozen=True)
class Totals:
    """The ledger of a broadcast in eight numbers; `audience` is the planned size, counted apart."""

    audience: int
    queued: int = 0
    claimed: int = 0
    sent: int = 0
    failed: int = 0
    skipped: int = 0
    cancelled: int = 0
    unknown: int = 0

    @classmethod
    def counted(cls, audience: int, rows: Mapping[int, int]) -> Totals:
        """From `SELECT state, count(*) ... GROUP BY state`; a state this code lacks raises."""
        return cls(audience, **{DeliveryState(s).name.lower(): n for s, n in rows.items()})

    @property
    def waiting(self) -> int:
        return self.queued + self.claimed

    @property
    def settled(self) -> int:
        return self.sent + self.failed + self.skipped + self.cancelled + self.unknown

    @property
    def adds_up(self) -> bool:
        return self.audience == self.settled + self.waiting


KEY_PREFIX = "fl:"


def key_of(delivery_id: int, epoch: int | None) -> str:
    """What travels with the message: see `domain.mark`."""
    return mark.written(KEY_PREFIX, Mark(delivery_id, epoch))


def mark_in(key: str | None) -> Mark | None:
    return mark.read(KEY_PREFIX, key)
