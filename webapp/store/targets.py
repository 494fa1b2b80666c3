"""What each month of a brand aims for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlmodel import Session, col, select

from webapp.models.campaign import Target


def rows(session: Session, year: int) -> Sequence[Target]:
    query = select(Target).where(
        col(Target.month) >= date(year, 1, 1), col(Target.month) <= date(year, 12, 1)
    )
    return session.exec(query.order_by(col(Target.month), col(Target.measure))).all()


def by_month(session: Session, year: int, measure: str) -> dict[date, int]:
    """Values by the first day of their month; months without one are left out."""
    return {row.month: row.value for row in rows(session, year) if row.measure == measure}
