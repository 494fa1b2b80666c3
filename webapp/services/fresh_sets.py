"""Sets that were read anew are written down, so that the next process has them at once."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlmodel import Session

from webapp import db, write_lock
from webapp.store import audience_parts as parts
from webapp.store.audience_parts import Part, Subject

log = logging.getLogger("webapp.audiences")


def write_down(
    asked: Session,
    brand_id: int,
    fresh: Mapping[Subject, Part],
    seen: Collection[str],
    now: datetime,
    *,
    patiently: bool,
) -> None:
    """In a transaction of its own, beside the session that asked. `seen`: the names of those of the
    database that were of use. If somebody's transaction is in the way, only `patiently`."""
    if not (fresh or seen) or writes(asked):
        return
    how = db.WRITING if patiently else db.IN_PASSING
    try:
        with Session(asked.get_bind().execution_options(**how)) as session:
            session.info["scope"] = brand_id
            for subject, part in fresh.items():
                parts.keep(session, brand_id, subject, part, now)
            parts.touch(session, seen, now)
            session.commit()
    except OperationalError as error:
        log.info("the audience index is not kept, somebody else writes: %s", error.orig)
    except SQLAlchemyError:
        log.warning("the audience index could not be kept; it is read anew", exc_info=True)


def writes(session: Session) -> bool:
    """What a transaction has not committed yet is nobody else's business."""
    return bool(session.get_bind().get_execution_options().get(write_lock.WRITES))
