"""What happened with people, each thing once; and the facts it adds to deliveries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Table, bindparam, func, or_, update
from sqlalchemy.orm import make_transient_to_detached
from sqlmodel import Session, col, select

from webapp.domain.delivery import DeliveryState
from webapp.models.base import UtcDateTime
from webapp.models.broadcast import Occurrence
from webapp.models.delivery import Delivery
from webapp.models.raw_event import Event
from webapp.store import bulk, id_lists, inserts

TABLE: Table = Event.__table__  # type: ignore[attr-defined]
DELIVERIES: Table = Delivery.__table__  # type: ignore[attr-defined]
GIVEN = tuple(name for name in TABLE.c.keys() if name != "id")  # noqa: SIM118 - no dict
PROOFS = ("echo", "paid_echo", "delivery", "read", "failed")
SENT, UNKNOWN = int(DeliveryState.SENT), int(DeliveryState.UNKNOWN)

_LATEST_SENT = (
    sa.select(DELIVERIES.c.id)
    .where(
        DELIVERIES.c.subscriber_id == bindparam("person"),
        DELIVERIES.c.state == SENT,
        DELIVERIES.c.claimed_at <= bindparam("moment", type_=UtcDateTime()),
    )
    .order_by(DELIVERIES.c.claimed_at.desc())
    .limit(1)
)


def add_once(session: Session, event: Event) -> bool:
    """Insert an event, which is the session's then; False when it is known already (by channel and
    key)."""
    line = session.connection()
    given = {name: getattr(event, name) for name in GIVEN}
    event.id = line.execute(_adding(line.dialect.name), given).scalar()
    if event.id is None:
        return False
    make_transient_to_detached(event)
    session.add(event)
    return True


@lru_cache(maxsize=2)
def _adding(dialect: str) -> Any:
    """Built once: every message comes here."""
    given = {name: bindparam(name, type_=TABLE.c[name].type) for name in GIVEN}
    statement = inserts.into(TABLE, dialect).values(given)
    once = statement.on_conflict_do_nothing(index_elements=["channel_id", "key"])
    return once.returning(TABLE.c.id)  # PostgreSQL's rowcount would say -1 for "known"


def later_actions(session: Session, event: Event) -> set[object]:
    """What later ones of its kind say was done, of what concerns a channel and nobody on it: the
    platform's notices come in any order."""
    later = select(Event.detail).where(
        col(Event.subscriber_id).is_(None),
        Event.at > event.at,
        Event.channel_id == event.channel_id,
        Event.kind == event.kind,
    )
    return {detail.get("action") for detail in session.exec(later)}


def of_person(
    session: Session, subscriber_id: int, before: datetime | None = None, limit: int = 50
) -> Sequence[Event]:
    """A person's events, newest first."""
    query = select(Event).where(Event.subscriber_id == subscriber_id)
    if before is not None:
        query = query.where(col(Event.at) < before)
    return session.exec(query.order_by(col(Event.at).desc(), col(Event.id)).limit(limit)).all()


def since(session: Session, subscriber_id: int, at: datetime) -> Sequence[Event]:
    query = select(Event).where(Event.subscriber_id == subscriber_id, Event.at >= at)
    return session.exec(query.order_by(col(Event.at))).all()


def heard_from(session: Session, subscriber_ids: Sequence[int], since: datetime) -> set[int]:
    """Which of these people something is known of since then."""
    if not subscriber_ids:
        return set()
    given = {"ids": id_lists.bound(session, subscriber_ids), "since": since}
    found = session.connection().execute(_heard(session.get_bind().dialect.name), given)
    return set(found.scalars())


@lru_cache(maxsize=2)
def _heard(dialect: str) -> Any:
    """Built once: the sender asks after every wave."""
    since = TABLE.c.at >= bindparam("since", type_=UtcDateTime())
    query = sa.select(TABLE.c.subscriber_id).distinct()
    return query.where(TABLE.c.subscriber_id.in_(id_lists.among(dialect)), since)


def ad_messages(session: Session, subscriber_id: int) -> Sequence[datetime]:
    """When a person wrote coming from an ad."""
    query = select(Event.at).where(
        Event.subscriber_id == subscriber_id,
        Event.kind == "message",
        col(Event.detail)["source"].as_string() == "ADS",
    )
    return session.exec(query).all()


def adopt(
    session: Session, channel_id: int, keys: Iterable[str], since: datetime, subscriber_id: int
) -> None:
    """Events that came before their person was known become theirs."""
    whose: Any = col(Event.detail)["person"].as_string()
    session.execute(
        update(Event)
        .where(
            col(Event.subscriber_id).is_(None),
            col(Event.at) >= since,
            col(Event.channel_id) == channel_id,
            whose.in_(list(keys)),
        )
        .values(subscriber_id=subscriber_id)
        .execution_options(synchronize_session=False)
    )


def first_echo(
    session: Session, subscriber_id: int, since: datetime, until: datetime
) -> datetime | None:
    """When something was first written to a person in this span, its ends included."""
    query = select(func.min(Event.at)).where(
        Event.subscriber_id == subscriber_id,
        Event.kind == "echo",
        Event.at >= since,
        Event.at <= until,
    )
    return session.exec(query).first()


def echoes_of(session: Session, delivery_ids: Iterable[int]) -> dict[int, Event]:
    """What proves that a delivery was accepted: its echo or any status that brings our key."""
    query = select(Event).where(
        col(Event.delivery_id).in_(list(delivery_ids)), col(Event.kind).in_(PROOFS)
    )
    return {row.delivery_id or 0: row for row in session.exec(query)}


def deliveries_by_message(
    session: Session, channel_id: int, mids: Iterable[str]
) -> Sequence[Delivery]:
    query = select(Delivery).where(
        Delivery.channel_id == channel_id, col(Delivery.platform_message_id).in_(list(mids))
    )
    return session.exec(query).all()


def unknown_of_campaign(session: Session, subscriber_id: int, campaign_key: str) -> Delivery | None:
    query = (
        select(Delivery)
        .join(
            Occurrence,
            (col(Occurrence.broadcast_id) == Delivery.broadcast_id)
            & (col(Occurrence.number) == Delivery.occurrence),
        )
        .where(
            Delivery.subscriber_id == subscriber_id,
            Delivery.state == UNKNOWN,
            Occurrence.campaign_key == campaign_key,
        )
    )
    return session.exec(query.limit(1)).first()


def deliveries_before(
    session: Session, subscriber_id: int, moment: datetime, fact: str
) -> Sequence[Delivery]:
    """A person's sent deliveries asked for by `moment` whose fact is unset or later."""
    column = getattr(Delivery, f"{fact}_at")
    query = select(Delivery).where(
        Delivery.subscriber_id == subscriber_id,
        Delivery.state == SENT,
        col(Delivery.claimed_at) <= moment,
        or_(col(column).is_(None), col(column) > moment),
    )
    return session.exec(query.order_by(col(Delivery.id).desc()).limit(100)).all()


def sent_since(session: Session, people: Sequence[int], since: datetime) -> Sequence[Delivery]:
    """What was sent to some people since then; at most a thousand, the newest."""
    given = {"people": bulk.listed(session, people), "since": since}
    found: Sequence[Delivery] = session.exec(
        _sent_since(session.get_bind().dialect.name), params=given
    ).all()
    return found


@lru_cache(maxsize=2)
def _sent_since(dialect: str) -> Any:
    query = select(Delivery).where(
        bulk.in_list(dialect, col(Delivery.subscriber_id), "people"),
        Delivery.state == SENT,
        col(Delivery.claimed_at) >= bindparam("since", type_=UtcDateTime()),
    )
    return query.order_by(col(Delivery.claimed_at).desc()).limit(1000)


def latest_sent(session: Session, subscriber_id: int, moment: datetime) -> Delivery | None:
    """What a person most likely answers to: the last thing sent to them before `moment`."""
    given = {"person": subscriber_id, "moment": moment}
    found = session.connection().execute(_LATEST_SENT, given).scalar()
    return None if found is None else session.get(Delivery, found)
