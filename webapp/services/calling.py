"""The platform's limit of calls in a day, kept where rows are claimed: the channel waits at it.

Facts 4.1: 200 calls in a rolling 24 hours for each engaged person, "people the business can
message". Counted are those who could be messaged at some time of the same 24 hours, by their window
or a living token; that it is those hours is our reading. Utility templates and what is paid for
reach people who are neither, so they are counted on no side: of their use the platform's own usage
headers tell. Whom the rules let a wave write to can be messaged, whatever else is known of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from webapp.domain.broadcast import Kind
from webapp.domain.call_limit import DAY, LIMIT, Calls, Standing, people_for
from webapp.domain.policy.rulebook import Rulebook
from webapp.models.broadcast import Broadcast
from webapp.models.channel import Channel
from webapp.store import call_buckets
from webapp.store.call_buckets import Bucket

BESIDE = frozenset({Kind.UTILITY, Kind.SPONSORED})  # kinds that are counted on no side
COUNTED_FOR = timedelta(minutes=10)  # people come and go
AHEAD = 5_000  # people counted beyond those that are needed: for the coming waves
LOOK_AGAIN = timedelta(minutes=1)  # people may write, and be counted, before a call is a day old


@dataclass(frozen=True)
class Quota:
    """What is left for a wave of a channel; its row is locked."""

    channel_id: int
    calls: Calls
    standing: Standing

    @property
    def left(self) -> int:
        return self.standing.left


def quota(
    session: Session,
    broadcast: Broadcast,
    channel: Channel,
    book: Rulebook,
    now: datetime,
    wanted: int,
) -> Quota | None:
    """None where no rule sets a limit to this kind."""
    each = _each(channel, book, now)
    if each is None or broadcast.kind in BESIDE:
        return None
    key = channel.id or 0
    bucket = call_buckets.held(session, key)
    calls, engaged = Calls.parse(bucket.calls), bucket.engaged
    needed = calls.used(now) + wanted
    if not _is_fresh(bucket, now) or needed > engaged * each:
        engaged = max(_engaged(session, channel, now, needed, each), wanted)
        call_buckets.keep_engaged(session, key, engaged, now)
    return Quota(key, calls, _standing(calls, engaged, each, now))


def count(session: Session, of: Quota, calls: int, now: datetime) -> None:
    """Each message is a call, in a batch as well."""
    if calls:
        call_buckets.keep_calls(session, of.channel_id, of.calls.added(calls, now).to_json())


def again_at(of: Quota, now: datetime) -> datetime:
    """When to look again at a channel that has used up its calls."""
    return min(of.standing.frees_at or now + LOOK_AGAIN, now + LOOK_AGAIN)


def standing(
    session: Session, channel: Channel, book: Rulebook, now: datetime, ahead: int = AHEAD
) -> Standing | None:
    """For who looks on; None where no rule sets a limit. Counts people up to what matters."""
    each = _each(channel, book, now)
    if each is None:
        return None
    calls = Calls.parse(call_buckets.of_channel(session, channel.id or 0).calls)
    engaged = _engaged(session, channel, now, calls.used(now), each, ahead)
    return _standing(calls, engaged, each, now)


def reached(session: Session, channel: Channel, book: Rulebook, now: datetime) -> Standing | None:
    """The limit, where the channel waits at it. One person more than the calls need is enough to
    know that it does not."""
    stands = standing(session, channel, book, now, ahead=1)
    return stands if stands is not None and not stands.left else None


def _is_fresh(bucket: Bucket, now: datetime) -> bool:
    at = bucket.counted_at
    return at is not None and at <= now < at + COUNTED_FOR


def _each(channel: Channel, book: Rulebook, now: datetime) -> int | None:
    limit = book.limits(channel.platform, now).get(LIMIT)
    return None if limit is None else limit.value


def _engaged(
    session: Session, channel: Channel, now: datetime, calls: int, each: int, ahead: int = AHEAD
) -> int:
    at_most = people_for(calls, each) + ahead
    return call_buckets.engaged(session, channel.id or 0, now - DAY, now, at_most)


def _standing(calls: Calls, engaged: int, each: int, now: datetime) -> Standing:
    limit = engaged * each
    return Standing(limit, engaged, calls.used(now), calls.frees_at(limit, now))
