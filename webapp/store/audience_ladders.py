"""People in the order of a moment of theirs, as sets: whoever did something since any time.

A ladder answers for every span and every `now` at once: who read a message at least twice "in the
last 30 days" are the people whose second-latest reading is later than 30 days ago, and that moment
is the same whichever span is asked about, today and at a time to come. Its rungs hold some
thousand people each and the first and the last of their moments; of whichever rung the time asked
about falls into, each person is looked at. A flight is some dozen neighbouring rungs in one set, so
that a million people are put together from some dozen sets and not from a thousand.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple, Self

from pyroaring import BitMap64
from sqlalchemy import BigInteger, Connection, func
from sqlmodel import Session, select

from webapp.store import id_lists

PEOPLE = 1_000  # of a rung, at most
FLIGHT = 32  # rungs
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
SIZE = struct.Struct("<I")  # of the header in front of the sets


class Rung(NamedTuple):
    """People whose moments lie between two, both included."""

    low: datetime
    high: datetime
    people: BitMap64


class Flight(NamedTuple):
    """Neighbouring rungs, and all of their people."""

    low: datetime
    high: datetime
    people: BitMap64
    rungs: tuple[Rung, ...]


@dataclass(frozen=True)
class Ladder:
    """The rungs by their last moments, rising; nobody is on two of them."""

    rungs: tuple[Rung, ...]

    @cached_property
    def flights(self) -> tuple[Flight, ...]:
        cut = (self.rungs[n : n + FLIGHT] for n in range(0, len(self.rungs), FLIGHT))
        return tuple(_flight(rungs) for rungs in cut)

    @property
    def people(self) -> BitMap64:
        return _union(self.flights)

    def since(self, moment: datetime) -> tuple[BitMap64, BitMap64]:
        """Whose moment is not before this one, and of whom that must be looked at."""
        whole = (it for it in self.flights if it.low >= moment)
        parted = [it for it in self.flights if it.low < moment <= it.high]
        steps = [rung for flight in parted for rung in flight.rungs]
        sure = (it for it in steps if it.low >= moment)
        unsure = (it for it in steps if it.low < moment <= it.high)
        return _union([*whole, *sure]), _union(unsure)

    def replaced(self, changed: BitMap64, now: Self) -> Ladder:
        """With these people where they are now."""
        left = [
            Rung(it.low, it.high, it.people - changed) if it.people.intersect(changed) else it
            for it in self.rungs
        ]
        every = (it for it in [*left, *now.rungs] if it.people)
        return Ladder(tuple(_joined(sorted(every, key=lambda it: it.high))))

    def serialize(self) -> bytes:
        sets = [it.people.serialize() for it in self.rungs]
        spans = [
            [(it.low - EPOCH) // MICROSECOND, (it.high - EPOCH) // MICROSECOND, len(bytes_)]
            for it, bytes_ in zip(self.rungs, sets, strict=True)
        ]
        header = json.dumps(spans).encode()
        return b"".join((SIZE.pack(len(header)), header, *sets))


def deserialize(kept: bytes) -> Ladder:
    place = SIZE.size + SIZE.unpack_from(kept)[0]
    rungs = []
    for low, high, size in json.loads(kept[SIZE.size : place]):
        people = BitMap64.deserialize(kept[place : place + size])
        rungs.append(Rung(EPOCH + low * MICROSECOND, EPOCH + high * MICROSECOND, people))
        place += size
    return Ladder(tuple(rungs))


def read(bound: Session | Connection, moments: Any) -> Ladder:
    """`moments`: a query of people's ids (`person`) and their moments (`at`), one for each."""
    rows = moments.subquery()
    place = func.row_number(type_=BigInteger()).over(order_by=rows.c.at) - 1
    placed = select(rows.c.person, rows.c.at, (place // PEOPLE).label("rung")).subquery()
    engine = bound if isinstance(bound, Connection) else bound.get_bind()
    sqlite = engine.dialect.name == "sqlite"
    listed: Any = func.group_concat if sqlite else func.array_agg
    query = select(func.min(placed.c.at), func.max(placed.c.at), listed(placed.c.person))
    found = bound.execute(query.group_by(placed.c.rung)).all()
    rungs = (Rung(low, high, _people(ids)) for low, high, ids in found)
    return Ladder(tuple(sorted(rungs, key=lambda it: it.high)))


def among(session: Session, ids: Collection[int]) -> Any:
    return select(id_lists.table(session, list(ids)).c.value)


def _people(ids: str | Sequence[int]) -> BitMap64:
    return BitMap64(map(int, ids.split(",")) if isinstance(ids, str) else ids)


def _flight(rungs: tuple[Rung, ...]) -> Flight:
    low, high = min(it.low for it in rungs), max(it.high for it in rungs)
    return Flight(low, high, _union(rungs), rungs)


def _union(parts: Iterable[Rung | Flight]) -> BitMap64:
    sets = [it.people for it in parts]
    return BitMap64.union(*sets) if sets else BitMap64()


def _joined(rungs: Iterable[Rung]) -> Iterable[Rung]:
    """Neighbours that have become small are one."""
    before: Rung | None = None
    for it in rungs:
        if before is None:
            before = it
        elif len(before.people) + len(it.people) <= PEOPLE:
            low = min(before.low, it.low)
            before = Rung(low, max(before.high, it.high), before.people | it.people)
        else:
            yield before
            before = it
    if before is not None:
        yield before
