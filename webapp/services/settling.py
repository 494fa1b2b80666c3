"""A person says what became of an unknown, or of many, having looked; the log keeps who did."""

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
from webapp.store import audits, broadcasts, deliveries, rollups

AT_ONCE = 500  # rows of one transaction
Outcome = Literal["sent", "failed"]
MISSED = "person.settled"  # `Delivery.reason` of one that somebody called failed
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
    _say(session, actor, row, broadcast.kind, outcome, now)
    audits.add(
        session, actor, row.brand_id, "delivery.settle", delivery_id, now,
        outcome=outcome, broadcast=broadcast_id,
    )  # fmt: skip
    session.commit()
    return row


def settle_all(
    session: Session,
    actor: Actor,
    broadcast_id: int,
    outcome: Outcome,
    now: datetime,
    *,
    seen_at: datetime,
    reason: str | None = None,
) -> int:
    """Every unknown of a broadcast that there was at `seen_at`, or those for one reason; how many.

    What became unknown since, nobody has looked at. Each transaction has its line in the log.
    """
    actor.require("delivery.settle")
    broadcast = broadcasts.get(session, broadcast_id)
    settled = 0
    while rows := deliveries.unknown(session, broadcast_id, seen_at, reason, AT_ONCE):
        for row in rows:
            _say(session, actor, row, broadcast.kind, outcome, now)
        audits.add(
            session, actor, broadcast.brand_id, "delivery.settle_all", broadcast_id, now,
            outcome=outcome, people=len(rows), reason=reason,
        )  # fmt: skip
        session.commit()
        settled += len(rows)
    return settled


def _say(
    session: Session, actor: Actor, row: Delivery, kind: str, outcome: Outcome, now: datetime
) -> None:
    _count(session, row, kind, outcome)
    row.state, row.settled_by = int(STATES[outcome]), actor.user_id
    row.reason = MISSED if outcome == "failed" else None  # what it was while nobody knew
    if outcome == "sent":
        row.sent_at, row.detail = row.finished_at or now, None
    session.add(row)


def _count(session: Session, row: Delivery, kind: str, outcome: Outcome) -> None:
    """On the day the unknown was counted; a failed one has cost nothing."""
    counts = {"unknown": -1, outcome: 1}
    if outcome == "failed" and row.price_micros:
        counts["spend_micros"] = -row.price_micros
    at = row.finished_at
    if at is not None:
        rollups.add(session, row.brand_id, row.channel_id, at, kind, **counts)
