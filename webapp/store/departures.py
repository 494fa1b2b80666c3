"""People by the moment of their own turn: each is judged at the departure of their zone.

`domain.departure` says when a zone departs; here the zones of an audience are joined to those
moments, so that one statement judges everyone, each at their own. Beside it stands the situation at
the moment they were meant to go before quiet hours: who is kept out only because they waited can
be told from who is kept out anyway.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Integer, String, column, func, select, values
from sqlmodel import Session, col

from webapp.models.base import UtcDateTime
from webapp.models.subscriber import Subscriber
from webapp.store import reach_places, situations
from webapp.store.situations import NAMES, Times, View

NO_ZONE = ""  # stands for everyone whose own zone is not listed


@dataclass(frozen=True)
class Leg:
    """How people of one departure are looked at: at their turn, and when it was meant to be."""

    view: View
    meant: View
    quiet: bool


@dataclass(frozen=True)
class Legs:
    """`of_zone` leads from a zone's name to a leg's place; NO_ZONE is always there."""

    legs: tuple[Leg, ...]
    of_zone: Mapping[str, int]


class Fellows(NamedTuple):
    """People of one leg in one situation, at their turn and when it was meant to be: how many, the
    last of them in the order of ids, and their ids as the database listed them."""

    leg: int
    code: int
    meant: int
    people: int
    last: int
    ids: Any


def zones(session: Session, channel_id: int) -> set[str]:
    """Every zone that a living person of the channel is said to live in: by steps of an index,
    but for the few who are written to by no rule."""
    found = {place.zone for place in reach_places.places(session, channel_id)}
    zone = select(col(Subscriber.timezone)).distinct()
    living = col(Subscriber.channel_id) == channel_id, col(Subscriber.erased_at).is_(None)
    for clause in reach_places.KEPT_OUT:
        found.update(it for (it,) in session.execute(zone.where(*living, clause)) if it)
    return found - {""}


def lived(session: Session, clause: ColumnElement[bool], channel_id: int) -> dict[str | None, int]:
    """How many of the segment are said to live in each zone."""
    query = select(col(Subscriber.timezone), func.count()).where(
        col(Subscriber.channel_id) == channel_id, col(Subscriber.erased_at).is_(None), clause
    )
    found = session.execute(query.group_by(col(Subscriber.timezone)))
    return dict(found.all())


def each(
    session: Session, legs: Legs, clause: ColumnElement[bool], channel_id: int, *, limit: int
) -> Sequence[Fellows]:
    """The first people of the segment in the order of ids; none of them passes through Python."""
    key = col(Subscriber.id)
    query, by = _judged([legs], clause, channel_id, key.label("id"))
    people = query.order_by(key).limit(limit).subquery()
    named = [people.c[it.name] for it in by]
    counted = select(
        *named, func.count(), func.max(people.c.id), situations.listed(session, people)
    )
    return [Fellows(*row) for row in session.execute(counted.group_by(*named))]


def tally(
    session: Session, legs: Legs, clause: ColumnElement[bool], channel_id: int
) -> dict[tuple[int, int, int], int]:
    """How many people of the segment: (leg, situation at their turn, and when it was meant)."""
    return {(leg, *codes): n for leg, *codes, n in _counted(session, [legs], clause, channel_id)}


def pairs(
    session: Session, one: Legs, other: Legs, clause: ColumnElement[bool], channel_id: int
) -> dict[tuple[int, int, int, int, int], int]:
    """How many people of the segment: their leg, as in `tally` by `one`, and by `other`, whose legs
    are in the same places."""
    counted = _counted(session, [one, other], clause, channel_id)
    return {(leg, *codes): n for leg, *codes, n in counted}


def _counted(
    session: Session, many: Sequence[Legs], clause: ColumnElement[bool], channel_id: int
) -> Any:
    query, by = _judged(many, clause, channel_id)
    return session.execute(query.add_columns(func.count()).group_by(*by))


def _judged(
    many: Sequence[Legs], clause: ColumnElement[bool], channel_id: int, *more: Any
) -> tuple[Any, list[Any]]:
    """The query, and its columns beside `more`: the leg, and two situations by each of `many`."""
    first, view = many[0], many[0].legs[0].view
    consent, lived = situations.consent_of(view), _zones(first)
    leg = func.coalesce(lived.c.leg, first.of_zone[NO_ZONE])
    tables = [_turns(legs, f"turns{number}") for number, legs in enumerate(many)]
    by = [tables[0].c.leg, *_codes(view, consent, tables)]
    query = (
        select(*more, *by)
        .select_from(Subscriber)
        .outerjoin(lived, lived.c.zone == col(Subscriber.timezone))
    )
    for turns in tables:  # outer: people lead, in the order of their ids
        query = query.outerjoin(turns, turns.c.leg == leg)
    return situations.narrowed(query, view, consent, clause, channel_id), by


def _codes(view: View, consent: Any, tables: Sequence[Any]) -> Iterator[Any]:
    for number, turns in enumerate(tables):
        for which in ("turn", "meant"):
            times = _times(turns, f"{which}_")
            yield situations.code(view, consent, times).label(f"{which}{number}")


def _times(turns: Any, prefix: str) -> Times:
    """Each person's own moments, as columns."""
    quiet = turns.c.quiet if prefix == "turn_" else situations.NONE
    named = {name: turns.c[prefix + name] for name in NAMES}
    return Times(**named, quiet=quiet)


def _turns(legs: Legs, name: str) -> Any:
    named = [column(which + name, UtcDateTime()) for which in ("turn_", "meant_") for name in NAMES]
    columns: Any = (column("leg", Integer), column("quiet", Integer), *named)
    rows = [(number, int(leg.quiet), *_moments(leg)) for number, leg in enumerate(legs.legs)]
    return values(*columns, name=name).data(rows).cte()


def _moments(leg: Leg) -> Iterator[Any]:
    for view in (leg.view, leg.meant):
        found = view.values()
        yield from (found[name] for name in NAMES)


def _zones(legs: Legs) -> Any:
    columns = column("zone", String), column("leg", Integer)
    return values(*columns, name="lived").data(list(legs.of_zone.items())).cte()
