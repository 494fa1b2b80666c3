"""A run's plan written down: one row for everyone in its audience, in one INSERT ... SELECT."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, insert, literal
from sqlmodel import Session, col, select

from webapp.domain.delivery import DeliveryState
from webapp.domain.policy.verdict import Stance
from webapp.models.base import UtcDateTime
from webapp.models.broadcast import Broadcast, Occurrence
from webapp.models.delivery import Decision, Delivery
from webapp.models.subscriber import Subscriber
from webapp.store import situations

QUEUED, SKIPPED = int(DeliveryState.QUEUED), int(DeliveryState.SKIPPED)


def write_chunk(
    session: Session,
    run: Occurrence,
    broadcast: Broadcast,
    view: situations.View,
    clause: ColumnElement[bool],
    upper: int,
    now: datetime,
) -> int:
    """Everyone of the segment with ids in (cursor, upper] gets their row; returns how many.

    The decisions of all situations in the chunk must be there: a person without one has no row.
    """
    consent = situations.consent_of(view)
    chosen = situations.narrowed(
        select(*_planned_columns(run, broadcast, now)).select_from(Subscriber),
        view, consent, clause, broadcast.channel_id,
    ).join(Decision, _decided(run, situations.code(view, consent)))  # fmt: skip
    chosen = chosen.where(
        col(Subscriber.brand_id) == run.brand_id,
        col(Subscriber.id) > run.plan_cursor,
        col(Subscriber.id) <= upper,
    ).order_by(col(Subscriber.id))
    statement = insert(Delivery).from_select(PLANNED, chosen).inline()
    statement = statement.execution_options(preserve_rowcount=True)
    # Past the session's own narrowing, which SQLAlchemy 2.1 cannot compile into an INSERT ...
    # SELECT a second time (AnnotatedBindParameter compared as a truth value): the brand is above.
    return int(session.connection().execute(statement).rowcount)


PLANNED = (
    "brand_id", "broadcast_id", "occurrence", "step", "subscriber_id", "channel_id", "state",
    "route", "reason", "decision_id", "rule_ids", "rulebook_version", "decided_at", "message_id",
    "price_micros", "fallback", "finished_at",
)  # fmt: skip


def _planned_columns(run: Occurrence, broadcast: Broadcast, now: datetime) -> list[Any]:
    allowed = col(Decision.stance) == Stance.ALLOWS.value
    moment = literal(now, UtcDateTime())
    return [
        literal(run.brand_id), literal(run.broadcast_id), literal(run.number), literal(0),
        col(Subscriber.id), literal(broadcast.channel_id),
        case((allowed, QUEUED), else_=SKIPPED),
        col(Decision.route),
        case((allowed, None), else_=col(Decision.reason)),
        col(Decision.id), col(Decision.reason), col(Decision.rulebook_version), moment,
        literal(run.message_id), col(Decision.price_micros), literal(value=False),
        case((allowed, None), else_=moment),
    ]  # fmt: skip


def _decided(run: Occurrence, code: ColumnElement[int]) -> ColumnElement[bool]:
    return and_(
        col(Decision.broadcast_id) == run.broadcast_id,
        col(Decision.occurrence) == run.number,
        col(Decision.situation) == code,
    )
