"""A person says what became of an unknown, having looked; the log keeps who said so."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sqlmodel import Session

from webapp.domain import delivery as ledger
from webapp.domain.delivery import DeliveryState
from webapp.domain.errors import NotFound, Refused
from webapp.domain.permission import Actor
from webapp.domain.wording import say
from webapp.models.delivery import Delivery
from webapp.store import audits, broadcasts, rollups

Outcome = Literal["sent", "failed"]
STATES = {"sent": DeliveryState.SENT, "failed": DeliveryState.FAILED}


def settle(
    session: Session,
    actor: Actor,
    broadcast_id: int,
    delivery_id: int,
    outcome: Outcome,
    now: datetime,
) -> Delivery:
    """From unknown to sent or failed; Refused when it is not unknown (any more)."""
    actor.require("delivery.settle")
    broadcast = broadcasts.get(session, broadcast_id)
    row = session.get(Delivery, delivery_id, with_for_update=True, populate_existing=True)
    if row is None or row.broadcast_id != broadcast_id:
        raise NotFound("delivery", delivery_id)
    after = STATES[outcome]
    if not ledger.may_move(DeliveryState(row.state), after):
        raise Refused(say("This outcome is known by now; only an unknown one can be settled."))
    _count(session, row, broadcast.kind, outcome)
    row.state, row.settled_by = int(after), actor.user_id
    if after is DeliveryState.SENT:
        row.sent_at = row.finished_at or now
    session.add(row)
    audits.add(
        session, actor, row.brand_id, "delivery.settle", delivery_id, now,
        outcome=outcome, broadcast=broadcast_id,
    )  # fmt: skip
    session.commit()
    return row


def _count(session: Session, row: Delivery, kind: str, outcome: Outcome) -> None:
    """On the day the unknown was counted; a failed one has cost nothing."""
    counts = {"unknown": -1, outcome: 1}
    if outcome == "failed" and row.price_micros:
        counts["spend_micros"] = -row.price_micros
    at = row.finished_at
    if at is not None:
        rollups.add(session, row.brand_id, row.channel_id, at, kind, **counts)
