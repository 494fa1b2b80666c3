"""A run's plan written down: one row for everyone in its audience.

People in one situation have one decision, so all of their rows but the person is the same: the
database is told the people and the rest once, and makes the rows itself. To ask it for each
person's situation a second time while it writes cost more than the rows (`make bench`, planning).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, String, insert, literal, select
from sqlmodel import Session

from webapp.domain.delivery import DeliveryState
from webapp.domain.policy.verdict import Route, Stance
from webapp.models.base import UtcDateTime
from webapp.models.broadcast import Broadcast, Occurrence
from webapp.models.delivery import Decision, Delivery
from webapp.store import id_lists
from webapp.store.situations import Alike

QUEUED, SKIPPED = int(DeliveryState.QUEUED), int(DeliveryState.SKIPPED)
PLANNED = (
    "subscriber_id", "brand_id", "broadcast_id", "occurrence", "step", "channel_id", "state",
    "route", "reason", "decision_id", "rule_ids", "rulebook_version", "decided_at", "message_id",
    "price_micros", "fallback", "finished_at", "due_at",
)  # fmt: skip


def write(
    session: Session,
    run: Occurrence,
    broadcast: Broadcast,
    decided: Decision,
    people: Alike,
    now: datetime,
    *,
    due_at: datetime | None = None,
    kept_out: str | None = None,
) -> None:
    """A row for each of these people, who are all in the situation that was decided. `due_at`: not
    to be claimed before then; `kept_out`: skipped for that, whatever was decided."""
    listed = id_lists.table(session, people.ids)
    said = _said(run, broadcast, decided, now, due_at, kept_out)
    chosen = select(listed.c.value, *said).select_from(listed)
    statement = insert(Delivery).from_select(PLANNED, chosen).inline()
    # Past the session's own narrowing to a brand, which has nothing to narrow here.
    session.connection().execute(statement)


def _said(
    run: Occurrence,
    broadcast: Broadcast,
    decided: Decision,
    now: datetime,
    due_at: datetime | None,
    kept_out: str | None,
) -> list[Any]:
    """What all of the rows say, in the order of PLANNED."""
    allowed = decided.stance == Stance.ALLOWS.value and kept_out is None
    moment = literal(now, UtcDateTime())
    return [
        literal(run.brand_id), literal(run.broadcast_id, BigInteger()), literal(run.number),
        literal(0), literal(broadcast.channel_id, BigInteger()),
        literal(QUEUED if allowed else SKIPPED),
        literal(decided.route if allowed else Route.NONE.value),
        literal(None if allowed else kept_out or decided.reason, String()),
        literal(decided.id, BigInteger()), literal(decided.reason),
        literal(decided.rulebook_version), moment,
        literal(run.message_id, BigInteger()),
        literal(decided.price_micros if allowed else 0, BigInteger()),
        literal(value=False),
        literal(None if allowed else now, UtcDateTime()),
        literal(due_at if allowed else None, UtcDateTime()),
    ]  # fmt: skip
