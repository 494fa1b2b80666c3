"""Opt-in tokens: which one a message may use, and when each was used last."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from pyroaring import BitMap64
from sqlalchemy import or_, update
from sqlmodel import Session, col, select

from webapp.models.opt_in import Consent
from webapp.store import audience_parts


def live(session: Session, subscriber_ids: Iterable[int], at: datetime) -> dict[int, Consent]:
    """For each person the live token that lasts longest, by subscriber id."""
    query = (
        select(Consent)
        .where(
            col(Consent.subscriber_id).in_(list(subscriber_ids)),
            Consent.state == "active",
            col(Consent.token).is_not(None),
            or_(col(Consent.token_expires_at).is_(None), col(Consent.token_expires_at) > at),
        )
        .order_by(col(Consent.token_expires_at))
    )
    return {row.subscriber_id: row for row in session.exec(query)}


def resting(
    session: Session, at: datetime, spaced: datetime, topic_id: int | None = None
) -> BitMap64:
    """Who may not be sent to with a token of this topic, or with any, since it was used after
    `spaced` or the platform named a time after `at`. An index each, for of two in one query SQLite
    uses none."""
    found = BitMap64()
    for late in (col(Consent.last_used_at) > spaced, col(Consent.next_eligible_at) > at):
        query = select(col(Consent.subscriber_id)).where(late)
        if topic_id is not None:
            query = query.where(col(Consent.topic_id) + 0 == topic_id)  # hidden from its own index
        found |= audience_parts.read(session, col(Consent.subscriber_id), query)[0]
    return found


def mark_used(session: Session, consent_ids: Iterable[int], now: datetime) -> None:
    """In the claim: from here on the token's spacing counts, whatever becomes of the send."""
    ids = list(consent_ids)
    if ids:
        session.exec(update(Consent).where(col(Consent.id).in_(ids)).values(last_used_at=now))


def give_back(
    session: Session, used_at: Mapping[int, datetime | None], claimed_at: datetime
) -> None:
    """The platform took nothing: the tokens are as before, unless used again since."""
    for consent_id, before in used_at.items():
        session.exec(
            update(Consent)
            .where(col(Consent.id) == consent_id, col(Consent.last_used_at) == claimed_at)
            .values(last_used_at=before)
        )
