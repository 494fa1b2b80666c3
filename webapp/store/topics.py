"""What people opt in to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime

from sqlmodel import Session, col, func, select

from webapp.models.opt_in import Consent, Topic, TopicWording

FROM_THE_BEGINNING = datetime(2016, 11, 14, tzinfo=UTC)  # when messaging windows began


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


def ids_by_name(session: Session) -> dict[str, int]:
    """By everything a topic is called by, in small letters: its title before another one's slug,
    the older topic before the younger. Archived ones included."""
    rows = session.exec(select(Topic.id, Topic.name, Topic.slug).order_by(col(Topic.id).desc()))
    found = [(key or 0, name.casefold(), slug.casefold()) for key, name, slug in rows]
    return {slug: key for key, _, slug in found} | {title: key for key, title, _ in found}


def counts(session: Session) -> dict[tuple[int, str], int]:
    """People by (topic id, state of their consent)."""
    query = select(Consent.topic_id, Consent.state, func.count()).group_by(
        col(Consent.topic_id), col(Consent.state)
    )
    return {(topic, state): n for topic, state, n in session.exec(query)}


def add_wording(session: Session, topic: Topic, at: datetime) -> None:
    """From then on the topic is called this and says that; earlier versions stay."""
    version = TopicWording(
        brand_id=topic.brand_id, topic_id=topic.id or 0, at=at, name=topic.name,
        wording=topic.wording,
    )  # fmt: skip
    session.add(version)
    session.flush()


def wordings(session: Session, topic_ids: Collection[int] | None = None) -> Sequence[TopicWording]:
    """Every version of these topics, or of all, oldest first."""
    query = select(TopicWording).order_by(col(TopicWording.at), col(TopicWording.id))
    if topic_ids is not None:
        query = query.where(col(TopicWording.topic_id).in_(topic_ids))
    return session.exec(query).all()


def said_at(versions: Iterable[TopicWording], topic_id: int, at: datetime) -> TopicWording | None:
    """The version that held then; the first one for what was before it."""
    of_topic = [it for it in versions if it.topic_id == topic_id]
    return next((it for it in reversed(of_topic) if it.at <= at), next(iter(of_topic), None))
