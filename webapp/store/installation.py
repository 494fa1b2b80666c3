"""Facts of the whole installation, by name: its halt, and which installation it is."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from webapp.models.brand import Installation

HALT = "halt"
IDENTITY = "identity"


def halt(session: Session) -> Installation | None:
    """The order that nothing be sent; `value` is a domain.halt.Cause."""
    return session.get(Installation, HALT)


def set_halt(session: Session, cause: str, now: datetime, user_id: int | None = None) -> None:
    """Begin a halt; one that holds already goes on as it is."""
    session.flush()
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    row = {"name": HALT, "value": cause, "at": now, "user_id": user_id}
    session.exec(insert(Installation).values(**row).on_conflict_do_nothing())


def end_halt(session: Session) -> None:
    """What was sent from this database so far is accepted as it is: it counts as another one."""
    for row in (halt(session), session.get(Installation, IDENTITY)):
        if row is not None:
            session.delete(row)
    session.flush()


def identity(session: Session, now: datetime) -> str:
    """A name that this database alone has, made when it is first asked for."""
    row = session.get(Installation, IDENTITY)
    if row is None:
        row = Installation(name=IDENTITY, value=uuid.uuid4().hex, at=now)
        session.add(row)
        session.flush()
    return row.value
