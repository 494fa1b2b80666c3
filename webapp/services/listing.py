"""The list of people page by page, however few of a million a filter leaves.

By SQL a page is read in the order of who wrote last, so a filter that holds for few of those walks
past everybody else: with 1,000,000 people, to those whose window is closed past all whose window is
open. Where the filter can be said as a segment, the audience index knows who they are, the index of
names (`services.naming`) who may have the words in their name, and a ladder by last words
(`store.audience_ladders`) which of them come next.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from datetime import datetime

from pyroaring import BitMap64
from sqlmodel import Session

from webapp.domain.segment import Node
from webapp.models.subscriber import Subscriber
from webapp.services import selections
from webapp.services.audiences import Audience
from webapp.services.naming import Found
from webapp.store import searches
from webapp.store.audience_ladders import Ladder
from webapp.store.audience_parts import BY_LAST_WORD
from webapp.store.searches import Cursor, Search

FEW = 1_000  # people who are put in order by SQL at once
MOST = 20_000  # people who are looked through for one page
LOOKED_AT = 500  # of those who never wrote, at once


def page(
    session: Session, search: Search, now: datetime, after: Cursor | None = None, limit: int = 50
) -> Sequence[Subscriber]:
    """What `searches.page` says: those who wrote last come first, those who never did last."""
    audience = Audience(session, now, search.channel_id)
    found = selections.found(session, audience, search) if search else None  # everybody: by SQL
    if found is None:
        return searches.page(session, search, now, after, limit)
    shown = _page(session, audience, found, after, limit)
    audience.keep()
    return searches.page(session, search, now, after, limit) if shown is None else shown


def examples(
    session: Session, node: Node, channel_id: int, text: str, now: datetime, limit: int
) -> Sequence[Subscriber] | None:
    """The first of those whom a rule finds on a channel, with these words in their name. None where
    the sets do not tell: then SQL does."""
    audience = Audience(session, now, channel_id)
    found = selections.called(session, audience, node, text)
    shown = None if found is None else _page(session, audience, found, None, limit)
    audience.keep()
    return shown


def _page(
    session: Session, audience: Audience, found: Found, after: Cursor | None, limit: int
) -> Sequence[Subscriber] | None:
    """None where too many wrote at the very same time, or too few have the name after all."""
    if len(found.people) <= FEW:
        return searches.of_them(session, list(found.true(session)), after, limit)
    ladder = audience.ladder(BY_LAST_WORD)
    moved = BitMap64(audience.dirty) & found.people  # they may stand anywhere by now
    chosen, unseen, seen = found.true(session, moved), BitMap64(), 0
    for people, highest_below in _steps(ladder, found.people - moved, after):
        unseen = unseen | people
        if len(unseen) < limit:
            continue
        seen += len(unseen)
        if seen > MOST:
            return None
        chosen, unseen = chosen | found.true(session, unseen), BitMap64()
        shown = searches.of_them(session, list(chosen), after, limit)
        if len(shown) == limit and _is_later(shown[-1], highest_below):
            return shown
    chosen = chosen | found.true(session, unseen)
    silent = _newest(session, found, found.people - ladder.people - moved, after, limit)
    return searches.of_them(session, list(chosen | silent), after, limit)


def _steps(
    ladder: Ladder, found: BitMap64, after: Cursor | None
) -> Iterator[tuple[BitMap64, datetime | None]]:
    """Rung by rung downwards, those of it who may come next, and when the latest of all on the
    rungs below wrote."""
    last = after.last_inbound_at if after else None
    if after is not None and last is None:
        return
    downwards = [it for it in reversed(ladder.rungs) if last is None or it.low <= last]
    for rung, below in itertools.zip_longest(downwards, downwards[1:]):
        if people := rung.people & found:
            yield people, below.high if below else None


def _is_later(person: Subscriber, moment: datetime | None) -> bool:
    wrote = person.last_inbound_at
    return wrote is not None and (moment is None or wrote > moment)


def _newest(
    session: Session, found: Found, silent: BitMap64, after: Cursor | None, limit: int
) -> BitMap64:
    """Of those who never wrote, the next by id, falling."""
    below, newest = silent, BitMap64()
    if after is not None and after.last_inbound_at is None:
        below = silent & BitMap64(range(after.id))
    while below and len(newest) < limit:
        next_ = BitMap64(below[-LOOKED_AT:]) if len(below) > LOOKED_AT else below
        newest, below = newest | found.true(session, next_), below - next_
    return newest
