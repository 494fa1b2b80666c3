"""What people opt in to."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session, col, func, select

from webapp.models.opt_in import Consent, Topic


def all_of(session: Session, *, archived: bool = False) -> Sequence[Topic]:
    """By name; archived ones only when asked for."""
    query = select(Topic).order_by(Topic.name, col(Topic.id))
    if not archived:
        query = query.where(col(Topic.archived_at).is_(None))
    return session.exec(query).all()


def find(session: Session, topic_id: int) -> Topic | None:
    return session.get(Topic, topic_id)


def by_slug(session: Session, slug: str) -> Topic | None:
    return session.exec(select(Topic).where(Topic.slug == slug)).first()


def ids_by_slug(session: Session) -> dict[str, int]:
    """Archived ones included: their history stays readable."""
    return {slug: key or 0 for slug, key in session.exec(select(Topic.slug, Topic.id))}


def counts(session: Session) -> dict[tuple[int, str], int]:
    """People by (topic id, state of their consent)."""
    query = select(Consent.topic_id, Consent.state, func.count()).group_by(
        col(Consent.topic_id), col(Consent.state)
    )
    return {(topic, state): n for topic, state, n in session.exec(query)}
