"""Whether a question about people goes by sets of the audience index or by a look at each row.

To read sets takes several times as long as that look, so with many people nobody waits for it: they
go by the sets that are kept. Of few people the sets are read at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from webapp.services.audiences import Audience
from webapp.store import tallies
from webapp.store.audience_parts import Subject

MANY = 20_000  # people of a brand, from which on nobody waits for sets to be read
FEW = 500  # changed people who are looked at by their rows; more of them, and the sets are renewed


def look(session: Session, at: datetime, channel_id: int | None = None) -> Audience:
    return Audience(session, at, channel_id, few=FEW)


def at_hand(session: Session, known: Audience, subjects: Sequence[Subject]) -> bool:
    """Whether it goes by the sets of these."""
    return tallies.at_most(session) <= MANY or known.has(subjects)
