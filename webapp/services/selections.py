"""Some people of a brand, as a list or a segment finds them: how many, and chunk by chunk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice

from pyroaring import BitMap64
from sqlmodel import Session

from webapp.db import Database
from webapp.domain import segment
from webapp.domain.errors import Invalid
from webapp.domain.segment import Node
from webapp.services import audiences, naming, segments
from webapp.services.audiences import Audience
from webapp.services.naming import Found, Rough
from webapp.store import searches
from webapp.store.searches import Search

CHUNK = 5_000  # people looked up at once
LOOKED_AT = 100_000  # of whom each may have the name; of more, everybody is looked at
SAMPLED = 500  # of them, for a number that is there at once


@dataclass(frozen=True)
class Selection:
    """A filter, or the people a segment finds (`segment_id` says which it is, for the audit)."""

    search: Search = field(default_factory=Search)
    node: Node | None = None
    segment_id: int | None = None


def of_segment(session: Session, segment_id: int) -> Selection:
    """Raises NotFound, and Invalid for a rule that can no longer be read."""
    row = segments.found(session, segment_id)
    return Selection(node=segments.tree_of(session, row), segment_id=segment_id)


def count(session: Session, chosen: Selection, now: datetime) -> int:
    """Exact. A filter is a segment and words are sets, so a million people are counted by those."""
    found = _sets(session, chosen, now)
    if found is None or (not found.sure and len(found.people) > LOOKED_AT):
        return searches.count(session, chosen.search, now)
    return len(found.true(session))


def about(session: Session, chosen: Selection, now: datetime) -> Rough:
    """Exact where that is quick; else from some of those who may have the name."""
    found = _sets(session, chosen, now)
    if found is None:
        return Rough(searches.count(session, chosen.search, now), exact=True)
    if found.sure or len(found.people) <= SAMPLED:
        return Rough(len(found.true(session)), exact=True)
    return Rough(found.about(session, SAMPLED), exact=False)


def found(session: Session, audience: Audience, search: Search) -> Found | None:
    """Who is meant, by the sets of the search's channel. None for what SQL finds better: an id,
    and what no set tells."""
    if searches.is_key(search):
        return None
    if search.text and not filters(search):
        return naming.having(session, search.text)
    try:
        asked = rule(search)
    except Invalid:  # a tag that no condition can name is nobody's, or very odd
        return None
    return called(session, audience, asked, search.text)


def called(session: Session, audience: Audience, node: Node, text: str) -> Found | None:
    """Whom a rule finds, of the audience's channel, with these words in their name. None where
    there is no index of names."""
    if not text:
        return Found(audience.people(node))
    named = naming.having(session, text)
    return None if named is None else named.among(audience.people(node))


def _sets(session: Session, chosen: Selection, now: datetime) -> Found | None:
    if chosen.node is not None:
        return Found(audiences.people(session, chosen.node, now))
    audience = Audience(session, now, chosen.search.channel_id)
    meant = found(session, audience, chosen.search)
    audience.keep()
    return meant


def filters(search: Search) -> bool:
    """Whether it is narrowed by anything but words."""
    return bool(replace(search, text=""))


def rule(search: Search) -> Node:
    """What the filter says but for its channel, as a segment would."""
    wanted: list[object] = []
    if search.tag:
        wanted.append({"field": "tag", "op": "has", "value": search.tag})
    if search.country:
        wanted.append({"field": "country", "op": "is", "value": search.country})
    if search.window == "opted_out":
        wanted.append({"field": "opted_out", "op": "is", "value": True})
    elif search.window:
        is_open = {"field": "window", "op": "open"}
        wanted.append(is_open if search.window == "open" else {"none": [is_open]})
    return segment.parse({"all": wanted}, {})


def chunks(
    db: Database, brand_id: int, chosen: Selection, now: datetime, size: int = CHUNK
) -> Iterator[Sequence[int]]:
    """Ids, rising. Who may be meant is asked once, at the beginning; nothing is held open in
    between, so whoever reads slowly is in nobody's way."""
    with db.reader(brand_id) as session:
        meant = _sets(session, chosen, now)
    if meant is None:
        yield from _by_rows(db, brand_id, chosen.search, now, size)
        return
    people = iter(meant.people)
    while some := BitMap64(islice(people, size)):
        with db.reader(brand_id) as session:
            ids = list(meant.true(session, some))
        if ids:
            yield ids


def _by_rows(
    db: Database, brand_id: int, search: Search, now: datetime, size: int
) -> Iterator[Sequence[int]]:
    after = 0
    while True:
        with db.reader(brand_id) as session:
            ids = searches.ids(session, search, now, after, size)
        if not ids:
            return
        yield ids
        after = ids[-1]
