"""Which channels are due to be asked about their webhooks, and what came of the last time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_
from sqlmodel import Session, col, select

from webapp.models.channel import Channel
from webapp.models.webhook_check import WebhookCheck


def of(session: Session, channel_id: int) -> WebhookCheck | None:
    return session.get(WebhookCheck, channel_id)


def due(session: Session, now: datetime, limit: int) -> Sequence[Channel]:
    """Those never asked first; also stopped ones, which may have been mended at the platform."""
    query = (
        select(Channel)
        .outerjoin(WebhookCheck, col(WebhookCheck.channel_id) == col(Channel.id))
        .where(or_(col(WebhookCheck.due_at).is_(None), col(WebhookCheck.due_at) <= now))
        .order_by(col(WebhookCheck.due_at).nulls_first(), col(Channel.id))
        .limit(limit)
    )
    return session.exec(query).all()
