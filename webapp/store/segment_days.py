"""Who came into segments and who left them, day by day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from pyroaring import BitMap64
from sqlmodel import Session, col, or_, select

from webapp.models.segment import Segment, SegmentDay, SegmentSeen


def due(session: Session, before: datetime) -> Sequence[tuple[int, int]]:
    """(brand, segment) of those in use that nobody has looked at since."""
    query = (
        select(Segment.brand_id, Segment.id)
        .outerjoin(SegmentSeen, col(SegmentSeen.segment_id) == col(Segment.id))
        .where(
            col(Segment.archived_at).is_(None),
            or_(col(SegmentSeen.at).is_(None), col(SegmentSeen.at) <= before),
        )
        .order_by(col(Segment.id))
    )
    return [(brand, key or 0) for brand, key in session.exec(query)]


def seen(session: Session, segment_id: int) -> BitMap64 | None:
    """Who was in at the last look; None before the first."""
    row = session.get(SegmentSeen, segment_id)
    return None if row is None else BitMap64.deserialize(row.people)


def note(
    session: Session, segment: Segment, day: date, found: BitMap64, before: BitMap64 | None,
    now: datetime,
) -> None:  # fmt: skip
    """One look: whoever is in and was not has joined, and the other way round."""
    key = segment.id or 0
    row = session.get(SegmentDay, (key, day)) or SegmentDay(
        brand_id=segment.brand_id, segment_id=key, day=day
    )
    row.people = len(found)
    if before is not None:
        row.joined += len(found - before)
        row.left += len(before - found)
    last = session.get(SegmentSeen, key) or SegmentSeen(
        brand_id=segment.brand_id, segment_id=key, people=b"", at=now
    )
    last.people, last.at = found.serialize(), now
    session.add_all([row, last])


def days(session: Session, segment_id: int, since: date, until: date) -> Sequence[SegmentDay]:
    """Newest first, both ends included; days on which nobody looked are left out."""
    query = select(SegmentDay).where(
        SegmentDay.segment_id == segment_id, col(SegmentDay.day).between(since, until)
    )
    return session.exec(query.order_by(col(SegmentDay.day).desc())).all()
