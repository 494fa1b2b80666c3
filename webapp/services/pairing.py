"""People of a segment by what two views make of them: their turns, or the rules' counts, differ.

By sets of the audience index where they are kept, else by a look at each row (`store.backtests`,
`store.departures`): a page of a plan tries twenty broadcasts, each on everybody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import TypeVar

from pyroaring import BitMap64
from sqlmodel import Session

from webapp.domain.segment import Node
from webapp.services import situations, turn_situations
from webapp.store import backtests, departures, id_lists, segments
from webapp.store.departures import Legs
from webapp.store.situations import View

Key = TypeVar("Key")


def at_once(
    session: Session, node: Node, one: View, other: View, channel_id: int
) -> Mapping[tuple[int, int], int]:
    """How many are in each situation by one view and by the other, as `backtests.pairs`."""
    sorting = situations.at_hand(session, node, one, channel_id)
    if sorting is None:
        clause = segments.clause(session, node, one.at)
        return backtests.pairs(session, one, other, clause, channel_id)
    by_one, by_other = (sorting.groups(view, channel_id) for view in (one, other))
    found = Counter(_both(by_one, by_other))
    if unsure := sorting.unsure:
        clause = id_lists.people(session, list(unsure))
        found.update(backtests.pairs(session, one, other, clause, channel_id))
    sorting.keep()
    return found


def in_turns(
    session: Session, node: Node, at: datetime, one: Legs, other: Legs, channel_id: int
) -> Mapping[tuple[int, int, int, int, int], int]:
    """Their leg, and their situations by one and by the other, as `departures.pairs`; `at` is when
    the segment is meant."""
    sorting = turn_situations.at_hand(session, node, one, channel_id, at)
    if sorting is None:
        clause = segments.clause(session, node, at)
        return departures.pairs(session, one, other, clause, channel_id)
    by_one, by_other = (turn_situations.groups(sorting, it, channel_id) for it in (one, other))
    found = Counter({(*key, *its[1:]): n for (key, its), n in _both(by_one, by_other).items()})
    if unsure := sorting.unsure:
        clause = id_lists.people(session, list(unsure))
        found.update(departures.pairs(session, one, other, clause, channel_id))
    sorting.keep()
    return found


def _both(one: Mapping[Key, BitMap64], other: Mapping[Key, BitMap64]) -> dict[tuple[Key, Key], int]:
    return {
        (key, its): n
        for key, people in one.items()
        for its, others in other.items()
        if (n := people.intersection_cardinality(others))
    }
