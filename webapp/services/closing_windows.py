"""How many people can be written to now and not any more at a time to come.

By the sets of the audience index where they are kept: with a million people a third of a million
windows close on a day, and to count their rows takes longer than the rest of Home.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from pyroaring import BitMap64
from sqlmodel import Session

from webapp.services import kept_sets
from webapp.store import attention
from webapp.store import audience_parts as parts
from webapp.store import audience_traits as traits

ENDS, OPTED_OUT = parts.trait(traits.WINDOW_ENDS), parts.trait("opted_out")


def count(session: Session, channel_ids: Collection[int], now: datetime, until: datetime) -> int:
    """Whose window is open now and ends by `until`, of those who did not say STOP. `channel_ids`:
    all of the brand's."""
    known = kept_sets.look(session, now)
    if not kept_sets.at_hand(session, known, [parts.EVERYONE, ENDS, OPTED_OUT]):
        return attention.windows_closing(session, channel_ids, now, until)
    living = known.held(parts.EVERYONE) - known.held(OPTED_OUT)
    people = living & (known.later(ENDS, now) - known.later(ENDS, until))
    known.keep()
    dirty = known.dirty
    changed = attention.windows_closing_among(session, dirty, now, until) if dirty else 0
    return len(people - BitMap64(dirty)) + changed
