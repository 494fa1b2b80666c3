"""When the database was last copied, for who looks after this installation."""

from __future__ import annotations

from datetime import datetime, timedelta

from webapp.db import EVERY_BRAND, Database
from webapp.store import installation

STALE = timedelta(days=7)


def note(db: Database, now: datetime) -> None:
    """A copy was made; it stands in the database that was copied, not in the copy."""
    with db.writer(EVERY_BRAND) as session:
        installation.note_backup(session, now)
        session.commit()


def last(db: Database) -> datetime | None:
    with db.reader(EVERY_BRAND) as session:
        return installation.backed_up_at(session)


def is_stale(made_at: datetime | None, now: datetime) -> bool:
    return made_at is None or now - made_at > STALE
