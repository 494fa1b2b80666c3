"""The log of a segment: how many people it has each day, and how many joined and left.

Every segment in use is looked at once an hour and held against the last look. Who came and went
between two looks is not seen; who was erased has left.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session

from webapp.db import EVERY_BRAND, Database
from webapp.domain.errors import Invalid
from webapp.domain.wording import say
from webapp.models.brand import Brand
from webapp.models.segment import Segment, SegmentDay
from webapp.services import audiences, segments
from webapp.store import segment_days

EVERY = timedelta(hours=1)
SHOWN = 30  # days
LONGEST = 366  # days asked for at once


def look_at_due(database: Database, now: datetime) -> int:
    """Look at every segment whose hour has passed; returns how many were looked at."""
    with database.reader(EVERY_BRAND) as session:
        due = segment_days.due(session, now - EVERY)
    return sum(_look(database, brand, key, now) for brand, key in due)


def _look(database: Database, brand_id: int, segment_id: int, now: datetime) -> bool:
    """False where its rule can no longer be read: there is nobody to count."""
    with database.reader(brand_id) as session:
        try:
            rule = segments.tree_of(session, segments.found(session, segment_id))
            found = audiences.people(session, rule, now)
        except Invalid:
            return False
        day = now.astimezone(ZoneInfo(session.get_one(Brand, brand_id).timezone)).date()
    with database.writer(brand_id) as session:
        row = session.get_one(Segment, segment_id)
        segment_days.note(session, row, day, found, segment_days.seen(session, segment_id), now)
        session.commit()
    return True


def recent(session: Session, segment_id: int, today: date) -> Sequence[SegmentDay]:
    """The last days, newest first."""
    return segment_days.days(session, segment_id, today - timedelta(days=SHOWN - 1), today)


def between(session: Session, segment_id: int, since: date, until: date) -> Sequence[SegmentDay]:
    """Raises NotFound, and Invalid by the API's names."""
    segments.found(session, segment_id)
    if until < since:
        raise Invalid({"to": [say("The end is before the beginning: swap from and to.")]})
    if (until - since).days >= LONGEST:
        raise Invalid({"to": [say("Ask for at most %(days)s days at once.", days=LONGEST)]})
    return segment_days.days(session, segment_id, since, until)
