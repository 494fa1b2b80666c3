"""The ledger of consent, chained by hash person by person, and what it says now."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC

from sqlmodel import Session, col, func, select

from webapp.domain.consent import Act, Action, Source, State, TopicStanding
from webapp.models.opt_in import Consent, OptIn
from webapp.store import bulk

Pair = tuple[int, int]  # subscriber id, topic id


def append(session: Session, rows: Sequence[OptIn]) -> None:
    """Add acts to the ledger, each linked to the person's act before it; gives them their ids."""
    if not rows:
        return
    last = last_hashes(session, {row.subscriber_id for row in rows})
    for row in rows:
        row.previous_hash = last.get(row.subscriber_id, "")
        row.hash = last[row.subscriber_id] = digest(row)
    bulk.add(session, OptIn, [row.model_dump(exclude={"id"}) for row in rows])
    ids = _ids_by_hash(session, {row.subscriber_id for row in rows})
    for row in rows:
        row.id = ids[row.hash]


def last_hashes(session: Session, subscriber_ids: Iterable[int]) -> dict[int, str]:
    newest = (
        select(func.max(OptIn.id))
        .where(col(OptIn.subscriber_id).in_(subscriber_ids))
        .group_by(col(OptIn.subscriber_id))
    )
    query = select(OptIn.subscriber_id, OptIn.hash).where(col(OptIn.id).in_(newest))
    return dict(session.exec(query).all())


def _ids_by_hash(session: Session, subscriber_ids: Iterable[int]) -> dict[str, int]:
    query = select(OptIn.hash, OptIn.id).where(col(OptIn.subscriber_id).in_(subscriber_ids))
    return {hash_: key or 0 for hash_, key in session.exec(query)}


def ledger(session: Session, subscriber_id: int) -> Sequence[OptIn]:
    """Every act of one person, in the order they were written down."""
    query = select(OptIn).where(OptIn.subscriber_id == subscriber_id).order_by(col(OptIn.id))
    return session.exec(query).all()


def act(row: OptIn) -> Act:
    """A line of the ledger as the rules of consent read it; topics go by their id."""
    topic = None if row.topic_id is None else str(row.topic_id)
    return Act(
        Action(row.action), row.at, topic, Source(row.source), row.token, row.token_expires_at
    )


def standing_rows(session: Session, subscriber_id: int) -> Sequence[Consent]:
    query = select(Consent).where(Consent.subscriber_id == subscriber_id)
    return session.exec(query.order_by(col(Consent.topic_id))).all()


def states(session: Session, subscriber_ids: Iterable[int]) -> dict[Pair, str]:
    """The state of each person's consent to each topic they were ever asked about."""
    query = select(Consent.subscriber_id, Consent.topic_id, Consent.state).where(
        col(Consent.subscriber_id).in_(subscriber_ids)
    )
    return {(person, topic): state for person, topic, state in session.exec(query)}


def set_standing(
    session: Session, resting_on: OptIn, topic_id: int, found: TopicStanding
) -> Consent:
    """Write down where the person stands; what sending keeps on the row stays as it is."""
    subscriber_id = resting_on.subscriber_id
    query = select(Consent).where(
        Consent.subscriber_id == subscriber_id, Consent.topic_id == topic_id
    )
    row = session.exec(query).first() or Consent(
        brand_id=resting_on.brand_id,
        subscriber_id=subscriber_id,
        topic_id=topic_id,
        state=found.state,
        opt_in_id=resting_on.id or 0,
        since=found.since,
    )
    for name, value in {**_columns(found), "opt_in_id": resting_on.id}.items():
        setattr(row, name, value)
    session.add(row)
    return row


def add_standings(session: Session, acts: Sequence[OptIn]) -> None:
    """Many at once: each act is the first its person ever did on its topic."""
    rows = [
        {
            "brand_id": row.brand_id,
            "subscriber_id": row.subscriber_id,
            "topic_id": row.topic_id,
            "opt_in_id": row.id,
            "state": State.ACTIVE.value,
            "since": row.at,
            "token": row.token,
            "token_expires_at": row.token_expires_at,
        }
        for row in acts
    ]
    bulk.add(session, Consent, rows)


def broken_links(session: Session, subscriber_id: int) -> Iterator[int]:
    """Ids of acts that were changed, or whose predecessor is missing."""
    previous = ""
    for row in ledger(session, subscriber_id):
        if row.previous_hash != previous or row.hash != digest(row):
            yield row.id or 0
        previous = row.hash


def digest(row: OptIn) -> str:
    parts = [
        row.previous_hash, row.brand_id, row.subscriber_id, row.topic_id, row.action,
        row.at.astimezone(UTC).isoformat(), row.recorded_at.astimezone(UTC).isoformat(),
        row.wording, row.source, row.evidence, row.token,
        row.token_expires_at and row.token_expires_at.astimezone(UTC).isoformat(),
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _columns(found: TopicStanding) -> dict[str, object]:
    return {
        "state": found.state.value,
        "since": found.since,
        "token": found.token,
        "token_expires_at": found.token_expires_at,
    }
