"""What people did and were sent: as conditions of segments, and as facts for the reference.

What was done with our messages is in the ledger, each fact with its time; what came from people
themselves is in their events, marked by `Event.act` when they are kept. Both are read through an
index that begins with the person, so nothing else is written for it. Measured on SQLite with
200,000 people of 10 deliveries each: 0.25 to 0.7 s a condition where people are read in the order
of ids, as plans do; 1 to 2.3 s in that of a brand's windows, as SQLite chooses for a bare count.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, exists, func, literal, true
from sqlmodel import Session, col, select

from webapp.db import brand_of
from webapp.domain.segment_fields import OF_BROADCASTS, Op
from webapp.domain.segment_tree import Leaf
from webapp.domain.segment_values import Times
from webapp.domain.subscriber import Doing
from webapp.models.delivery import Delivery
from webapp.models.raw_event import Event
from webapp.models.subscriber import Subscriber

Clause = ColumnElement[bool]
_FACTS: Mapping[str, Any] = {
    "received": Delivery.sent_at,
    "delivered": Delivery.delivered_at,
    "read": Delivery.read_at,
    "clicked": Delivery.clicked_at,
    "replied": Delivery.replied_at,
}


def clause(leaf: Leaf, op: Op, now: datetime) -> Clause:
    """A positive condition of `Subscriber`: done at least so often."""
    wanted, least = wanted_of(leaf), least_of(leaf, op)
    rows = [*_of_person(leaf.field, wanted), *_since(leaf.field, wanted, now)]
    if least == 0:
        return true()
    if least == 1:
        return exists(select(literal(1)).where(*rows).correlate(Subscriber))
    counted = select(func.count()).where(*rows).correlate(Subscriber)
    return counted.scalar_subquery() >= least


def nth_latest(leaf: Leaf, op: Op) -> ColumnElement[Any]:
    """When a person did it for the last time but so many that the condition still holds."""
    at = time_of(leaf.field)
    query = select(at).where(*_of_person(leaf.field, wanted_of(leaf)), at.is_not(None))
    last = query.order_by(at.desc()).limit(1).offset(least_of(leaf, op) - 1)
    return last.correlate(Subscriber).scalar_subquery()


def moments(session: Session, leaf: Leaf, ids: Any = None) -> Any:
    """`person` and `at`, when each did it for the last time but so many that "at least so often"
    still holds; of everybody who did it so often, or of them those whose `ids` are selected."""
    ours = leaf.field in OF_BROADCASTS
    person = col(Delivery.subscriber_id if ours else Event.subscriber_id)
    at, least = time_of(leaf.field), least_of(leaf, leaf.op)
    rows = [*_of_anybody(leaf.field, wanted_of(leaf)), person.is_not(None), at.is_not(None)]
    # Past the session's own narrowing: a statement about these people alone is led by them.
    rows.append(col(Delivery.brand_id if ours else Event.brand_id) == brand_of(session))
    if ids is not None:
        rows.append(person.in_(ids))
    if least == 1:
        latest: Any = select(person.label("person"), func.max(at).label("at"))
        return latest.where(*rows).group_by(person)
    place = func.row_number().over(partition_by=person, order_by=at.desc())
    placed: Any = select(person.label("person"), at.label("at"), place.label("place"))
    each = placed.where(*rows).subquery()
    return select(each.c.person, each.c.at).where(each.c.place == least)


def wanted_of(leaf: Leaf) -> Times:
    assert isinstance(leaf.value, Times)  # noqa: S101 - `segment_values` reads it so
    return leaf.value


def least_of(leaf: Leaf, op: Op) -> int:
    """How often it must have been done for a positive operator to hold."""
    times = wanted_of(leaf).times or 0
    return {Op.EVER: 1, Op.MORE_THAN: times + 1}.get(op, times)


def time_of(field: str) -> Any:
    return col(_FACTS[field]) if field in OF_BROADCASTS else col(Event.at)


def _of_person(field: str, wanted: Times) -> list[Clause]:
    person = Delivery.subscriber_id if field in OF_BROADCASTS else Event.subscriber_id
    return [col(person) == col(Subscriber.id), *_of_anybody(field, wanted)]


def _of_anybody(field: str, wanted: Times) -> list[Clause]:
    if field not in OF_BROADCASTS:
        return [col(Event.act) == field]
    # What was not sent has no facts either, and is not in the index.
    rows: list[Clause] = [col(Delivery.sent_at).is_not(None)]
    if wanted.broadcast is not None:
        rows.append(col(Delivery.broadcast_id) == wanted.broadcast)
    return rows


def _since(field: str, wanted: Times, now: datetime) -> list[Clause]:
    if wanted.days is None:
        return [time_of(field).is_not(None)]
    return [time_of(field) >= now - timedelta(days=wanted.days)]


def of(session: Session, ids: Collection[int]) -> dict[int, dict[str, Sequence[Doing]]]:
    """What these people did, by the field that asks for it."""
    found: dict[int, dict[str, list[Doing]]] = defaultdict(lambda: defaultdict(list))
    for person, broadcast, *times in session.exec(_deliveries(ids)):
        for field, at in zip(_FACTS, times, strict=True):
            if at is not None:
                found[person][field].append(Doing(at, broadcast))
    query = select(Event.subscriber_id, Event.act, Event.at)
    marked = query.where(col(Event.subscriber_id).in_(ids), col(Event.act).is_not(None))
    for person, act, at in session.exec(marked):
        found[person or 0][act or ""].append(Doing(at))
    return {person: {**doings} for person, doings in found.items()}


def _deliveries(ids: Collection[int]) -> Any:
    columns = [col(Delivery.subscriber_id), col(Delivery.broadcast_id)]
    columns += [col(column) for column in _FACTS.values()]
    return select(*columns).where(
        col(Delivery.subscriber_id).in_(ids), col(Delivery.sent_at).is_not(None)
    )
