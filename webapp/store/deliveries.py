"""The ledger's rows: planned once, claimed by one process, settled once. See `domain.delivery`.

How many there are is read from their sums, which the database keeps: see `store.sums`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, exists, func, tuple_, update
from sqlmodel import Session, col, select

from webapp.domain.delivery import DeliveryState, Totals
from webapp.domain.mark import Mark
from webapp.domain.policy.verdict import Route
from webapp.models.broadcast import Occurrence
from webapp.models.delivery import Delivery, DeliverySum
from webapp.models.subscriber import Subscriber

QUEUED, CLAIMED = int(DeliveryState.QUEUED), int(DeliveryState.CLAIMED)
SKIPPED, UNKNOWN = int(DeliveryState.SKIPPED), int(DeliveryState.UNKNOWN)
CANCELLED, SENT = int(DeliveryState.CANCELLED), int(DeliveryState.SENT)
SPENT = (CLAIMED, SENT, UNKNOWN)
KEYS = ("state", "route", "reason")


class Summed(NamedTuple):
    """The people in one state, by one route, for one reason ("" for none), and what they did."""

    state: int
    route: str
    reason: str
    people: int
    price_micros: int
    delivered: int
    read: int
    clicked: int
    replied: int


def totals(session: Session, broadcast_id: int, occurrence: int | None = None) -> Totals:
    """The sum every screen, API, CSV and command shows. One statement, so it is always true."""
    people: Any = func.sum(DeliverySum.people)
    query = select(DeliverySum.state, people).where(DeliverySum.broadcast_id == broadcast_id)
    if occurrence is not None:
        query = query.where(DeliverySum.occurrence == occurrence)
    query = query.group_by(col(DeliverySum.state)).having(people != 0)
    return _totals({state: int(n) for state, n in session.exec(query)})


def totals_of(session: Session, broadcast_ids: Collection[int]) -> dict[int, Totals]:
    """The same sum of several broadcasts at once, also of those without a row."""
    people: Any = func.sum(DeliverySum.people)
    query = (
        select(DeliverySum.broadcast_id, DeliverySum.state, people)
        .where(col(DeliverySum.broadcast_id).in_(broadcast_ids))
        .group_by(col(DeliverySum.broadcast_id), col(DeliverySum.state))
        .having(people != 0)
    )
    by_state: dict[int, dict[int, int]] = {key: {} for key in broadcast_ids}
    for key, state, n in session.exec(query):
        by_state[key][state] = int(n)
    return {key: _totals(rows) for key, rows in by_state.items()}


def totals_by_run(session: Session, broadcast_id: int) -> dict[int, Totals]:
    """The same sum of each run of a broadcast that has a row, by its number."""
    people: Any = func.sum(DeliverySum.people)
    query = (
        select(DeliverySum.occurrence, DeliverySum.state, people)
        .where(DeliverySum.broadcast_id == broadcast_id)
        .group_by(col(DeliverySum.occurrence), col(DeliverySum.state))
        .having(people != 0)
    )
    by_run: dict[int, dict[int, int]] = {}
    for number, state, n in session.exec(query):
        by_run.setdefault(number, {})[state] = int(n)
    return {number: _totals(rows) for number, rows in by_run.items()}


def _totals(by_state: Mapping[int, int]) -> Totals:
    return Totals.counted(sum(by_state.values()), by_state)


def planned(session: Session, broadcast_id: int) -> int:
    """The audience as the planner counted it, apart from the rows: a check on `totals`."""
    query = select(func.coalesce(func.sum(Occurrence.audience), 0))
    return int(session.exec(query.where(Occurrence.broadcast_id == broadcast_id)).one() or 0)


def sums(session: Session, broadcast_id: int) -> list[Summed]:
    """All that is counted of a broadcast, at one and the same moment. One statement."""
    keys = [getattr(DeliverySum, name) for name in KEYS]
    counts = [func.sum(getattr(DeliverySum, name)) for name in Summed._fields[len(KEYS) :]]
    query: Any = select(*keys, *counts).where(DeliverySum.broadcast_id == broadcast_id)
    found = session.exec(query.group_by(*keys).having(counts[0] != 0)).all()
    return [Summed(state, route, reason, *map(int, sums)) for state, route, reason, *sums in found]


def spent_micros(session: Session, broadcast_id: int) -> int:
    """What was or may have been spent: sent, in flight and unknown rows."""
    query = select(func.coalesce(func.sum(DeliverySum.price_micros), 0)).where(
        DeliverySum.broadcast_id == broadcast_id, col(DeliverySum.state).in_(SPENT)
    )
    return int(session.exec(query).one())


def page(
    session: Session,
    broadcast_id: int,
    state: DeliveryState | None = None,
    reason: str | None = None,
    after: int = 0,
    limit: int = 50,
) -> Sequence[tuple[Delivery, Subscriber]]:
    """Rows with their person, after a row's id: all of them by run and person, which is the order
    of an index, and those in a state or for a reason by id."""
    query = (
        select(Delivery, Subscriber)
        .join(Subscriber, col(Subscriber.id) == Delivery.subscriber_id)
        .limit(limit)
    )
    if state is None and reason is None:
        chosen = query.where(Delivery.broadcast_id == broadcast_id, *_after(session, after))
        return session.exec(chosen.order_by(*_PLACE)).all()
    ids = select(Delivery.id).where(Delivery.broadcast_id == broadcast_id, col(Delivery.id) > after)
    if state is not None:
        ids = ids.where(Delivery.state == int(state))
    if reason is not None:
        ids = ids.where(Delivery.reason == reason)
    first = ids.order_by(col(Delivery.id)).limit(limit)  # alone: from an index, where it has all
    return session.exec(query.where(col(Delivery.id).in_(first)).order_by(col(Delivery.id))).all()


_PLACE = (col(Delivery.occurrence), col(Delivery.step), col(Delivery.subscriber_id))


def _after(session: Session, delivery_id: int) -> Iterator[ColumnElement[bool]]:
    """Past a row in the order of `_PLACE`."""
    row = session.get(Delivery, delivery_id) if delivery_id else None
    if row is not None:
        yield tuple_(*_PLACE) > tuple_(row.occurrence, row.step, row.subscriber_id)


def by_ids(session: Session, ids: Sequence[int]) -> Sequence[Delivery]:
    """Fresh from the database."""
    query = select(Delivery).where(col(Delivery.id).in_(ids))
    return session.exec(query.execution_options(populate_existing=True)).all() if ids else []


def unknown(
    session: Session, broadcast_id: int, until: datetime, reason: str | None, limit: int
) -> Sequence[Delivery]:
    """Rows that were unknown by then, or those for one reason, locked."""
    query = select(Delivery).where(
        Delivery.broadcast_id == broadcast_id,
        Delivery.state == UNKNOWN,
        func.coalesce(col(Delivery.finished_at), until) <= until,
    )
    if reason is not None:
        query = query.where(Delivery.reason == reason)
    query = query.order_by(col(Delivery.id)).limit(limit).with_for_update()
    return session.exec(query.execution_options(populate_existing=True)).all()


def marked(session: Session, mark: Mark | None) -> int | None:
    """The row that went out with this mark; None where none did, though one has its number."""
    if mark is None:
        return None
    query = select(Delivery.id).where(
        Delivery.id == mark.number,
        col(Delivery.epoch).is_not_distinct_from(mark.epoch),
        col(Delivery.claimed_at).is_not(None),
    )
    return session.exec(query).first()


def cancel_queued(session: Session, broadcast_id: int, now: datetime) -> int:
    """Queued rows will not be sent; rows in flight keep their course."""
    return _leave_queue(session, broadcast_id, CANCELLED, "broadcast.cancelled", now)


def skip_queued(session: Session, broadcast_id: int, reason: str, now: datetime) -> int:
    return _leave_queue(session, broadcast_id, SKIPPED, reason, now)


def _leave_queue(
    session: Session, broadcast_id: int, state: int, reason: str, now: datetime
) -> int:
    changed = (
        update(Delivery)
        .where(col(Delivery.broadcast_id) == broadcast_id, col(Delivery.state) == QUEUED)
        .values(state=state, reason=reason, finished_at=now)
    )
    return int(session.exec(changed).rowcount)


def skip_rows(session: Session, ids: Sequence[int], reason: str, now: datetime) -> None:
    """These queued rows, locked by the caller, will not be sent: nothing was spent on them."""
    values = {
        "state": SKIPPED, "reason": reason, "route": Route.NONE.value, "price_micros": 0,
        "finished_at": now,
    }  # fmt: skip
    session.exec(update(Delivery).where(col(Delivery.id).in_(ids)).values(**values))


def due_between(
    session: Session, run: Occurrence, since: datetime, before: datetime, limit: int
) -> Sequence[int]:
    """Queued rows of a run whose moment came after one and before the other, locked."""
    query = select(Delivery.id).where(
        Delivery.broadcast_id == run.broadcast_id,
        Delivery.occurrence == run.number,
        Delivery.state == QUEUED,
        col(Delivery.due_at) > since,
        col(Delivery.due_at) < before,
    )
    found = session.exec(query.limit(limit).with_for_update(skip_locked=True))
    return [number or 0 for number in found]


def skipped_for(session: Session, run: Occurrence, reason: str) -> int:
    """How many of a run are skipped for this reason."""
    query = select(func.coalesce(func.sum(DeliverySum.people), 0)).where(
        DeliverySum.broadcast_id == run.broadcast_id,
        DeliverySum.occurrence == run.number,
        DeliverySum.state == SKIPPED,
        DeliverySum.reason == reason,
    )
    return int(session.exec(query).one())


def failed(session: Session, run: Occurrence, number: int | None = None) -> dict[str, int]:
    """How many failed in a run, or in another one of its broadcast, by the reason."""
    people: Any = func.sum(DeliverySum.people)
    query = (
        select(DeliverySum.reason, people)
        .where(
            DeliverySum.broadcast_id == run.broadcast_id,
            DeliverySum.occurrence == (number or run.number),
            DeliverySum.state == int(DeliveryState.FAILED),
        )
        .group_by(col(DeliverySum.reason))
        .having(people != 0)
    )
    return {reason: int(n) for reason, n in session.exec(query)}


def failed_for(run: Occurrence, number: int, reasons: Sequence[str]) -> ColumnElement[bool]:
    """People who failed in a run of the same broadcast for one of these reasons."""
    return exists().where(
        col(Delivery.subscriber_id) == col(Subscriber.id),
        col(Delivery.broadcast_id) == run.broadcast_id,
        col(Delivery.occurrence) == number,
        col(Delivery.state) == int(DeliveryState.FAILED),
        col(Delivery.reason).in_(reasons),
    )


def has_waiting(session: Session, run: Occurrence) -> bool:
    query = select(Delivery.id).where(
        Delivery.broadcast_id == run.broadcast_id,
        Delivery.occurrence == run.number,
        col(Delivery.state).in_((QUEUED, CLAIMED)),
    )
    return session.exec(query.limit(1)).first() is not None
