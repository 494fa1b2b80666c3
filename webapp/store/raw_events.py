"""The inbox's rows: every signed POST, kept before it is understood."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, or_, update
from sqlmodel import Session, col, func, select

from webapp.models.channel import Channel, MetaApp
from webapp.models.raw_event import Event, RawEvent, SetAside
from webapp.store import inserts

MOST_ATTEMPTS = 3


def keep(session: Session, rows: Sequence[Mapping[str, object]]) -> None:
    """Insert raw events; bytes that are there already stay one row."""
    session.connection().execute(
        inserts.into(RawEvent, session.get_bind().dialect.name).on_conflict_do_nothing(), list(rows)
    )


def app(session: Session, slug: str) -> MetaApp | None:
    return session.exec(select(MetaApp).where(MetaApp.slug == slug)).first()


def new(session: Session, limit: int) -> Sequence[RawEvent]:
    """The oldest events not applied yet; on PostgreSQL another process's are passed over."""
    query = select(RawEvent).where(RawEvent.state == "new").order_by(col(RawEvent.id))
    return session.exec(query.limit(limit).with_for_update(skip_locked=True)).all()


def newest_new(session: Session) -> int | None:
    """The last event that is not applied yet; None where all are."""
    query = select(func.max(RawEvent.id)).where(RawEvent.state == "new")
    return session.exec(query).one()


def is_new_up_to(session: Session, event_id: int) -> bool:
    """Whether any event up to that one is not applied yet."""
    query = select(RawEvent.id).where(RawEvent.state == "new", col(RawEvent.id) <= event_id)
    return session.exec(query.limit(1)).first() is not None


def is_new_since_before(session: Session, moment: datetime) -> bool:
    """Whether any event that was there at that moment is not applied yet."""
    query = select(RawEvent.id).where(RawEvent.state == "new", RawEvent.received_at <= moment)
    return session.exec(query.limit(1)).first() is not None


def forget_bodies(session: Session, subscriber_id: int) -> None:
    """Empty the posts that told of a person and are applied; their digests keep them from coming
    again. Others told of in the same post lose nothing: theirs is applied too."""
    told = select(Event.raw_event_id).where(Event.subscriber_id == subscriber_id)
    session.exec(
        update(RawEvent)
        .where(col(RawEvent.id).in_(told), col(RawEvent.state) == "applied")
        .values(body=b"")
        .execution_options(synchronize_session=False)
    )


def forget_unused(session: Session, channel_id: int, keys: Collection[str]) -> None:
    """Empty the posts of the channel's app that name a person and of which a part, or all, could
    not be used: no event leads from them to the person."""
    app_id = select(Channel.app_id).where(Channel.id == channel_id).scalar_subquery()
    partly = col(RawEvent.id).in_(select(SetAside.raw_event_id))
    spoiled = or_(col(RawEvent.state).in_(("set_aside", "failed")), partly)
    sqlite = session.get_bind().dialect.name == "sqlite"
    session.exec(
        update(RawEvent)
        .where(
            col(RawEvent.app_id) == app_id,
            col(RawEvent.state) != "new",
            spoiled,
            or_(*(_names(key, sqlite=sqlite) for key in keys)),
        )
        .values(body=b"")
        .execution_options(synchronize_session=False)
    )


def _names(key: str, *, sqlite: bool) -> ColumnElement[bool]:
    body = col(RawEvent.body)
    if sqlite:
        return func.instr(body, f'"{key}"'.encode()) > 0
    return func.strpos(func.encode(body, "escape"), f'"{key}"') > 0


def waiting(session: Session) -> int:
    query = select(func.count()).select_from(RawEvent).where(RawEvent.state == "new")
    return session.exec(query).one()


def set_aside(session: Session, raw: RawEvent, position: int, reason: str, now: datetime) -> None:
    """Keep a part that cannot be used, with its reason; told twice is kept once."""
    query = select(SetAside.id).where(
        SetAside.raw_event_id == raw.id, SetAside.position == position
    )
    if session.exec(query).first() is None:
        session.add(
            SetAside(raw_event_id=raw.id or 0, position=position, reason=reason[:500], at=now)
        )


def set_asides(session: Session, limit: int = 100) -> Sequence[SetAside]:
    return session.exec(select(SetAside).order_by(col(SetAside.id).desc()).limit(limit)).all()
