"""Messages a person and week: counted from the ledger for a week, kept, and read by year."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from sqlmodel import Session, and_, case, col, func, or_, select

from webapp.models.broadcast import Occurrence
from webapp.models.delivery import Delivery
from webapp.models.fatigue import FatigueWeek
from webapp.models.rollup import RollupDay

LATE = timedelta(days=14)  # how long after its run an unknown outcome may turn out to be a send
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
MOST = 4  # "four or more" is one number


def weeks(session: Session, first: date, last: date) -> Sequence[FatigueWeek]:
    """Those counted whose Monday lies between, oldest first."""
    query = select(FatigueWeek).where(col(FatigueWeek.monday).between(first, last))
    return session.exec(query.order_by(col(FatigueWeek.monday))).all()


def counted(session: Session) -> dict[date, datetime]:
    """When each week was counted last."""
    return {row.monday: row.counted_at for row in session.exec(select(FatigueWeek))}


def first_day(session: Session) -> date | None:
    """The first day on which anything was sent."""
    return session.exec(select(func.min(RollupDay.day)).where(RollupDay.sent > 0)).one()


def received(session: Session, since: datetime, until: datetime) -> dict[int, int]:
    """How many people were sent one, two, three, and MOST or more messages in a span of time.

    Only the runs that were under way are looked into, by their own index: a week costs as much as
    was sent in it, however long the ledger is.
    """
    under_way = and_(
        col(Occurrence.started_at) < until,
        or_(col(Occurrence.finished_at).is_(None), col(Occurrence.finished_at) >= since - LATE),
    )
    # The broadcasts are named, and the time is no bare column: else SQLite walks the whole ledger.
    broadcasts = session.exec(select(Occurrence.broadcast_id).where(under_way).distinct()).all()
    sent_at = func.coalesce(col(Delivery.sent_at), LONG_AGO)
    run = and_(
        col(Occurrence.broadcast_id) == col(Delivery.broadcast_id),
        col(Occurrence.number) == col(Delivery.occurrence),
    )
    each = (
        select(func.count().label("n"))
        .select_from(Delivery)
        .join(Occurrence, run)
        .where(col(Delivery.broadcast_id).in_(broadcasts), under_way)
        .where(sent_at >= since, sent_at < until)
        .group_by(col(Delivery.subscriber_id) + 0)
        .subquery()
    )
    n = case((each.c.n > MOST, MOST), else_=each.c.n).label("most")
    return dict(session.exec(select(n, func.count()).group_by(n)).all())


def messages(session: Session, since: date, until: date) -> int:
    """Sent from one day to another, both included."""
    query = select(func.coalesce(func.sum(RollupDay.sent), 0))
    return int(session.exec(query.where(col(RollupDay.day).between(since, until))).one())


def keep(session: Session, row: FatigueWeek) -> None:
    """Written over what was counted before."""
    session.merge(row)
