"""What is going out in the whole installation, whichever brand it belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, case, col, func

from webapp.domain.broadcast import BroadcastState
from webapp.domain.delivery import DeliveryState
from webapp.models.brand import Brand
from webapp.models.broadcast import Broadcast
from webapp.models.delivery import DeliverySum

_STATES = (BroadcastState.PLANNING, BroadcastState.SENDING, BroadcastState.PAUSED)


@dataclass(frozen=True)
class UnderWay:
    """One broadcast: who has got it, and who would still get it, once it is resumed if it is
    paused."""

    brand_id: int
    brand: str
    brand_slug: str
    broadcast_id: int
    name: str
    state: str  # domain.broadcast.BroadcastState
    sent: int
    waiting: int


def under_way(session: Session) -> Sequence[UnderWay]:
    """Needs a session of every brand. Reads the sums of the ledger, not its rows."""
    query = (
        sa.select(
            col(Brand.id), col(Brand.name), col(Brand.slug), col(Broadcast.id),
            col(Broadcast.name), col(Broadcast.state),
            _people(DeliveryState.SENT), _people(DeliveryState.QUEUED),
        )
        .join(Brand, col(Brand.id) == col(Broadcast.brand_id))
        .outerjoin(DeliverySum, col(DeliverySum.broadcast_id) == col(Broadcast.id))
        .where(col(Broadcast.state).in_(_STATES))
        .group_by(col(Brand.id), col(Broadcast.id))
        .order_by(col(Broadcast.id))
    )  # fmt: skip
    return [
        UnderWay(brand_id, brand, slug, key, name, state, int(done), int(left))
        for brand_id, brand, slug, key, name, state, done, left in session.execute(query)
    ]


def _people(state: DeliveryState) -> Any:
    return func.sum(case((col(DeliverySum.state) == state, col(DeliverySum.people)), else_=0))
