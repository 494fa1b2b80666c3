"""When something may have been missed on a channel, so that it is read before anything is sent.

What we know, and what follows from it:

1. The web process, which alone hears webhooks, says every five seconds that it is there. A platform
   that could not reach us tries again at once a few times, how often and how long is told by no
   page (facts 5.7), and what it gave up is never delivered. So a silence of more than a minute
   counts as a downtime: shorter ones are restarts. That is a choice. Where the web has never said
   anything (a database of an older release), nothing is known and nothing is read.
2. A channel that stopped, other than by a person's hand, may have heard nothing meanwhile: its
   token, its rights or its webhooks were gone. It is read when it is to go on.
3. It is read from the last event that is known of it, or the beginning of the silence if that is
   earlier, and ten minutes before, since events do not come in order.

The channel's state is then `reading`, which is not `connected`: that is all the sender asks.
WhatsApp has no way to ask what was written. Waiting would bring nothing there, so its numbers send
on, and what may be missing is said until somebody has read it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session, select

from webapp.domain import remark
from webapp.domain.event import INSTAGRAM, MESSENGER
from webapp.domain.permission import job
from webapp.domain.wording import Sentence, say
from webapp.models.catch_up import CatchUp
from webapp.models.channel import Channel
from webapp.store import audits, catch_ups, depths

HEARING: Final = "hearing"  # the heartbeat of whoever takes webhooks
SILENCE: Final = timedelta(minutes=1)
OVERLAP: Final = timedelta(minutes=10)
READABLE: Final = frozenset({MESSENGER, INSTAGRAM})
WATCH: Final = job("watch")


def after_silence(session: Session, now: datetime) -> None:
    """To be asked before anything is sent, and before the next sign of life. In the caller's
    transaction, which sees every brand."""
    beat = depths.beat(session, HEARING)
    if beat is None or now - beat.at <= SILENCE:
        return
    beat = depths.beat_locked(session, HEARING)  # several processes may start at once
    if beat is None or now - beat.at <= SILENCE:
        return
    for channel in session.exec(select(Channel).order_by("id")):
        expect(session, channel, beat.at, now)


def expect(session: Session, channel: Channel, since: datetime, now: datetime) -> None:
    """Something may have been missed since then. A stopped channel is read when it goes on."""
    if channel.platform not in READABLE:
        _note(session, channel, since, now)
        return
    known = min(since, channel.last_event_at or channel.created_at) - OVERLAP
    row = catch_ups.locked(session, channel.id or 0)
    if row is not None and row.ended_at is None:
        known = min(known, row.since)
    fresh = CatchUp(brand_id=channel.brand_id, channel_id=channel.id or 0, since=known,
                    began_at=now, due_at=now, note=row.note if row else None)  # fmt: skip
    session.merge(fresh)
    if channel.state != "stopped":
        _hold(session, channel, known, now)


def state_after(session: Session, channel: Channel, now: datetime, *, by_hand: bool) -> str:
    """What a stopped channel that is mended becomes. One a person stopped heard all along, unless
    there was a silence in the meantime."""
    row = catch_ups.of(session, channel.id or 0)
    waits = row is not None and row.ended_at is None
    if by_hand and not waits:
        return "connected"
    expect(session, channel, channel.stopped_at or now, now)
    if channel.platform not in READABLE:
        return "connected"
    return catch_ups.READING


def _hold(session: Session, channel: Channel, since: datetime, now: datetime) -> None:
    if channel.state != catch_ups.READING:
        channel.state = catch_ups.READING
        audits.add(session, WATCH, channel.brand_id, "channel.read", channel.id, now,
                   since=since.isoformat())  # fmt: skip


def _note(session: Session, channel: Channel, since: datetime, now: datetime) -> None:
    row = catch_ups.locked(session, channel.id or 0)
    earlier = row.since if row is not None and row.note is not None else since
    since = min(since, earlier)
    note = remark.to_json(_unreadable(channel, since, now))
    session.merge(CatchUp(brand_id=channel.brand_id, channel_id=channel.id or 0, since=since,
                          began_at=now, ended_at=now, note=note))  # fmt: skip


def _unreadable(channel: Channel, since: datetime, now: datetime) -> Sentence:
    return say(
        "What people wrote to %(name)s between %(since)s and %(until)s may be missing here, also a "
        "STOP: WhatsApp gives no way to ask for it. Look through the chats of that time and write "
        "down on the person's page who wants no messages.",
        name=channel.name, since=_minute(since), until=_minute(now),
    )  # fmt: skip


def unread(channel: Channel, since: datetime, now: datetime) -> Sentence:
    """Of a channel whose platform could be asked, and told nothing of use."""
    return say(
        "What people wrote to %(name)s between %(since)s and %(until)s may be missing here, also a "
        "STOP: the platform did not tell it. Look through the chats of that time and write down on "
        "the person's page who wants no messages.",
        name=channel.name, since=_minute(since), until=_minute(now),
    )  # fmt: skip


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
