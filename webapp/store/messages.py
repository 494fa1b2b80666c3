"""What is written: the latest version by locale, kept apart from versions a run has frozen."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session, col, select

from webapp.db import brand_of
from webapp.domain import message as messages
from webapp.domain.content import Content
from webapp.domain.errors import NotFound
from webapp.models.broadcast import Message, Occurrence

EVERYONE_ELSE = ""  # the locale of the version people without one of their own get


def latest(session: Session, broadcast_id: int, locale: str = EVERYONE_ELSE) -> Message | None:
    query = (
        select(Message)
        .where(Message.broadcast_id == broadcast_id, Message.locale == locale)
        .order_by(col(Message.version).desc())
        .limit(1)
    )
    return session.exec(query).first()


def current(session: Session, broadcast_id: int) -> Message:
    """What would be sent now. Raises NotFound before anything is written."""
    row = latest(session, broadcast_id)
    if row is None:
        raise NotFound("message of broadcast", broadcast_id)
    return row


def content(session: Session, broadcast_id: int, locale: str = EVERYONE_ELSE) -> Content:
    """What is written now; an empty message before the first words."""
    row = latest(session, broadcast_id, locale)
    return Content() if row is None else Content.parse(row.content)


def contents(session: Session, broadcast_id: int) -> Mapping[str, dict[str, object]]:
    """The latest version of every locale, as JSON."""
    rows = session.exec(
        select(Message).where(Message.broadcast_id == broadcast_id).order_by(col(Message.version))
    )
    return {row.locale: row.content for row in rows}


def save(
    session: Session,
    broadcast_id: int,
    written: Content,
    now: datetime,
    locale: str = EVERYONE_ELSE,
) -> Message:
    """Write over the latest version, or begin a new one when a run has frozen it."""
    row = latest(session, broadcast_id, locale)
    if row is None or _frozen(session, row):
        row = Message(
            brand_id=brand_of(session),
            broadcast_id=broadcast_id,
            locale=locale,
            version=1 if row is None else row.version + 1,
            content={},
            fingerprint="",
            created_at=now,
        )
    row.content = written.to_json()
    row.fingerprint = messages.fingerprint(written)
    session.add(row)
    session.flush()
    return row


def delete_all(session: Session, broadcast_id: int) -> None:
    for row in session.exec(select(Message).where(Message.broadcast_id == broadcast_id)):
        session.delete(row)
    session.flush()


def _frozen(session: Session, row: Message) -> bool:
    query = select(Occurrence.id).where(Occurrence.message_id == row.id).limit(1)
    return session.exec(query).first() is not None
