"""Links that need no login leave a line in the audit log: who made one, to what, until when."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from webapp import db
from webapp.domain.permission import Actor
from webapp.store import audits


def record(session: Session, actor: Actor, year: int, until: datetime, now: datetime) -> None:
    actor.require("engagement.share")
    brand_id = db.brand_of(session)
    audits.add(
        session, actor, brand_id, "engagement.share", None, now, year=year, until=until.isoformat()
    )
    session.commit()
