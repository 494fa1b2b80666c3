"""Where people live: the zones their clocks keep, by sets of the audience index."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime

from pyroaring import BitMap64
from sqlalchemy import true
from sqlmodel import Session

from webapp.domain import zone as zones
from webapp.domain.segment import EVERYONE, Node
from webapp.services import kept_sets
from webapp.services.audiences import Audience
from webapp.store import audience_parts as parts
from webapp.store import audience_traits as traits
from webapp.store import channels, departures, id_lists, segments
from webapp.store.audience_parts import Subject


def subjects(named: Iterable[str]) -> list[Subject]:
    """Who is said to live in each of these zones."""
    return [parts.trait(traits.ZONE + zone) for zone in named]


def of_channel(session: Session, channel_id: int) -> list[str]:
    """The zones its people live in; what is no zone is nobody's clock."""
    return sorted(it for it in departures.zones(session, channel_id) if zones.is_zone(it))


def of_brand(session: Session) -> set[str]:
    return {zone for it in channels.page(session) for zone in of_channel(session, it.id or 0)}


def lived(session: Session, node: Node, at: datetime, channel_id: int) -> Mapping[str | None, int]:
    """How many people whom a segment means `at` a moment live in each zone; those of whom none is
    known come together under None, or under what was written down instead."""
    named = of_channel(session, channel_id)
    known = kept_sets.look(session, at, channel_id)
    wanted = [parts.channel(channel_id), *subjects(named)]
    if not kept_sets.at_hand(session, known, wanted):
        clause = true() if node == EVERYONE else segments.clause(session, node, at)
        return departures.lived(session, clause, channel_id)
    asked = Audience(session, at, channel_id)
    people = asked.people(node)
    asked.keep()
    known.settle(wanted)
    dirty = BitMap64(known.dirty) & people
    return _counted(session, known, named, people, dirty, channel_id)


def _counted(
    session: Session,
    known: Audience,
    named: Iterable[str],
    people: BitMap64,
    dirty: BitMap64,
    channel_id: int,
) -> Mapping[str | None, int]:
    found, left = Counter[str | None](), people - dirty
    for zone, subject in zip(named, subjects(named), strict=True):
        here = left & known.held(subject)
        found[zone], left = len(here), left - here
    found[None] = len(left)
    if dirty:
        clause = id_lists.people(session, list(dirty))
        found.update(departures.lived(session, clause, channel_id))
    known.keep()
    return +found
