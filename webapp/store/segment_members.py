"""Whom frozen segments keep: `segment_sql` asks for them, this writes them down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, select, update
from sqlmodel import Session, col

from webapp import db
from webapp.models.segment import SegmentMember
from webapp.store import inserts


def add(session: Session, segment_id: int, subscriber_ids: Sequence[int]) -> None:
    """People of the session's brand; who is kept already stays."""
    if not subscriber_ids:
        return
    common = {"brand_id": db.brand_of(session), "segment_id": segment_id}
    keeping: Any = inserts.into(
        SegmentMember, session.get_bind().dialect.name
    ).on_conflict_do_nothing()
    session.connection().execute(
        keeping, [{**common, "subscriber_id": number} for number in subscriber_ids]
    )


def remove(session: Session, segment_id: int, limit: int) -> int:
    """Let some of them go; returns how many."""
    first = (
        select(col(SegmentMember.subscriber_id))
        .where(col(SegmentMember.segment_id) == segment_id)
        .limit(limit)
    )
    numbers = session.scalars(first).all()
    session.execute(
        delete(SegmentMember)
        .where(
            col(SegmentMember.segment_id) == segment_id,
            col(SegmentMember.subscriber_id).in_(numbers),
        )
        .execution_options(synchronize_session=False)
    )
    return len(numbers)


def forget(session: Session, subscriber_id: int) -> None:
    """Out of every frozen segment."""
    session.execute(
        delete(SegmentMember)
        .where(col(SegmentMember.subscriber_id) == subscriber_id)
        .execution_options(synchronize_session=False)
    )


def hand_over(session: Session, giver_id: int, taker_id: int) -> None:
    """Where one person was kept the other is kept instead."""
    held = select(col(SegmentMember.segment_id)).where(col(SegmentMember.subscriber_id) == taker_id)
    session.execute(
        update(SegmentMember)
        .where(
            col(SegmentMember.subscriber_id) == giver_id,
            col(SegmentMember.segment_id).not_in(session.scalars(held).all()),
        )
        .values(subscriber_id=taker_id)
        .execution_options(synchronize_session=False)
    )
    forget(session, giver_id)
