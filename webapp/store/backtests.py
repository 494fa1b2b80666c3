"""People by what two views make of them, and a ledger by what was decided of its rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, select

from webapp.domain.delivery import DeliveryState
from webapp.models.delivery import Decision, Delivery
from webapp.models.subscriber import Subscriber
from webapp.store import situations


class Rows(NamedTuple):
    """Rows of a ledger that came to the same. `situation` None: no decision is kept."""

    state: DeliveryState
    route: str
    reason: str | None
    price_micros: int
    situation: int | None
    people: int


def pairs(
    session: Session,
    one: situations.View,
    other: situations.View,
    clause: ColumnElement[bool],
    channel_id: int,
) -> dict[tuple[int, int], int]:
    """How many people of a segment are in each situation by one view and by the other.

    The views differ in the spacing of tokens alone, which is a rule's to say.
    """
    consent = situations.consent_of(one)
    codes = situations.code(one, consent).label("code"), situations.code(other, consent).label("at")
    query = situations.narrowed(
        select(*codes, func.count()).select_from(Subscriber), one, consent, clause, channel_id
    ).group_by(*codes)
    return {(before, after): people for before, after, people in session.exec(query)}


def ledger(session: Session, broadcast_id: int) -> Sequence[Rows]:
    """All rows of a broadcast, in groups."""
    by = (Delivery.state, Delivery.route, Delivery.reason, Delivery.price_micros)
    query = (
        select(*by, Decision.situation, func.count())  # type: ignore[call-overload]
        .outerjoin(Decision, col(Decision.id) == col(Delivery.decision_id))
        .where(col(Delivery.broadcast_id) == broadcast_id)
        .group_by(*by, Decision.situation)
    )
    return [Rows(DeliveryState(state), *rest) for state, *rest in session.exec(query)]


def queued(session: Session, broadcast_id: int) -> dict[int, int]:
    """People who still wait for their message, by the situation it was decided in."""
    query = (
        select(Decision.situation, func.count())
        .join(Delivery, col(Delivery.decision_id) == col(Decision.id))
        .where(
            col(Delivery.broadcast_id) == broadcast_id,
            col(Delivery.state) == int(DeliveryState.QUEUED),
        )
        .group_by(col(Decision.situation))
    )
    return dict(session.exec(query).all())
