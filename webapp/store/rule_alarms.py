"""What broadcasts were approved under, and what their owners are to be told of the rules."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from webapp.domain import ruling
from webapp.domain.broadcast import OVER, RUNNING, BroadcastState
from webapp.domain.errors import NotFound
from webapp.domain.ruling import Ruling
from webapp.models.broadcast import Broadcast
from webapp.models.rule_alarm import RuleAlarm, RuleWatch

PLANNED = (
    BroadcastState.DRAFT,
    BroadcastState.IN_REVIEW,
    BroadcastState.APPROVED,
    BroadcastState.SCHEDULED,
)
# What an alarm says; the rest is what it is about. Nobody has seen what is told anew.
TOLD_ANEW = (
    "day", "rule_ids", "rule", "send_at", "refused", "voids", "people", "reached_before",
    "reached_after", "cost_before", "cost_after", "at", "seen_by", "seen_at", "ended_at",
)  # fmt: skip


def remember(session: Session, broadcast: Broadcast, decided: Ruling, now: datetime) -> None:
    """The ruling an approval is given under; it is to be looked at anew."""
    row = _watch(session, broadcast, now)
    row.ruling, row.seen = decided.to_json(), ""
    session.add(row)


def remembered(session: Session, broadcast_id: int) -> Ruling | None:
    query = select(RuleWatch.ruling).where(RuleWatch.broadcast_id == broadcast_id)
    return ruling.from_json(session.exec(query).first())


def note_look(session: Session, broadcast: Broadcast, seen: str, now: datetime) -> RuleWatch:
    """What was looked at, so that the next look waits until something differs."""
    row = _watch(session, broadcast, now)
    row.seen, row.looked_at = seen, now
    session.add(row)
    session.flush()
    return row


def watched(session: Session) -> Sequence[tuple[Broadcast, str | None]]:
    """Everything that is planned or under way, with what was looked at last."""
    states = [state.value for state in (*PLANNED, *RUNNING)]
    query = (
        select(Broadcast, RuleWatch.seen)
        .outerjoin(RuleWatch, col(RuleWatch.broadcast_id) == col(Broadcast.id))
        .where(col(Broadcast.state).in_(states))
        .order_by(col(Broadcast.id))
    )
    return session.exec(query).all()


def tell(session: Session, alarms: Iterable[RuleAlarm]) -> int:
    """Write down the news that is new for its broadcast as it is, and what came to nothing once
    and is so again; returns how many."""
    told = [row for row in alarms if _is_new(session, row)]
    session.flush()
    return len(told)


def _is_new(session: Session, row: RuleAlarm) -> bool:
    known = _known(session, row)
    if known is None:
        session.add(row)
        return True
    if known.ended_at is None:
        return False
    for name in TOLD_ANEW:
        setattr(known, name, getattr(row, name))
    session.add(known)
    return True


def end(
    session: Session, broadcast_id: int, version: int, causes: Collection[str], now: datetime
) -> None:
    """Whatever is told of this broadcast and not for one of these causes has come to nothing."""
    others = (col(RuleAlarm.broadcast_version) != version) | col(RuleAlarm.cause).not_in(causes)
    query = (
        update(RuleAlarm)
        .where(
            col(RuleAlarm.broadcast_id) == broadcast_id, col(RuleAlarm.ended_at).is_(None), others
        )
        .values(ended_at=now)
        .execution_options(synchronize_session="fetch")
    )
    session.exec(query)


def standing(session: Session) -> Sequence[tuple[RuleAlarm, Broadcast]]:
    """What nobody has seen yet, of broadcasts that are still what it is about, soonest first."""
    query = (
        select(RuleAlarm, Broadcast)
        .join(Broadcast, col(Broadcast.id) == col(RuleAlarm.broadcast_id))
        .where(
            col(RuleAlarm.seen_at).is_(None),
            col(RuleAlarm.ended_at).is_(None),
            col(RuleAlarm.broadcast_version) == col(Broadcast.version),
            col(Broadcast.state).not_in([state.value for state in OVER]),
        )
        .order_by(col(RuleAlarm.send_at), col(RuleAlarm.id))
    )
    return session.exec(query).all()


def get(session: Session, broadcast_id: int, alarm_id: int) -> RuleAlarm:
    """Raises NotFound, also for another broadcast's."""
    row = session.get(RuleAlarm, alarm_id)
    if row is None or row.broadcast_id != broadcast_id:
        raise NotFound("notice", alarm_id)
    return row


def forget(session: Session, broadcast_id: int) -> None:
    """With a draft that is deleted."""
    for table in (RuleAlarm, RuleWatch):
        session.exec(delete(table).where(col(table.broadcast_id) == broadcast_id))


def _watch(session: Session, broadcast: Broadcast, now: datetime) -> RuleWatch:
    found = session.exec(select(RuleWatch).where(RuleWatch.broadcast_id == broadcast.id)).first()
    return found or RuleWatch(
        brand_id=broadcast.brand_id, broadcast_id=broadcast.id or 0, looked_at=now
    )


def _known(session: Session, row: RuleAlarm) -> RuleAlarm | None:
    query = select(RuleAlarm).where(
        RuleAlarm.broadcast_id == row.broadcast_id,
        RuleAlarm.broadcast_version == row.broadcast_version,
        RuleAlarm.cause == row.cause,
    )
    return session.exec(query).first()
