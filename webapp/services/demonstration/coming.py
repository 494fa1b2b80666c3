"""What the practice brand is about to do: a send within the minute, and work that waits for you."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session

from webapp.domain.brief import Brief
from webapp.domain.broadcast import Kind
from webapp.domain.content import Content, UrlButton
from webapp.domain.permission import Actor
from webapp.domain.policy.rulebook import Rulebook
from webapp.models.broadcast import Broadcast
from webapp.services import approving, broadcasts, drafting, scheduling
from webapp.services.demonstration.brand import ZONE, Staff
from webapp.services.demonstration.seasons import DOLLAR, FIRST_SEND, SHOP

SOON: Final = timedelta(seconds=45)  # time to open the link before the first send begins
RATE: Final = 20  # a second: a thousand people take fifty seconds, so it can be watched


@dataclass(frozen=True)
class Ground:
    """Where the broadcasts of the practice brand are made."""

    channel_id: int
    segments: Mapping[str, int]
    topics: Mapping[str, int]
    campaigns: Mapping[tuple[str, int], int]
    book: Rulebook


@dataclass(frozen=True)
class Piece:
    brief: Brief
    content: Content
    segment: str | None
    at: datetime


def first_send(session: Session, staff: Staff, ground: Ground, now: datetime) -> Broadcast:
    """Made by you, approved by the second person, due within the minute."""
    brief = Brief(
        name="Weekend edit: a first look",
        kind=Kind.STANDARD,
        channel_id=ground.channel_id,
        rate_per_second=RATE,
    )
    piece = Piece(brief, FIRST_SEND, "Wrote to us in the last two days", now + SOON)
    made = _written(session, staff.you_act, ground, piece, now)
    key = made.id or 0
    approving.ask(session, staff.you_act, key, ground.book, now)
    approving.approve(session, staff.second_acts, key, ground.book, now)
    return scheduling.schedule(session, staff.second_acts, key, ground.book, now)


def waiting(session: Session, staff: Staff, ground: Ground, now: datetime) -> None:
    """One that waits for your approval, one that is scheduled, one that is still a draft."""
    review = _written(session, staff.second_acts, ground, _tips(ground, now), now)
    approving.ask(session, staff.second_acts, review.id or 0, ground.book, now)
    key = _written(session, staff.you_act, ground, _vips(ground, now), now).id or 0
    approving.ask(session, staff.you_act, key, ground.book, now)
    approving.approve(session, staff.second_acts, key, ground.book, now)
    scheduling.schedule(session, staff.second_acts, key, ground.book, now)
    _written(session, staff.you_act, ground, _paid(ground, now), now)


def _written(
    session: Session, actor: Actor, ground: Ground, piece: Piece, now: datetime
) -> Broadcast:
    made = broadcasts.create(session, actor, piece.brief, now)
    key = made.id or 0
    drafting.write(session, actor, key, made.version, piece.content, now)
    segment_id = ground.segments[piece.segment] if piece.segment else None
    drafting.aim(session, actor, key, made.version, segment_id, now)
    schedule = {"mode": "at", "at": piece.at.isoformat(), "zone": ZONE, "grace_minutes": 30}
    return drafting.time(session, actor, key, made.version, schedule, now).broadcast


def _tips(ground: Ground, now: datetime) -> Piece:
    brief = Brief(
        name="Weekly tips: linen",
        kind=Kind.SUBSCRIPTION,
        channel_id=ground.channel_id,
        campaign_id=_this_year(ground, "Weekly tips"),
        topic_id=ground.topics["weekly-tips"],
    )
    words = "Hello {{first_name|there}}! Three ways to keep linen crisp: cold wash, damp iron, air."
    return Piece(brief, Content(text=words), None, _at(now, days=2))


def _vips(ground: Ground, now: datetime) -> Piece:
    brief = Brief(
        name="Christmas gifts: VIP preview",
        kind=Kind.STANDARD,
        channel_id=ground.channel_id,
        campaign_id=_this_year(ground, "Christmas gifts"),
    )
    words = "{{first_name|Hello}}, the gift room opens for you a day before everyone else."
    content = Content(text=words, buttons=(UrlButton("Look inside", f"{SHOP}/christmas"),))
    return Piece(brief, content, "VIP customers", _at(now, days=4))


def _paid(ground: Ground, now: datetime) -> Piece:
    brief = Brief(
        name="Christmas gifts: wider",
        kind=Kind.SPONSORED,
        channel_id=ground.channel_id,
        campaign_id=_this_year(ground, "Christmas gifts"),
        budget_micros=40 * DOLLAR,
    )
    words = "{{first_name|Hello}}, order by the 18th and it is under the tree in time."
    content = Content(text=words, buttons=(UrlButton("Shop now", f"{SHOP}/christmas"),))
    return Piece(brief, content, None, _at(now, days=12))


def _this_year(ground: Ground, name: str) -> int:
    return max((year, key) for (season, year), key in ground.campaigns.items() if season == name)[1]


def _at(now: datetime, *, days: int) -> datetime:
    """At seven in the evening in Melbourne, give or take the summer."""
    return (now + timedelta(days=days)).replace(hour=8, minute=0, second=0, microsecond=0)
