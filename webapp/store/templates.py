"""Templates of a brand's channels, and which channels' lists are to be asked for."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, or_
from sqlmodel import Session, col, select

from webapp.domain.broadcast import BroadcastState, Kind
from webapp.domain.template import PLATFORMS, TemplateState
from webapp.models.broadcast import Broadcast
from webapp.models.channel import Channel
from webapp.models.template import Template, TemplateFetch


def named(session: Session, channel_id: int, name: str, language: str) -> Template | None:
    query = select(Template).where(
        Template.channel_id == channel_id, Template.name == name, Template.language == language
    )
    return session.exec(query).first()


def by_key(session: Session, channel_id: int, key: str) -> Template | None:
    query = select(Template).where(Template.channel_id == channel_id, Template.key == key)
    return session.exec(query).first()


def of_channel(session: Session, channel_id: int) -> Sequence[Template]:
    """By name, then language."""
    query = select(Template).where(Template.channel_id == channel_id)
    return session.exec(query.order_by(col(Template.name), col(Template.language))).all()


def page(session: Session, channel_id: int | None = None) -> Sequence[Template]:
    """The brand's, by channel and name; of one channel only, if given."""
    query = select(Template)
    if channel_id is not None:
        query = query.where(Template.channel_id == channel_id)
    order = (col(Template.channel_id), col(Template.name), col(Template.language))
    return session.exec(query.order_by(*order)).all()


def usable(session: Session, channel_id: int, category: str) -> Sequence[Template]:
    """What a broadcast may choose: approved and of the category."""
    query = select(Template).where(
        Template.channel_id == channel_id,
        Template.state == TemplateState.APPROVED.value,
        Template.category == category,
    )
    return session.exec(query.order_by(col(Template.name), col(Template.language))).all()


def forget_others(session: Session, channel_id: int, ids: Collection[int]) -> None:
    """Templates the platform no longer lists. Messages keep what they chose."""
    for row in of_channel(session, channel_id):
        if row.id not in ids:
            session.delete(row)


def fetch_of(session: Session, channel_id: int) -> TemplateFetch | None:
    return session.get(TemplateFetch, channel_id)


def fetches(session: Session) -> dict[int, TemplateFetch]:
    """By channel."""
    return {row.channel_id: row for row in session.exec(select(TemplateFetch))}


def channels(session: Session) -> Sequence[Channel]:
    """The brand's channels that can have templates, by name."""
    query = select(Channel).where(_can_have())
    return session.exec(query.order_by(col(Channel.name), col(Channel.id))).all()


def due_channels(session: Session, now: datetime, limit: int) -> list[int]:
    """Connected channels whose list is to be asked for now, those never asked first."""
    query = (
        select(Channel.id)
        .outerjoin(TemplateFetch, col(TemplateFetch.channel_id) == col(Channel.id))
        .where(
            Channel.state == "connected",
            _can_have(),
            or_(col(TemplateFetch.due_at).is_(None), col(TemplateFetch.due_at) <= now),
        )
        .order_by(col(TemplateFetch.due_at).nulls_first(), col(Channel.id))
        .limit(limit)
    )
    return [number for number in session.exec(query) if number is not None]


def broadcasts_ahead(session: Session) -> Sequence[Broadcast]:
    """Broadcasts that may fill a template and are on their way to people."""
    query = select(Broadcast).where(
        col(Broadcast.state).in_(
            [BroadcastState.IN_REVIEW, BroadcastState.APPROVED, BroadcastState.SCHEDULED]
        ),
        col(Broadcast.kind).in_([Kind.UTILITY.value, Kind.SPONSORED.value]),
    )
    return session.exec(query.order_by(col(Broadcast.scheduled_at), col(Broadcast.id))).all()


def _can_have() -> ColumnElement[bool]:
    return col(Channel.platform).in_(sorted(PLATFORMS))
