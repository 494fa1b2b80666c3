"""Facts of the whole installation, by name: its halt, which one it is, its last backup, and where
its audit log ends."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session, col, delete, select

from webapp.domain import mark
from webapp.models.brand import Installation
from webapp.store import inserts

HALT = "halt"
IDENTITY = "identity"
EPOCH = "epoch"
BACKUP = "backup"
LOG_END = "audit"


def halt(session: Session) -> Installation | None:
    """The order that nothing be sent; `value` is a domain.halt.Cause."""
    return session.get(Installation, HALT)


def set_halt(session: Session, cause: str, now: datetime, user_id: int | None = None) -> None:
    """Begin a halt; one that holds already goes on as it is."""
    _insert(session, {"name": HALT, "value": cause, "at": now, "user_id": user_id})


def end_halt(session: Session) -> None:
    """What was sent from this database so far is accepted as it is: it counts as another one."""
    end_epoch(session)
    for row in (halt(session), session.get(Installation, IDENTITY)):
        if row is not None:
            session.delete(row)
    session.flush()


def backed_up_at(session: Session) -> datetime | None:
    """When `fanlight backup` last made a copy."""
    row = session.get(Installation, BACKUP)
    return row.at if row else None


def note_backup(session: Session, now: datetime) -> None:
    row = session.get(Installation, BACKUP) or Installation(name=BACKUP, value="made", at=now)
    row.at = now
    session.add(row)
    session.flush()


def log_end(session: Session) -> str | None:
    """The hash of the audit log's last line; None before there was one, or before this was kept."""
    query = select(col(Installation.value)).where(col(Installation.name) == LOG_END)
    return session.exec(query).first()


def note_log_end(session: Session, hash_: str, now: datetime) -> None:
    statement = inserts.into(Installation, session.get_bind().dialect.name).values(
        name=LOG_END, value=hash_, at=now
    )
    same = {"value": hash_, "at": now}
    session.exec(statement.on_conflict_do_update(index_elements=["name"], set_=same))


def identity(session: Session, now: datetime) -> str:
    """A name that this database alone has, made when it is first asked for."""
    row = session.get(Installation, IDENTITY)
    if row is None:
        row = Installation(name=IDENTITY, value=uuid.uuid4().hex, at=now)
        session.add(row)
        session.flush()
    return row.value


def epoch(session: Session, now: datetime) -> int:
    """What the keys of messages sent from here carry: see `domain.mark`. To be asked in a
    transaction that writes."""
    row = session.get(Installation, EPOCH)
    if row is None:
        value = secrets.randbelow(mark.LAST_EPOCH) + 1
        _insert(session, {"name": EPOCH, "value": f"{value:x}", "at": now, "user_id": None})
        row = session.get_one(Installation, EPOCH)
    return int(row.value, 16)


def end_epoch(session: Session) -> None:
    """The next one to ask begins another. Each row keeps its own, so this costs nothing."""
    session.execute(delete(Installation).where(col(Installation.name) == EPOCH))


def _insert(session: Session, row: Mapping[str, object]) -> None:
    """Whoever comes second changes nothing."""
    session.flush()
    session.exec(
        inserts.into(Installation, session.get_bind().dialect.name)
        .values(**row)
        .on_conflict_do_nothing()
    )
