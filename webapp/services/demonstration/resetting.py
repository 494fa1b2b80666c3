"""The practice brand is thrown away, and nothing else is."""

from __future__ import annotations

from pathlib import Path

from sqlmodel import col, select

from webapp.config import Settings
from webapp.db import EVERY_BRAND, Database
from webapp.domain.errors import Refused
from webapp.domain.wording import say
from webapp.models.channel import Channel
from webapp.store import schema

BESIDE = ("", "-wal", "-shm", "-journal", "-queue")  # what is kept next to a file


def forget(settings: Settings) -> None:
    """Deletes the database and the simulator's. Refused while a real Page is connected in it."""
    if not settings.database_url.startswith("sqlite:///"):
        raise Refused(
            say("Only SQLite is reset here; drop and create your PostgreSQL database anew.")
        )
    file = Path(settings.database_url.removeprefix("sqlite:///"))
    if file.exists():
        _refuse_real(settings.database_url)
    for path in (file, settings.instance / "simulator.db"):
        for ending in BESIDE:
            path.with_name(path.name + ending).unlink(missing_ok=True)


def _refuse_real(url: str) -> None:
    db = Database(url)
    try:
        if not schema.is_current(db.engine):
            schema.upgrade(db.engine)
        with db.reader(EVERY_BRAND) as session:
            real = session.exec(select(Channel).where(col(Channel.practice).is_(False))).first()
    finally:
        db.dispose()
    if real is not None:
        raise Refused(
            say(
                "%(name)s is a real channel of this installation, so nothing was deleted. Use "
                "another FANLIGHT_INSTANCE for practice.",
                name=real.name,
            )
        )
