"""What a run and its channel still allow a wave, beside the rate: turns of a spread run, and calls
of a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from webapp.domain.policy.rulebook import Rulebook
from webapp.models.broadcast import Broadcast, Occurrence
from webapp.models.channel import Channel
from webapp.services import calling, spreading
from webapp.services.calling import Quota
from webapp.services.spreading import Share


@dataclass(frozen=True)
class Allowance:
    """At most so many people; what they take is written down by `take`."""

    people: int
    share: Share | None
    quota: Quota | None


def allowance(
    session: Session,
    run: Occurrence,
    broadcast: Broadcast,
    channel: Channel,
    book: Rulebook,
    now: datetime,
    *,
    most: int,
    slots_at: datetime,
) -> Allowance:
    share = spreading.share(session, run, broadcast, slots_at)
    people = most if share is None else min(most, share.people)
    quota = calling.quota(session, broadcast, channel, book, now, people)
    return Allowance(people if quota is None else min(people, quota.left), share, quota)


def take(
    session: Session, of: Allowance, people: int, again_at: datetime | None, now: datetime
) -> datetime | None:
    """So many were claimed; returns when the next wave is worth asking for."""
    if of.quota is not None:
        calling.count(session, of.quota, people, now)
        again_at = again_at if of.quota.left else calling.again_at(of.quota, now)
    return again_at if of.share is None else spreading.take(session, of.share, people, again_at)
