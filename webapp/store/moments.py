"""The dates of a brand's own that matter to its plan."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlmodel import Session, col, select

from webapp.domain.errors import NotFound
from webapp.models.campaign import Moment


def get(session: Session, moment_id: int) -> Moment:
    """Raises NotFound, also for another brand's."""
    row = session.get(Moment, moment_id)
    if row is None:
        raise NotFound("moment", moment_id)
    return row


def between(session: Session, first: date, last: date) -> Sequence[Moment]:
    query = select(Moment).where(col(Moment.on) >= first, col(Moment.on) <= last)
    return session.exec(query.order_by(col(Moment.on), col(Moment.id))).all()
