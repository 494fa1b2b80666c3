"""The people of a run, some thousand at a time, by their turn and the situation they are in then.

By sets of the audience index, which are read once for the run; whoever changed since is looked at
by their rows in the transaction that plans them. Where the sets are not there, or so much changed
that they would be of little use, everybody is read row by row: the same people in the same
situations, only dearer (`make bench`, planning).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from pyroaring import BitMap64
from sqlalchemy import ColumnElement, and_
from sqlmodel import Session

from webapp import db
from webapp.domain import segment_algebra
from webapp.domain.segment import Node
from webapp.models.broadcast import Broadcast, Occurrence
from webapp.services import recipients, turn_situations
from webapp.services import situations as sets
from webapp.services.asking import Asked
from webapp.services.situations import Sorting
from webapp.services.turn_situations import Key
from webapp.store import audience_changes as changes
from webapp.store import audience_parts as parts
from webapp.store import departures, id_lists, segment_rules, situations
from webapp.store.audience_changes import Log
from webapp.store.departures import Legs
from webapp.store.situations import Alike, View

MANY = 20_000  # people who changed, from which on everybody is looked at
Fellows = list[tuple[Key, Alike]]  # where all go at once, there is one leg and one situation


class Place(NamedTuple):
    """Which people of a channel are next: those of the rule with ids `after` one, up to one."""

    rule: Node
    clause: ColumnElement[bool]
    channel_id: int
    after: int
    until: int


@dataclass(frozen=True)
class Sorted:
    """Everybody of a rule: `groups` by turn and situation and those who are `unsure`, but for who
    changed from the `marks` on."""

    rule: Node
    groups: Mapping[Key, BitMap64]
    unsure: BitMap64
    everyone: BitMap64
    marks: Mapping[Log, int]


def by_sets(
    session: Session, run: Occurrence, broadcast: Broadcast, asked: Asked, legs: Legs | None = None
) -> Sorted | None:
    """None where everybody is looked at row by row. `legs`: where not all go at once."""
    if run.retry_of is not None:
        return None
    tree = run.tree if run.tree is not None else recipients.tree_of(session, broadcast)
    node, view, channel_id = recipients.rule_in(session, tree), asked.view, broadcast.channel_id
    marks = {log: changes.now(session, log).number for log in _logs(session, node, view)}
    meant_at = run.started_at or view.at
    if legs is None:
        sorting = sets.at_hand(session, node, view, channel_id, meant_at)
    else:
        sorting = turn_situations.at_hand(session, node, legs, channel_id, meant_at)
    if sorting is None:
        return None
    groups = _groups(sorting, view, legs, channel_id)
    unsure = sorting.unsure
    sorting.keep()
    return Sorted(node, groups, unsure, BitMap64.union(unsure, *groups.values()), marks)


def _groups(
    sorting: Sorting, view: View, legs: Legs | None, channel_id: int
) -> Mapping[Key, BitMap64]:
    if legs is not None:
        return turn_situations.groups(sorting, legs, channel_id)
    return {(0, code, code): it for code, it in sorting.groups(view, channel_id).items()}


def next_ones(
    session: Session,
    sorted_: Sorted | None,
    view: View,
    place: Place,
    limit: int,
    legs: Legs | None = None,
) -> tuple[int, Fellows]:
    """The next people by turn and situation, and the last id looked at; 0: there is none left."""
    usable = sorted_ is not None and sorted_.rule == place.rule  # it may just have been edited
    changed = _changed(session, sorted_) if sorted_ is not None and usable else None
    if sorted_ is None or changed is None:
        people = _by_rows(session, view, legs, place, limit)
        return max((it.last for _, it in people), default=0), people
    chosen = _next(sorted_.everyone | changed, place, limit)
    if not chosen:
        return 0, []
    found = [*_alike(sorted_.groups, chosen - changed)]
    if looked_at := chosen & changed:
        of_them = and_(place.clause, id_lists.people(session, list(looked_at)))
        found += _by_rows(session, view, legs, place._replace(clause=of_them), limit)
    return chosen.max(), found


def _logs(session: Session, node: Node, view: View) -> set[Log]:
    """Who was written to matters where the cap or the segment asks about it."""
    leaves = segment_algebra.asked(segment_rules.expanded(session, node))
    told = {changes.DOINGS} if view.cap is not None else set()
    return {changes.PEOPLE, *(parts.subject(leaf).base.log for leaf in leaves)} | told


def _changed(session: Session, sorted_: Sorted) -> BitMap64 | None:
    """Who is not as the sets say; None for too many, or when the log begins later."""
    brand, found = db.brand_of(session), sorted_.unsure
    for log, mark in sorted_.marks.items():
        if changes.horizon(session, log) > mark:
            return None
        since = changes.since(session, brand, mark, MANY, log)
        if len(since) >= MANY:
            return None
        found = found | BitMap64(since)
    return found


def _next(everyone: BitMap64, place: Place, limit: int) -> BitMap64:
    first, end = everyone.rank(place.after), everyone.rank(place.until)
    return everyone[first : min(first + limit, end)]


def _alike(groups: Mapping[Key, BitMap64], chosen: BitMap64) -> Iterator[tuple[Key, Alike]]:
    for key, people in groups.items():
        if here := people & chosen:
            yield key, Alike(key[1], len(here), here.max(), list(here))


def _by_rows(session: Session, view: View, legs: Legs | None, place: Place, limit: int) -> Fellows:
    if legs is None:
        people = situations.each(
            session, view, place.clause, place.channel_id,
            after=place.after, until=place.until, limit=limit,
        )  # fmt: skip
        return [((0, it.code, it.code), it) for it in people]
    inside = and_(situations.between(session, place.after, place.until), place.clause)
    fellows = departures.each(session, legs, inside, place.channel_id, limit=limit)
    return [(it[:3], Alike(it.code, it.people, it.last, it.ids)) for it in fellows]
