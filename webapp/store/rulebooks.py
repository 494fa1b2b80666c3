"""The books kept here, and which of them is in force: the last term's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from webapp.domain.errors import NotFound
from webapp.domain.permission import Actor
from webapp.models.rulebook import RulebookTerm, StoredRulebook

LAST = (
    select(RulebookTerm.rulebook_id).order_by(col(RulebookTerm.id).desc()).limit(1)
).scalar_subquery()  # the book of the last term
ORDER_LOCK = 0x6661_6E6C_7262  # PostgreSQL advisory lock, held until the transaction ends


@dataclass(frozen=True)
class Term:
    """A time in which one book was in force; `until` None: it still is."""

    version: str
    since: datetime
    until: datetime | None
    by: str


def version_in_force(session: Session) -> str | None:
    """One row by key: cheap enough to ask every few seconds. None: no book was kept yet."""
    query = select(StoredRulebook.version).where(StoredRulebook.id == LAST)
    return session.exec(query).first()


def in_force(session: Session) -> StoredRulebook | None:
    return session.exec(select(StoredRulebook).where(StoredRulebook.id == LAST)).first()


def get(session: Session, version: str) -> StoredRulebook:
    """Raises NotFound."""
    found = find(session, version)
    if found is None:
        raise NotFound("rulebook", version[:40])
    return found


def find(session: Session, version: str) -> StoredRulebook | None:
    query = select(StoredRulebook).where(StoredRulebook.version == version)
    return session.exec(query).first()


def everyone(session: Session) -> Sequence[StoredRulebook]:
    """All that were ever kept, the last kept first."""
    return session.exec(select(StoredRulebook).order_by(col(StoredRulebook.id).desc())).all()


def terms(session: Session) -> list[Term]:
    """Which book was in force when and who said so, the present first."""
    query = (
        select(StoredRulebook.version, RulebookTerm.since, RulebookTerm.by)
        .join(RulebookTerm, col(RulebookTerm.rulebook_id) == StoredRulebook.id)
        .order_by(col(RulebookTerm.id).desc())
    )
    found: list[Term] = []
    for version, since, by in session.exec(query):
        found.append(Term(version, since, found[-1].since if found else None, by))
    return found


def put_in_force(session: Session, row: StoredRulebook, actor: Actor, now: datetime) -> None:
    """From `now` on; the caller has asked `one_at_a_time` before it decided."""
    session.add(row)
    session.flush()
    by = RulebookTerm(rulebook_id=row.id or 0, since=now, by=actor.name, user_id=actor.user_id)
    session.add(by)
    session.flush()


def one_at_a_time(session: Session) -> None:
    """Two people loading books decide one after the other. SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(ORDER_LOCK)))
