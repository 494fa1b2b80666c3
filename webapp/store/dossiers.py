"""Every row kept about one person, as JSON values, by what it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session, SQLModel, col, select

from webapp.models.broadcast import Broadcast
from webapp.models.delivery import Delivery
from webapp.models.import_job import ImportedSubscriber, ImportJob
from webapp.models.opt_in import Consent, OptIn, Topic
from webapp.models.raw_event import Event
from webapp.models.reply import Reply
from webapp.models.segment import Segment, SegmentMember
from webapp.models.subscriber import SubscriberKey

Rows = list[dict[str, Any]]
# Of our own making, and nobody's to be told: the rest of a row says what it says without them.
HIDDEN = {"brand_id", "subscriber_id", "raw_event_id", "worker_id", "salt"}


def rows(session: Session, subscriber_id: int) -> dict[str, Rows]:
    """Each list in the order its rows were written."""
    return {
        "other_ids": _of(session, SubscriberKey, subscriber_id),
        "topics": _topics(session, subscriber_id),
        "consents": _of(session, Consent, subscriber_id),
        "opt_ins": _of(session, OptIn, subscriber_id),
        "segments": _segments(session, subscriber_id),
        "imports": _imports(session, subscriber_id),
        "events": _of(session, Event, subscriber_id),
        "deliveries": _deliveries(session, subscriber_id),
        "replies": _of(session, Reply, subscriber_id),
    }


def _of(session: Session, model: Any, subscriber_id: int) -> Rows:
    query = select(model).where(model.subscriber_id == subscriber_id).order_by(model.id)
    return [_plain(row) for row in session.exec(query)]


def _plain(row: SQLModel) -> dict[str, Any]:
    return row.model_dump(mode="json", exclude=HIDDEN)


def _topics(session: Session, subscriber_id: int) -> Rows:
    """What consents and opt-ins name by number."""
    named = select(OptIn.topic_id).where(OptIn.subscriber_id == subscriber_id)
    query = select(Topic).where(col(Topic.id).in_(named)).order_by(col(Topic.id))
    return [{"id": row.id, "slug": row.slug, "name": row.name} for row in session.exec(query)]


def _segments(session: Session, subscriber_id: int) -> Rows:
    """The frozen ones, which keep people; others only find them."""
    query = (
        select(Segment.id, Segment.name)
        .join(SegmentMember, col(SegmentMember.segment_id) == col(Segment.id))
        .where(SegmentMember.subscriber_id == subscriber_id)
        .order_by(col(Segment.id))
    )
    return [{"id": number, "name": name} for number, name in session.exec(query)]


def _imports(session: Session, subscriber_id: int) -> Rows:
    query = (
        select(ImportJob, ImportedSubscriber)
        .join(ImportedSubscriber, col(ImportedSubscriber.import_job_id) == col(ImportJob.id))
        .where(ImportedSubscriber.subscriber_id == subscriber_id)
        .order_by(col(ImportJob.id))
    )
    found: Sequence[tuple[ImportJob, ImportedSubscriber]] = session.exec(query).all()
    return [
        {"id": job.id, "file": job.filename, "created_at": job.created_at.isoformat(),
         "brought_new": brought.created, "changed": brought.trace}
        for job, brought in found
    ]  # fmt: skip


def _deliveries(session: Session, subscriber_id: int) -> Rows:
    query = (
        select(Delivery, Broadcast.name)
        .join(Broadcast, col(Broadcast.id) == col(Delivery.broadcast_id))
        .where(Delivery.subscriber_id == subscriber_id)
        .order_by(col(Delivery.id))
    )
    return [{**_plain(row), "broadcast": name} for row, name in session.exec(query)]
