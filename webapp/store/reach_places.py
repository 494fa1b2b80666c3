"""Where people are: their region and the zone they are said to live in, as an index has them.

People are *free* who neither said STOP nor are unavailable: no rule lets a message go to others.
`ix_subscriber_reach` holds the free ones by region and zone, so each is found by one step.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Integer, String, and_, column, select, values
from sqlmodel import Session, col

from webapp.domain.hourly_turns import NO_ZONE
from webapp.models.subscriber import Subscriber

EARLIEST = datetime(1, 1, 2, tzinfo=UTC)
KEPT_OUT = (  # who said STOP, and who is unavailable besides: the others are "free"
    col(Subscriber.opted_out_at) > EARLIEST,
    and_(col(Subscriber.opted_out_at).is_(None), col(Subscriber.unavailable_at) > EARLIEST),
)


class Place(NamedTuple):
    """Where people are, and the zone they are said to live in ("" for nobody knows)."""

    region: int
    zone: str


def places(session: Session, channel_id: int) -> Sequence[Place]:
    """Where free people with a known zone are."""
    found = regions(session, channel_id)
    return named(session, channel_id, found) if found else []


def regions(session: Session, channel_id: int) -> Sequence[int]:
    """Where people of the channel are: one step of the index from each region to the next."""
    region, ones = col(Subscriber.region), free(channel_id)
    known = _first(ones, region).subquery()
    found = select(known.c.region).cte("known", recursive=True)
    after = _first(ones.where(region > found.c.region), region)
    found = found.union_all(select(after.scalar_subquery()).where(found.c.region.is_not(None)))
    return session.scalars(select(found.c.region).where(found.c.region.is_not(None))).all()


def named(session: Session, channel_id: int, within: Sequence[int]) -> Sequence[Place]:
    """The zones people of each region are said to live in: one step of the index each."""
    region, zone = col(Subscriber.region), col(Subscriber.timezone)
    table, ones = listed(nowhere(within)), free(channel_id).where(zone.is_not(None))
    first = _first(ones.where(region == table.c.region), zone)
    known = select(table.c.region, first.scalar_subquery().label("zone")).cte(
        "known", recursive=True
    )
    after = _first(ones.where(region == known.c.region, zone > known.c.zone), zone)
    step = select(known.c.region, after.scalar_subquery()).where(known.c.zone.is_not(None))
    known = known.union_all(step)
    found = session.execute(select(known.c.region, known.c.zone).where(known.c.zone.is_not(None)))
    return [Place(*row) for row in found]


def _first(ones: Any, column: Any) -> Any:
    """The least of a column. PostgreSQL walks the index for its order alone, with columns that are
    NULL of everybody named as well: for `min` it would read everybody."""
    order = col(Subscriber.opted_out_at), col(Subscriber.unavailable_at), col(Subscriber.region)
    return ones.with_only_columns(column).order_by(*order, col(Subscriber.timezone)).limit(1)


def nowhere(within: Sequence[int]) -> Sequence[Place]:
    """Regions, for people of whom no zone is known."""
    return [Place(region, NO_ZONE) for region in within]


def listed(chosen: Sequence[Place]) -> Any:
    columns = column("region", Integer), column("zone", String)
    return values(*columns, name="places").data([tuple(it) for it in chosen]).cte()


def free(channel_id: int) -> Any:
    """The session says whose; the same said twice misleads SQLite into a worse index."""
    return select(col(Subscriber.id)).where(
        col(Subscriber.channel_id) == channel_id, col(Subscriber.erased_at).is_(None), *is_free()
    )


def is_free() -> tuple[ColumnElement[bool], ...]:
    return col(Subscriber.opted_out_at).is_(None), col(Subscriber.unavailable_at).is_(None)
