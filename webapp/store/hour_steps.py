"""How many of some moments lie before one of a person's: of a ladder, without a look at each.

A rung whose first and last moment say the same says it of everybody on it; of the others the
database is asked. So a digit of `standings` or `segment_hours` is told of a million people by some
dozen sets.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, reduce
from operator import add
from typing import Any

from pyroaring import BitMap64
from sqlalchemy import ColumnElement, Connection, Integer, func, literal, select
from sqlmodel import Session

from webapp.domain.hourly_turns import Moments
from webapp.store import audience_ladders, hour_counts
from webapp.store.audience_ladders import Flight, Ladder, Rung
from webapp.store.audience_parts import Subject

Values = tuple[int, ...]
Classes = Mapping[Values, BitMap64]  # people by their digits


@dataclass(frozen=True)
class Steps:
    """The moments that are counted: those before the person's, `including` one that is the same."""

    moments: Moments
    including: bool = False

    def passed(self, moment: datetime) -> int:
        return (bisect_right if self.including else bisect_left)(self._all, moment)

    def in_sql(self, column: Any) -> ColumnElement[int]:
        counted = hour_counts.up_to if self.including else hour_counts.before
        first, count = self.moments.first, self.moments.count
        parts = [counted(column, first + it, count) for it in self.moments.offsets]
        return reduce(add, parts)

    @cached_property
    def _all(self) -> list[datetime]:
        return [self.moments.at(place) for place in range(self.moments.size)]


@dataclass(frozen=True)
class Always:
    """The same for whoever has such a moment at all."""

    count: int

    def passed(self, _: datetime) -> int:
        return self.count

    def in_sql(self, _: Any) -> ColumnElement[int]:
        return literal(self.count, Integer)


Step = Steps | Always


def of_ladder(
    session: Session, about: Subject, ladder: Ladder, steps: Sequence[Step], among: BitMap64
) -> Classes:
    """Those `among` whom it is asked who are on the ladder, by how many of each of the steps."""
    found, unsure = of_rungs(ladder, steps)
    if asked := unsure & among:
        for values, people in _looked_at(session, about, steps, asked).items():
            found[values] = found.get(values, BitMap64()) | people
    return found


def of_rungs(ladder: Ladder, steps: Sequence[Step]) -> tuple[dict[Values, BitMap64], BitMap64]:
    """The same as far as the rungs tell, and those on rungs that do not."""
    found: dict[Values, list[BitMap64]] = defaultdict(list)
    unsure = []
    for flight in ladder.flights:
        for span in (flight,) if _alike(flight, steps) else flight.rungs:
            if (values := _alike(span, steps)) is None:
                unsure.append(span.people)
            else:
                found[values].append(span.people)
    told = {values: BitMap64.union(*people) for values, people in found.items()}
    return told, BitMap64.union(BitMap64(), *unsure)


def _alike(span: Flight | Rung, steps: Sequence[Step]) -> Values | None:
    """What is so of everybody; None where it is not the same for all."""
    first = tuple(it.passed(span.low) for it in steps)
    return first if first == tuple(it.passed(span.high) for it in steps) else None


def _looked_at(
    session: Session, about: Subject, steps: Sequence[Step], people: BitMap64
) -> dict[Values, BitMap64]:
    given = audience_ladders.among(session, list(people))
    rows = about.moments(session, given).subquery()
    return listed(session.connection(), rows.c.person, [it.in_sql(rows.c.at) for it in steps])


def listed(
    session: Session | Connection, person: Any, digits: Sequence[ColumnElement[int]], of: Any = None
) -> dict[Values, BitMap64]:
    """The people of a query (left out: of all there are) by these digits, each group as a text or a
    list of the database's own making."""
    bound = session if isinstance(session, Connection) else session.get_bind()
    is_sqlite = bound.dialect.name == "sqlite"
    ids: Any = (func.group_concat if is_sqlite else func.array_agg)(person)
    named = [it.label(f"digit_{place}") for place, it in enumerate(digits)]
    chosen = (select() if of is None else of).with_only_columns(
        *named, ids, maintain_column_froms=True
    )
    return {
        tuple(map(int, values)): BitMap64(map(int, them.split(",")) if is_sqlite else them)
        for *values, them in session.execute(chosen.group_by(*(it.name for it in named)))
    }
