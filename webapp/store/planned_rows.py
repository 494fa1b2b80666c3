"""A run's plan written down: one row for everyone in its audience.

People in one situation have one decision, so all of their rows but the person is the same: the
database is told the people and the rest once, and makes the rows itself. To ask it for each
person's situation a second time while it writes cost more than the rows (`make bench`, planning).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, String, insert, literal, select
from sqlmodel import Session

from webapp.domain.delivery import DeliveryState
from webapp.domain.period import AWAITS
from webapp.domain.policy.verdict import Decision as Decided
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


class _Fate(NamedTuple):
    state: int
    route: str
    reason: str | None
    price_micros: int
    due_at: datetime | None


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
    hoped: Decided | None = None,
) -> None:
    """A row for each of these people, who are all in the situation that was decided. `due_at`: not
    to be claimed before then; `kept_out`: skipped for that, whatever was decided; `hoped`: they
    wait for their window until `due_at`, and go by this if it opens."""
    listed = id_lists.table(session, people.ids)
    fate = _fate(decided, due_at, kept_out, hoped)
    said = _said(run, broadcast, decided, now, fate)
    chosen = select(listed.c.value, *said).select_from(listed)
    statement = insert(Delivery).from_select(PLANNED, chosen).inline()
    # Past the session's own narrowing to a brand, which has nothing to narrow here.
    session.connection().execute(statement)


def _fate(
    decided: Decision, due_at: datetime | None, kept_out: str | None, hoped: Decided | None
) -> _Fate:
    if hoped is not None:
        return _Fate(QUEUED, hoped.route.value, AWAITS, hoped.price_micros, due_at)
    if decided.stance == Stance.ALLOWS.value and kept_out is None:
        return _Fate(QUEUED, decided.route, None, decided.price_micros, due_at)
    return _Fate(SKIPPED, Route.NONE.value, kept_out or decided.reason, 0, None)


def _said(
    run: Occurrence, broadcast: Broadcast, decided: Decision, now: datetime, fate: _Fate
) -> list[Any]:
    """What all of the rows say, in the order of PLANNED."""
    finished = now if fate.state == SKIPPED else None
    return [
        literal(run.brand_id), literal(run.broadcast_id, BigInteger()), literal(run.number),
        literal(0), literal(broadcast.channel_id, BigInteger()), literal(fate.state),
        literal(fate.route), literal(fate.reason, String()),
        literal(decided.id, BigInteger()), literal(decided.reason),
        literal(decided.rulebook_version), literal(now, UtcDateTime()),
        literal(run.message_id, BigInteger()), literal(fate.price_micros, BigInteger()),
        literal(value=False), literal(finished, UtcDateTime()),
        literal(fate.due_at, UtcDateTime()),
    ]  # fmt: skip
