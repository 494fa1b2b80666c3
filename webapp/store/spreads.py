"""The turns of runs that are spread over a period, and who has none yet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from webapp.db import brand_of
from webapp.domain.spread import Turns
from webapp.models.broadcast import Occurrence
from webapp.models.delivery import Delivery, DeliverySum
from webapp.models.spread import Spread
from webapp.models.subscriber import Subscriber
from webapp.store import id_lists, situations
from webapp.store.deliveries import QUEUED
from webapp.store.situations import View

MICROSECOND = timedelta(microseconds=1)


def begin(session: Session, run: Occurrence, until: datetime) -> None:
    session.add(Spread(brand_id=run.brand_id, occurrence_id=run.id or 0, until=until))


def turns(session: Session, occurrence_id: int) -> Turns | None:
    """As they stand; None for a run that is not spread."""
    row = session.get(Spread, occurrence_id)
    return None if row is None else _turns(row)


def until_of(session: Session, occurrence_ids: Sequence[int]) -> dict[int, datetime]:
    """When the period of each run that is spread ends."""
    query = select(Spread.occurrence_id, Spread.until)
    return dict(session.exec(query.where(col(Spread.occurrence_id).in_(occurrence_ids))).all())


def held(session: Session, occurrence_id: int) -> tuple[Spread, Turns] | None:
    """The same, locked: senders of one run take turns in turn."""
    query = select(Spread).where(Spread.occurrence_id == occurrence_id).with_for_update()
    row = session.exec(query).first()
    return None if row is None else (row, _turns(row))


def move(session: Session, row: Spread, turns: Turns) -> None:
    row.next_at, row.counted_at = turns.next_at, turns.counted_at
    row.apart_us = turns.apart // MICROSECOND
    session.add(row)


def left(session: Session, run: Occurrence, until: datetime) -> int:
    """Who waits in a run for a turn within its period: whoever's moment comes later does not."""
    people: Any = func.coalesce(func.sum(DeliverySum.people), 0)
    queued = select(people).where(
        DeliverySum.broadcast_id == run.broadcast_id,
        DeliverySum.occurrence == run.number,
        DeliverySum.state == QUEUED,
    )
    return int(session.exec(queued).one()) - (_later(session, run, until) if run.holds else 0)


def closing(
    session: Session,
    view: View,
    codes: set[int],
    clause: sa.ColumnElement[bool],
    channel_id: int,
    until: datetime,
) -> tuple[int, timedelta]:
    """People of the segment in one of these situations whose window closes by `until`, and how long
    these stay open from `view.at`, added up."""
    ends, consent = col(Subscriber.window_ends_at), situations.consent_of(view)
    query = sa.select(func.count(), func.coalesce(func.sum(_seconds(session, ends)), 0))
    inside = situations.narrowed(
        query.select_from(Subscriber), view, consent, clause, channel_id
    ).where(ends > view.at, ends < until, situations.code(view, consent).in_(codes))
    people, summed = session.execute(inside).one()
    return people, timedelta(seconds=float(summed) - people * view.at.timestamp())


def open_for(session: Session, people: Sequence[int], at: datetime) -> timedelta:
    """How long the windows of these people, which are open then, stay so, added up. The brand is
    hidden from SQLite, which would rather walk along an index of all of its people."""
    summed = sa.select(
        func.coalesce(func.sum(_seconds(session, col(Subscriber.window_ends_at))), 0)
    )
    chosen = summed.where(
        col(Subscriber.id).in_(sa.select(id_lists.table(session, people).c.value)),
        col(Subscriber.brand_id) + 0 == brand_of(session),
    )
    seconds = session.connection().execute(chosen).scalar_one()
    return timedelta(seconds=float(seconds) - len(people) * at.timestamp())


def _turns(row: Spread) -> Turns:
    return Turns(row.until, row.next_at, row.apart_us * MICROSECOND, row.counted_at)


def _later(session: Session, run: Occurrence, until: datetime) -> int:
    query = select(func.count()).where(
        Delivery.broadcast_id == run.broadcast_id,
        Delivery.occurrence == run.number,
        Delivery.state == QUEUED,
        col(Delivery.due_at) > until,
    )
    return int(session.exec(query).one())


def _seconds(session: Session, at: Any) -> Any:
    """Whole seconds since 1970."""
    if session.get_bind().dialect.name == "sqlite":
        return sa.cast(func.strftime("%s", at), sa.Integer)
    return sa.cast(func.extract("epoch", at), sa.BigInteger)
