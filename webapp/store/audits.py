"""The audit log: appended, hash-chained, never edited."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from sqlalchemy import event
from sqlmodel import Session, col, func, select

from webapp.domain.permission import Actor
from webapp.models.audit import Audit
from webapp.store import installation

log = logging.getLogger("webapp.acts")
CHAIN_LOCK = 0x6661_6E6C_6161  # PostgreSQL advisory lock, held until the line is committed


def add(
    session: Session,
    actor: Actor,
    brand_id: int | None,
    action: str,
    noun_id: int | None,
    now: datetime,
    **detail: object,
) -> None:
    """Append one line in the caller's transaction. `detail` holds JSON values, no secrets.

    It follows the line that was the last one, whether that is still there or not: lines that were
    taken off the end stay missing, whatever is written after them.
    """
    session.flush()
    _one_writer(session)
    end = installation.log_end(session)
    row = Audit(
        brand_id=brand_id,
        at=now,
        user_id=actor.user_id,
        door=actor.door,
        action=action,
        noun_id=noun_id,
        detail=detail,
        previous_hash=_last_hash(session) if end is None else end,
        hash="",
    )
    row.hash = digest(row)
    session.add(row)
    installation.note_log_end(session, row.hash, now)
    event.listen(session, "after_commit", lambda _: _tell(session, row), once=True)


def _tell(session: Session, row: Audit) -> None:
    """Also to the process's own log, without its details: they may hold what people wrote. What
    was rolled back is in no session any more."""
    if row not in session:
        return
    who = {"brand": row.brand_id, "noun": row.noun_id, "user": row.user_id, "door": row.door}
    log.info(row.action, extra=who)


def page(
    session: Session, brand_id: int, before: int | None = None, limit: int = 50
) -> Sequence[Audit]:
    """Newest first, of one brand; `before` is the id the last page ended with."""
    query = select(Audit).where(Audit.brand_id == brand_id)
    if before is not None:
        query = query.where(col(Audit.id) < before)
    return session.exec(query.order_by(col(Audit.id).desc()).limit(limit)).all()


def broken_links(session: Session) -> Iterator[int]:
    """Ids of lines that were changed, or whose predecessor is missing."""
    previous = ""
    for row in session.exec(select(Audit).order_by(col(Audit.id))):
        if row.previous_hash != previous or row.hash != digest(row):
            yield row.id or 0
        previous = row.hash


def ends_where_it_should(session: Session) -> bool:
    """Whether the last line is the one that was written last."""
    end = installation.log_end(session)
    return end is None or end == _last_hash(session)


def _last_hash(session: Session) -> str:
    query = select(col(Audit.hash)).order_by(col(Audit.id).desc()).limit(1)
    return session.exec(query).first() or ""


def _one_writer(session: Session) -> None:
    """Two lines must not follow the same one. SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(CHAIN_LOCK)))


def digest(row: Audit) -> str:
    parts = [
        row.previous_hash, row.brand_id, row.at.astimezone(UTC).isoformat(), row.user_id, row.door,
        row.action, row.noun_id, row.detail,
    ]  # fmt: skip
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
