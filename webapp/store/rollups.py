"""Counts by day and by hour, raised in the transaction that makes them true, as its last act.

Whoever reads them in that transaction sees what it has raised so far.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy import Table
from sqlmodel import Session, SQLModel, col, func, select

from webapp.models.brand import Brand
from webapp.models.rollup import RollupDay, RollupHour
from webapp.store import once, raises

BRANDS: Table = Brand.__table__  # type: ignore[attr-defined]
DAYS: Table = RollupDay.__table__  # type: ignore[attr-defined]
HOURS: Table = RollupHour.__table__  # type: ignore[attr-defined]
ZONE = sa.select(BRANDS.c.timezone).where(BRANDS.c.id == sa.bindparam("brand"))
HOURLY = frozenset({"sent", "read", "replied", "inbound"})


class DayCounts(NamedTuple):
    """A day of the whole brand; `spend_micros` in millionths of the platforms' currency."""

    day: date
    planned: int
    sent: int
    failed: int
    skipped: int
    cancelled: int
    unknown: int
    delivered: int
    read: int
    clicked: int
    replied: int
    inbound: int
    new_subscribers: int
    opt_ins: int
    opt_outs: int
    spend_micros: int


class HourCounts(NamedTuple):
    """An hour (UTC) of the whole brand."""

    hour: datetime
    sent: int
    read: int
    replied: int
    inbound: int


def days(session: Session, first: date, last: date) -> Sequence[DayCounts]:
    """The days with counts from `first` to `last`, in order: every screen's numbers by day."""
    raises.write(session)
    query = (
        sa.select(col(RollupDay.day), *_sums(RollupDay, DayCounts._fields[1:]))
        .where(col(RollupDay.day) >= first, col(RollupDay.day) <= last)
        .group_by(col(RollupDay.day))
        .order_by(col(RollupDay.day))
    )
    return [DayCounts(day, *map(int, counts)) for day, *counts in session.execute(query)]


def hours(session: Session, since: datetime, until: datetime) -> Sequence[HourCounts]:
    """The hours with counts from `since` to before `until`, in order."""
    raises.write(session)
    query = (
        sa.select(col(RollupHour.hour), *_sums(RollupHour, HourCounts._fields[1:]))
        .where(col(RollupHour.hour) >= since, col(RollupHour.hour) < until)
        .group_by(col(RollupHour.hour))
        .order_by(col(RollupHour.hour))
    )
    return [HourCounts(hour, *map(int, counts)) for hour, *counts in session.execute(query)]


def inbound(session: Session, channel_id: int, since: datetime) -> dict[datetime, int]:
    """Messages that came in on one channel, by hour (UTC); hours without any are left out."""
    raises.write(session)
    query = select(RollupHour.hour, RollupHour.inbound).where(
        RollupHour.channel_id == channel_id,
        col(RollupHour.hour) >= since,
        col(RollupHour.inbound) > 0,
    )
    return dict(session.exec(query).all())


def people_met(session: Session, before: date) -> int:
    """How many people had become known to the brand before this day."""
    raises.write(session)
    query = select(func.coalesce(func.sum(RollupDay.new_subscribers), 0))
    return int(session.exec(query.where(col(RollupDay.day) < before)).one())


def years(session: Session) -> Sequence[int]:
    """The years with counts, in order; nothing for a new brand."""
    raises.write(session)
    query = select(func.min(RollupDay.day), func.max(RollupDay.day))
    first, last = session.exec(query).one()
    return [] if first is None else range(first.year, last.year + 1)


def add(
    session: Session, brand_id: int, channel_id: int, at: datetime, kind: str = "", **counts: int
) -> None:
    """Raise the counts of the day (in the brand's zone) and the hour (UTC) that `at` lies in."""
    add_told(session, brand_id, channel_id, at, at, kind, counts)


def add_told(
    session: Session,
    brand_id: int,
    channel_id: int,
    sent: datetime,
    at: datetime,
    kind: str,
    counts: Mapping[str, int],
) -> None:
    """As `add`, for what is told `at` a time of a message of another day: it is counted by day on
    the day of the message, and by hour when it happened."""
    day = _day(session, brand_id, sent)
    of_day = {"brand_id": brand_id, "channel_id": channel_id, "day": day, "kind": kind}
    raises.add(session, DAYS, of_day, counts)
    hourly = {name: n for name, n in counts.items() if name in HOURLY}
    if hourly:
        hour = at.replace(minute=0, second=0, microsecond=0)
        of_hour = {"brand_id": brand_id, "channel_id": channel_id, "hour": hour}
        raises.add(session, HOURS, of_hour, hourly)


def add_days(
    session: Session, brand_id: int, channel_id: int, measure: str, days: Mapping[date, int]
) -> None:
    """Raise one measure of many days (in the brand's zone) at once: for imports."""
    if not days:
        return
    key = {"brand_id": brand_id, "channel_id": channel_id}
    for day, n in days.items():
        raises.add(session, DAYS, {**key, "day": day, "kind": ""}, {measure: n})


def _sums(model: type[SQLModel], names: Sequence[str]) -> list[sa.ColumnElement[int]]:
    return [func.sum(getattr(model, name)) for name in names]


def _day(session: Session, brand_id: int, at: datetime) -> date:
    zone = once.read(session, ("zone", brand_id), lambda: _zone(session, brand_id))
    return at.astimezone(zone).date()


def _zone(session: Session, brand_id: int) -> ZoneInfo:
    return ZoneInfo(session.connection().execute(ZONE, {"brand": brand_id}).scalar_one())
