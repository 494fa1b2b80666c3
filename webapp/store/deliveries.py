"""The ledger's rows: planned once, claimed by one process, settled once. See `domain.delivery`.

How many there are is read from their sums, which the database keeps: see `store.sums`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import (
    Integer,
    Table,
    bindparam,
    func,
    or_,
    true,
    update,
)
from sqlmodel import Session, col, select

from webapp.domain.delivery import DeliveryState, Totals
from webapp.models.base import UtcDateTime
from webapp.models.broadcast import Occurrence
from webapp.models.delivery import Delivery, DeliverySum
from webapp.models.subscriber import Subscriber
from webapp.store import situations

QUEUED, CLAIMED = int(DeliveryState.QUEUED), int(DeliveryState.CLAIMED)
SKIPPED, UNKNOWN = int(DeliveryState.SKIPPED), int(DeliveryState.UNKNOWN)
CANCELLED = int(DeliveryState.CANCELLED)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SPENT = (CLAIMED, int(DeliveryState.SENT), UNKNOWN)
KEYS = ("state", "route", "reason")
TABLE: Table = Delivery.__table__  # type: ignore[attr-defined]
STILL_MINE = (
    sa.select(TABLE.c.id)
    .where(TABLE.c.id.in_(bindparam("ids", expanding=True)))
    .where(TABLE.c.state == CLAIMED, TABLE.c.worker_id == bindparam("worker"))
    .with_for_update()
)


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


@dataclass(frozen=True)
class Settlement:
    """How one claimed row ended. `state` QUEUED means the platform said "later"."""

    delivery_id: int
    state: DeliveryState
    reason: str | None = None
    detail: str | None = None
    platform_message_id: str | None = None


class Waiting(NamedTuple):
    """A queued row, its person's key on the platform and window, their consent, their situation."""

    delivery_id: int
    subscriber_id: int
    key: str
    window_ends_at: datetime | None
    consent: Any  # the Consent to the view's topic, or None
    code: int


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
    """Rows in order of id with their person, after a row's id."""
    query = (
        select(Delivery, Subscriber)
        .join(Subscriber, col(Subscriber.id) == Delivery.subscriber_id)
        .where(Delivery.broadcast_id == broadcast_id, col(Delivery.id) > after)
        .order_by(col(Delivery.id))
    )
    if state is not None:
        query = query.where(Delivery.state == int(state))
    if reason is not None:
        query = query.where(Delivery.reason == reason)
    return session.exec(query.limit(limit)).all()


def claimable(
    session: Session,
    run: Occurrence,
    view: situations.View,
    limit: int,
    now: datetime,
    at_most_micros: int | None = None,
    *,
    inside: bool = False,
) -> Sequence[Waiting]:
    """The next queued rows of a run with their person, topic consent and situation at `view.at`;
    with `at_most_micros` only those that were planned to cost no more each, with `inside` only
    those whose window is open then.

    On PostgreSQL the rows are locked, and rows another worker is claiming are passed over.
    """
    still = replace(view, at=EPOCH, spacing=timedelta())
    query = _claimable(still, at_most_micros is not None, inside)
    values = {
        **view.values(),
        "broadcast": run.broadcast_id,
        "occurrence": run.number,
        "now": now,
        "most": limit,
        **({} if at_most_micros is None else {"price": at_most_micros}),
    }
    return list(map(Waiting._make, session.exec(query, params=values)))


@lru_cache(maxsize=256)
def _claimable(view: situations.View, priced: bool, inside: bool) -> Any:  # noqa: FBT001 - a key
    """Built once: the sender asks this ten times a second for every run. `view` has no times."""
    consent = situations.consent_of(view)
    return (
        sa.select(
            col(Delivery.id),
            col(Delivery.subscriber_id),
            col(Subscriber.key),
            col(Subscriber.window_ends_at),
            consent,
            situations.code(view, consent, situations.BOUND),
        )
        .select_from(Delivery)
        .join(Subscriber, col(Subscriber.id) == Delivery.subscriber_id)
        .outerjoin(consent, situations.joins(view, consent))
        .where(
            col(Delivery.broadcast_id) == bindparam("broadcast"),
            col(Delivery.occurrence) == bindparam("occurrence"),
            col(Delivery.state) == QUEUED,
            col(Delivery.price_micros) <= bindparam("price") if priced else true(),
            col(Subscriber.window_ends_at) > situations.BOUND.at if inside else true(),
            or_(
                col(Delivery.due_at).is_(None),
                col(Delivery.due_at) <= bindparam("now", type_=UtcDateTime()),
            ),
        )
        .order_by(col(Delivery.id))
        .limit(bindparam("most", type_=Integer))
        .with_for_update(skip_locked=True, of=Delivery)
    )


def write_claims(session: Session, rows: Sequence[Mapping[str, object]]) -> None:
    """Update rows by `id` with the values given; one statement for all that name the same.

    By the table, not the class: the sender does this for every message twice, and an ORM update
    costs as much again as the database. Rows that the session holds are not refreshed.
    """
    by_names: dict[tuple[str, ...], list[Mapping[str, object]]] = defaultdict(list)
    for row in rows:
        by_names[tuple(row)].append({"row_id" if k == "id" else k: v for k, v in row.items()})
    for names, alike in by_names.items():
        session.connection().execute(_writing(names), alike)


@lru_cache(maxsize=64)
def _writing(names: tuple[str, ...]) -> Any:
    values: dict[str, Any] = {name: bindparam(name) for name in names if name != "id"}
    return update(TABLE).where(TABLE.c.id == bindparam("row_id")).values(values)


def settle_claims(
    session: Session, worker_id: int, settled: Sequence[Settlement], now: datetime
) -> set[int]:
    """Record outcomes of this worker's own claims; returns the ids that were still its own.

    A row taken from a worker that slept (now `unknown`) stays as it is: fencing.
    """
    mine = still_mine(session, worker_id, [it.delivery_id for it in settled])
    kept = [it for it in settled if it.delivery_id in mine]
    write_claims(session, [_outcome(it, now) for it in kept])
    return mine


def still_mine(session: Session, worker_id: int, ids: Sequence[int]) -> set[int]:
    found = session.connection().execute(STILL_MINE, {"ids": list(ids), "worker": worker_id})
    return set(found.scalars())


def _outcome(it: Settlement, now: datetime) -> dict[str, object]:
    again = it.state is DeliveryState.QUEUED
    sent = it.state is DeliveryState.SENT
    return {
        "id": it.delivery_id,
        "state": int(it.state),
        "reason": it.reason,
        "detail": it.detail,
        "platform_message_id": it.platform_message_id,
        "sent_at": now if sent else None,
        "finished_at": None if again else now,
        **({"worker_id": None, "claimed_at": None} if again else {}),
    }


def by_ids(session: Session, ids: Sequence[int]) -> Sequence[Delivery]:
    """Fresh from the database."""
    query = select(Delivery).where(col(Delivery.id).in_(ids))
    return session.exec(query.execution_options(populate_existing=True)).all() if ids else []


def bury_claims(session: Session, worker_id: int, now: datetime) -> Sequence[Delivery]:
    """A dead worker's claims become unknown; returns them."""
    query = select(Delivery).where(Delivery.worker_id == worker_id, Delivery.state == CLAIMED)
    buried = session.exec(query.with_for_update()).all()
    for row in buried:
        row.state, row.reason, row.finished_at = UNKNOWN, "process.died", now
    session.flush()
    return buried


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


def has_waiting(session: Session, run: Occurrence) -> bool:
    query = select(Delivery.id).where(
        Delivery.broadcast_id == run.broadcast_id,
        Delivery.occurrence == run.number,
        col(Delivery.state).in_((QUEUED, CLAIMED)),
    )
    return session.exec(query.limit(1)).first() is not None
