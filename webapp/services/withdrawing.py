"""What comes back of a run that was cancelled meanwhile is cancelled with it.

Cancelling takes what is queued at that moment; what was claimed then keeps its course, and where
that leads back to the queue nobody would look at it again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlmodel import Session

from webapp.domain.delivery import DeliveryState
from webapp.services.claims import Claim
from webapp.store import broadcasts, occurrences
from webapp.store.claims import Settlement


def settled(
    session: Session, claims: Sequence[Claim], found: Sequence[Settlement]
) -> list[Settlement]:
    """In the same order. The broadcasts are locked: whoever cancels comes before, or after."""
    pairs = list(zip(claims, found, strict=True))
    gone = _cancelled(session, [it for it, ended in pairs if _is_back(ended)])
    return [
        _cancelling(ended) if _is_back(ended) and claim.occurrence_id in gone else ended
        for claim, ended in pairs
    ]


def _is_back(ended: Settlement) -> bool:
    return ended.state is DeliveryState.QUEUED


def _cancelling(ended: Settlement) -> Settlement:
    return Settlement(ended.delivery_id, DeliveryState.CANCELLED, "broadcast.cancelled")


def _cancelled(session: Session, back: Iterable[Claim]) -> set[int]:
    """Runs of these that were cancelled."""
    runs = {it.occurrence_id: it.broadcast_id for it in back}
    for broadcast_id in sorted(set(runs.values())):
        broadcasts.lock(session, broadcast_id)
    return occurrences.cancelled(session, runs) if runs else set()
