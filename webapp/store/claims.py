"""Rows of the ledger on their way: taken from the queue, written by one process, settled once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import Integer, Table, bindparam, orm, true, update
from sqlmodel import Session, col, select

from webapp.domain.delivery import DeliveryState
from webapp.models.base import UtcDateTime
from webapp.models.broadcast import Occurrence
from webapp.models.delivery import Delivery
from webapp.models.subscriber import Subscriber
from webapp.store import id_lists, situations
from webapp.store.deliveries import CLAIMED, QUEUED, SENT, UNKNOWN

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TABLE: Table = Delivery.__table__  # type: ignore[attr-defined]
PEOPLE: Table = Subscriber.__table__  # type: ignore[attr-defined]


WAITING: Any = orm.join(Delivery, Subscriber, col(Subscriber.id) == Delivery.subscriber_id)


class Waiting(NamedTuple):
    """A queued row, its person's key on the platform, window and zone, their consent, and their
    situation but for what the house looks at (quiet hours, caps)."""

    delivery_id: int
    subscriber_id: int
    key: str
    window_ends_at: datetime | None
    zone: str | None
    consent: Any  # the Consent to the view's topic, or None
    code: int


class Settlement(NamedTuple):
    """How one claimed row ended. `state` QUEUED means the platform said "later"."""

    delivery_id: int
    state: DeliveryState
    reason: str | None = None
    detail: str | None = None
    platform_message_id: str | None = None


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
    those whose window is open then. Rows whose moment has come are before those that had none.

    On PostgreSQL the rows are locked, and rows another worker is claiming are passed over. Under a
    cap the people are locked too: whoever counts what they had counts alone.
    """
    alone = view.cap is not None
    still = replace(view, at=EPOCH, spacing=timedelta(), cap=None)
    values = {
        **view.values(),
        "broadcast": run.broadcast_id,
        "occurrence": run.number,
        "now": now,
        "most": limit,
        **({} if at_most_micros is None else {"price": at_most_micros}),
    }
    for waited in (True, False) if run.holds else (False,):
        query = _claimable(still, at_most_micros is not None, inside, waited, alone)
        found = list(map(Waiting._make, session.exec(query, params=values)))
        if found:
            return found
    return []


@lru_cache(maxsize=256)
def _claimable(
    view: situations.View,
    priced: bool,  # noqa: FBT001 - all of these are a key
    inside: bool,  # noqa: FBT001
    waited: bool,  # noqa: FBT001
    alone: bool,  # noqa: FBT001
) -> Any:
    """Built once: the sender asks this ten times a second for every run. `view` has no times."""
    consent, due_at = situations.consent_of(view), col(Delivery.due_at)
    asked = view.topic_id is not None  # else nobody's consent is read
    now = bindparam("now", type_=UtcDateTime())
    return (
        sa.select(
            col(Delivery.id),
            col(Delivery.subscriber_id),
            col(Subscriber.key),
            col(Subscriber.window_ends_at),
            col(Subscriber.timezone),
            consent if asked else sa.null(),
            situations.code(view, consent, situations.BOUND),
        )
        .select_from(_people_waiting(view, consent) if asked else WAITING)
        .where(
            col(Delivery.broadcast_id) == bindparam("broadcast"),
            col(Delivery.occurrence) == bindparam("occurrence"),
            col(Delivery.state) == QUEUED,
            col(Delivery.price_micros) <= bindparam("price") if priced else true(),
            col(Subscriber.window_ends_at) > situations.BOUND.at if inside else true(),
            due_at <= now if waited else due_at.is_(None),
        )
        .order_by(due_at, col(Delivery.id))
        .limit(bindparam("most", type_=Integer))
        .with_for_update(
            skip_locked=True, of=[Delivery, Subscriber] if alone else Delivery, key_share=alone
        )
    )


def _people_waiting(view: situations.View, consent: Any) -> Any:
    return orm.outerjoin(WAITING, consent, situations.joins(view, consent))


def next_due(session: Session, run: Occurrence, now: datetime) -> datetime | None:
    """The first moment after now for which a row of the run waits."""
    query = (
        sa.select(col(Delivery.due_at))
        .where(
            col(Delivery.broadcast_id) == run.broadcast_id,
            col(Delivery.occurrence) == run.number,
            col(Delivery.state) == QUEUED,
            col(Delivery.due_at) > now,
        )
        .order_by(col(Delivery.due_at))
        .limit(1)
    )
    return session.execute(query).scalar()


def take(session: Session, ids: Sequence[int], shared: Mapping[str, object]) -> None:
    """Write rows of which all say the same, but for the end of their person's window."""
    statement = _taking(session.get_bind().dialect.name, tuple(shared))
    given = {**shared, "ids": id_lists.bound(session, ids)}
    session.connection().execute(statement, given)


@lru_cache(maxsize=16)
def _taking(dialect: str, names: tuple[str, ...]) -> Any:
    window = sa.select(PEOPLE.c.window_ends_at).where(PEOPLE.c.id == TABLE.c.subscriber_id)
    values: dict[str, Any] = {name: bindparam(name) for name in names}
    values["window_ends_at"] = window.scalar_subquery()
    return update(TABLE).where(TABLE.c.id.in_(id_lists.among(dialect))).values(values)


def write(session: Session, rows: Sequence[Mapping[str, object]]) -> None:
    """Update rows by `id` with the values given; one statement for all that name the same.

    By the table, not the class: an ORM update costs as much again as the database. Rows that the
    session holds are not refreshed.
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


def settle(
    session: Session, worker_id: int, settled: Sequence[Settlement], now: datetime
) -> set[int]:
    """Record outcomes of this worker's own claims; returns the ids that were still its own.

    A row taken from a worker that slept (now `unknown`) stays as it is: fencing.
    """
    sent = [it for it in settled if it.state is DeliveryState.SENT]
    others = [it for it in settled if it.state is not DeliveryState.SENT]
    mine = _write_sent(session, worker_id, sent, now) if sent else set()
    if others:
        kept = still_mine(session, worker_id, [it.delivery_id for it in others])
        write(session, [_outcome(it, now) for it in others if it.delivery_id in kept])
        mine |= kept
    return mine


def still_mine(session: Session, worker_id: int, ids: Sequence[int]) -> set[int]:
    query = _still_mine(session.get_bind().dialect.name)
    found = session.connection().execute(
        query, {"ids": id_lists.bound(session, ids), "worker": worker_id}
    )
    return set(found.scalars())


@lru_cache(maxsize=2)
def _still_mine(dialect: str) -> Any:
    own = TABLE.c.id.in_(id_lists.among(dialect)), TABLE.c.worker_id == bindparam("worker")
    return sa.select(TABLE.c.id).where(TABLE.c.state == CLAIMED, *own).with_for_update()


def _write_sent(
    session: Session, worker_id: int, sent: Sequence[Settlement], now: datetime
) -> set[int]:
    """Most rows end so: one statement writes all of them, each with the platform's own id, where
    they are still this worker's, and says which were."""
    keys = {it.delivery_id: it.platform_message_id or "" for it in sent}
    given = {**id_lists.bound_texts(session, keys), "worker": worker_id}
    statement = _sending(session.get_bind().dialect.name)
    found = session.connection().execute(statement, {**given, "sent_at": now, "finished_at": now})
    return set(found.scalars())


@lru_cache(maxsize=2)
def _sending(dialect: str) -> Any:
    given = id_lists.texts(dialect)
    times: dict[str, Any] = {name: bindparam(name) for name in ("sent_at", "finished_at")}
    own = TABLE.c.worker_id + 0 == bindparam("worker")  # + 0: found by id, not all of a worker's
    return (
        update(TABLE)
        .where(TABLE.c.id == given.c.id, TABLE.c.state == CLAIMED, own)
        .values(state=SENT, reason=None, detail=None, platform_message_id=given.c.text, **times)
        .returning(TABLE.c.id)
    )


def _outcome(it: Settlement, now: datetime) -> dict[str, object]:
    again = it.state is DeliveryState.QUEUED
    return {
        "id": it.delivery_id,
        "state": int(it.state),
        "reason": it.reason,
        "detail": it.detail,
        "finished_at": None if again else now,
        **({"worker_id": None, "claimed_at": None} if again else {}),
    }


def bury(session: Session, worker_id: int, now: datetime) -> Sequence[Delivery]:
    """A dead worker's claims become unknown; returns them."""
    query = select(Delivery).where(Delivery.worker_id == worker_id, Delivery.state == CLAIMED)
    buried = session.exec(query.with_for_update()).all()
    for row in buried:
        row.state, row.reason, row.finished_at = UNKNOWN, "process.died", now
    session.flush()
    return buried
