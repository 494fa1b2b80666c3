"""Broadcasts come and go: made, copied, deleted while they are drafts."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import datetime

from sqlmodel import Session

from webapp.db import brand_of
from webapp.domain.brief import Brief
from webapp.domain.broadcast import BroadcastState, Kind
from webapp.domain.errors import Refused
from webapp.domain.permission import Actor
from webapp.domain.wording import say
from webapp.models.broadcast import Broadcast
from webapp.services import drafting
from webapp.store import audits, broadcasts, messages, occurrences, rule_alarms, suggestions

NAME_LENGTH = 120  # of Broadcast.name


def create(session: Session, actor: Actor, brief: Brief, now: datetime) -> Broadcast:
    """A draft without a message, an audience or a time. Raises Invalid by field of the brief."""
    actor.require("broadcast.edit")
    drafting.check_brief(session, brief)
    broadcast = _draft(session, actor, brief, now)
    audits.add(session, actor, broadcast.brand_id, "broadcast.create", broadcast.id, now)
    session.commit()
    return broadcast


def duplicate(session: Session, actor: Actor, broadcast_id: int, now: datetime) -> Broadcast:
    """A new draft with the same brief, message and audience; without the time and the approval."""
    actor.require("broadcast.edit")
    original = broadcasts.get(session, broadcast_id)
    copy = _draft(session, actor, _named_anew(original), now)
    copy.segment_id = original.segment_id
    if messages.latest(session, broadcast_id) is not None:
        messages.save(session, copy.id or 0, messages.content(session, broadcast_id), now)
    audits.add(session, actor, copy.brand_id, "broadcast.duplicate", copy.id, now, of=broadcast_id)
    session.commit()
    return copy


def delete(session: Session, actor: Actor, broadcast_id: int, now: datetime) -> None:
    """Only a draft that never had a run leaves no trace; others are cancelled and stay."""
    actor.require("broadcast.edit")
    broadcast = broadcasts.lock(session, broadcast_id)
    if broadcast.state != BroadcastState.DRAFT:
        raise Refused(say("Only a draft can be deleted. Cancel this broadcast instead."))
    if occurrences.latest(session, broadcast_id) is not None:
        raise Refused(
            say("This broadcast has been scheduled before and its record stays. Cancel it instead.")
        )
    messages.delete_all(session, broadcast_id)
    rule_alarms.forget(session, broadcast_id)
    suggestions.forget(session, broadcast_id)
    session.delete(broadcast)
    audits.add(
        session,
        actor,
        broadcast.brand_id,
        "broadcast.delete",
        broadcast_id,
        now,
        name=broadcast.name,
    )
    session.commit()


def brief_of(broadcast: Broadcast) -> Brief:
    return Brief(
        name=broadcast.name,
        kind=Kind(broadcast.kind),
        channel_id=broadcast.channel_id,
        campaign_id=broadcast.campaign_id,
        topic_id=broadcast.topic_id,
        budget_micros=broadcast.budget_micros,
        rate_per_second=broadcast.rate_per_second,
    )


def _named_anew(original: Broadcast) -> Brief:
    return replace(brief_of(original), name=f"{original.name[: NAME_LENGTH - 4]} (2)")


def _draft(session: Session, actor: Actor, brief: Brief, now: datetime) -> Broadcast:
    broadcast = Broadcast(
        brand_id=brand_of(session),
        created_by=actor.user_id,
        created_at=now,
        updated_at=now,
        **asdict(brief),
    )
    session.add(broadcast)
    session.flush()
    return broadcast
