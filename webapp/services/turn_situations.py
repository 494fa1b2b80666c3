"""People of a segment by their turn and their situation then: what `departures.tally` says.

Where quiet hours or each one's own clock give people of one zone another turn than those of the
next, each zone's people are sorted at their own moment. By sets of the audience index where they
are kept: of a million people in some dozen zones in a tenth of a second, where a look at each row
takes three.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from pyroaring import BitMap64
from sqlalchemy import true
from sqlmodel import Session

from webapp.domain.policy.situation import FACETS
from webapp.domain.segment import EVERYONE, Node
from webapp.services import homes, situations
from webapp.services.situations import Sorting
from webapp.store import departures, id_lists, segments
from webapp.store.departures import NO_ZONE, Leg, Legs

ASLEEP = next(facet.weight for facet in FACETS if facet.name == "quiet")
Key = tuple[int, int, int]  # the leg, the situation at their turn, and when it was meant to be


def tally(
    session: Session, node: Node, at: datetime, legs: Legs, channel_id: int
) -> Mapping[Key, int]:
    """How many people whom the segment means `at` a moment."""
    sorting = at_hand(session, node, legs, channel_id, at)
    if sorting is None:
        clause = true() if node == EVERYONE else segments.clause(session, node, at)
        return departures.tally(session, legs, clause, channel_id)
    found = Counter({key: len(it) for key, it in groups(sorting, legs, channel_id).items()})
    if unsure := sorting.unsure:
        clause = id_lists.people(session, list(unsure))
        found.update(departures.tally(session, legs, clause, channel_id))
    sorting.keep()
    return found


def at_hand(
    session: Session, node: Node, legs: Legs, channel_id: int, meant_at: datetime
) -> Sorting | None:
    """As `situations.at_hand`, with where people live."""
    view, lived_in = legs.legs[0].view, homes.subjects(_zones(legs))
    return situations.at_hand(session, node, view, channel_id, meant_at, beside=lived_in)


def groups(sorting: Sorting, legs: Legs, channel_id: int) -> Mapping[Key, BitMap64]:
    """People of a channel, but for those who are `unsure` after this."""
    found: dict[Key, BitMap64] = {}
    for place, people in enumerate(_travellers(sorting, legs)):
        if people:
            found |= _of_leg(sorting, place, legs.legs[place], people, channel_id)
    return found


def _travellers(sorting: Sorting, legs: Legs) -> Sequence[BitMap64]:
    """People by the place of their leg."""
    found, named = [BitMap64() for _ in legs.legs], _zones(legs)
    strangers = sorting.people
    for zone, people in zip(named, sorting.held(homes.subjects(named)), strict=True):
        found[legs.of_zone[zone]] |= people
        strangers = strangers - people
    found[legs.of_zone[NO_ZONE]] |= strangers
    return found


def _zones(legs: Legs) -> list[str]:
    return [zone for zone in legs.of_zone if zone != NO_ZONE]


def _of_leg(
    sorting: Sorting, place: int, leg: Leg, people: BitMap64, channel_id: int
) -> dict[Key, BitMap64]:
    then = sorting.some(people, leg.view.at).groups(leg.view, channel_id)
    asleep = ASLEEP if leg.quiet else 0
    if leg.meant == leg.view:
        return {(place, code + asleep, code): those for code, those in then.items()}
    meant = sorting.some(people, leg.meant.at).groups(leg.meant, channel_id)
    return {
        (place, code + asleep, before): both
        for code, those in then.items()
        for before, others in meant.items()
        if (both := those & others)
    }
