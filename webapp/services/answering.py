"""STOP and START answered: each confirmed once, by the discipline of every send.

A row is queued in the transaction that writes the act. A tick claims it and commits, asks the
platform without a transaction, and writes down what came back. A process that dies in between
leaves a claim without an answer: it becomes unknown and is never asked again; its echo settles it.
The rules are not asked: `consent.stop` forbids everything after a STOP, and this is the one message
that may follow it (`domain.confirmation`). The window, the channel and its rate are, and whether
everything is stopped: an older copy of the database may wait with what was confirmed long ago.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from webapp.db import EVERY_BRAND
from webapp.domain import confirmation, keyword, retry
from webapp.domain.confirmation import ReplyState
from webapp.domain.content import Content
from webapp.domain.errors import Refused
from webapp.domain.keyword import Keyword
from webapp.domain.policy.verdict import Route
from webapp.domain.retry import Accepted, Ambiguous, Answer, RefusedLater, StopChannel
from webapp.house import House
from webapp.models.channel import Channel
from webapp.models.opt_in import OptIn
from webapp.models.reply import Reply
from webapp.models.subscriber import Subscriber
from webapp.platforms.protocol import Outgoing, Recipient
from webapp.platforms.transport import Transport
from webapp.platforms.wire import Reply as Answered
from webapp.platforms.wire import Request
from webapp.services import channels, halting, recording
from webapp.services.channels import Outside
from webapp.store import installation, rates, replies

BATCH = 50  # a tick
UNANSWERED = timedelta(minutes=2)  # longer than any request lasts
WAITS = timedelta(seconds=30)  # before a channel that cannot send is looked at again
Calling = Callable[[Request], Answered]


@dataclass(frozen=True)
class _Claimed:
    """One claim, committed: what is asked, and of whom."""

    reply_id: int
    channel_id: int
    platform: str
    request: Request
    identity: str  # of the database, beside the mark of what was sent from here
    claimed_at: datetime


def queue(
    session: Session, person: Subscriber, act: OptIn, kind: Keyword, said: str | None, now: datetime
) -> Reply | None:
    """Have an act confirmed, unless there is no window for it or it was done a moment ago."""
    closed = person.window_ends_at is None or person.window_ends_at <= now
    late = act.at + confirmation.LATEST <= now
    if closed or late or not replies.confirms(session):
        return None
    if replies.answered_since(session, person.id or 0, kind, now - confirmation.APART):
        return None
    language = confirmation.language_of(person.locale, keyword.language(said))
    row = Reply(
        brand_id=person.brand_id,
        channel_id=person.channel_id,
        subscriber_id=person.id or 0,
        opt_in_id=act.id or 0,
        kind=kind.value,
        language=language,
        text=confirmation.text_for(kind, language, replies.own_texts(session, kind)),
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row


def send_due(house: House, call: Calling | None = None) -> int:
    """Send what waits, a batch at most; returns how many the platform was asked for."""
    now = house.clock.now()
    _bury(house, now)
    with house.db.reader(EVERY_BRAND) as session:
        halted = installation.halt(session) is not None
        waiting = [] if halted else replies.due(session, now, BATCH)
    if not waiting:
        return 0
    if call is not None:
        return sum(_send(house, call, *it) for it in waiting)
    transport = Transport(connections=1)
    try:
        return sum(_send(house, transport.call, *it) for it in waiting)
    finally:
        transport.close()


def _bury(house: House, now: datetime) -> None:
    with house.db.reader(EVERY_BRAND) as session:
        if not replies.claimed_before(session, now - UNANSWERED):
            return
    with house.db.writer(EVERY_BRAND) as session:
        replies.bury(session, now - UNANSWERED, now)
        session.commit()


def _send(house: House, call: Calling, brand_id: int, reply_id: int) -> bool:
    with house.db.writer(brand_id) as session:
        claimed = _claim(house, session, reply_id, house.clock.now())
        session.commit()
    if claimed is None:
        return False
    halting.mark(house.settings.instance, claimed.identity, claimed.claimed_at)
    answer = house.platforms.get(claimed.platform).answer(call(claimed.request))
    with house.db.writer(brand_id) as session:
        _record(session, claimed, answer, house.clock.now())
        session.commit()
    return True


def _claim(house: House, session: Session, reply_id: int, now: datetime) -> _Claimed | None:
    """None when it must not go out (skipped, with the reason) or has to wait."""
    if installation.halt(session) is not None:
        return None
    row = session.get_one(Reply, reply_id)
    person = session.get_one(Subscriber, row.subscriber_id)
    channel = session.get_one(Channel, row.channel_id)
    reason = _hindrance(row, person, now)
    if reason is not None:
        replies.skip(session, reply_id, reason, now)
        return None
    if not _may_send(channel, now):
        row.not_before = now + WAITS
        return None
    request = _request(house, session, row, person, channel, now)
    if request is None or not rates.take(session, row.channel_id, _pace(channel), now, 1).count:
        return None
    if not replies.claim(session, reply_id, installation.epoch(session, now), now):
        return None
    identity = installation.identity(session, now)
    return _Claimed(reply_id, row.channel_id, channel.platform, request, identity, now)


def _request(
    house: House, session: Session, row: Reply, person: Subscriber, channel: Channel, now: datetime
) -> Request | None:
    """None when it cannot be made: nothing was asked, and the channel or the row says why."""
    outside = Outside(house.platforms, house.vault, house.settings)
    mark, to = _mark(session, row, now), Recipient("id", person.key)
    try:
        access = channels.access_to(outside, session, channel)
        outgoing = Outgoing(mark, to, Route.WINDOW, Content(text=row.text))
        return house.platforms.get(channel.platform).request(access, outgoing)
    except Refused as error:  # its secrets cannot be opened
        recording.stop_channel(session, row.channel_id, StopChannel(190, None, error.sentence), now)
    except (KeyError, ValueError) as error:
        replies.skip(session, row.id or 0, f"it cannot be put to the platform: {error}"[:200], now)
    return None


def _mark(session: Session, row: Reply, now: datetime) -> str:
    return confirmation.mark_of(row.id or 0, installation.epoch(session, now))


def _pace(channel: Channel) -> float:
    return float(channel.rate_per_second)


def _hindrance(row: Reply, person: Subscriber, now: datetime) -> str | None:
    """A confirmation that is not true any more is worse than none."""
    if person.erased_at is not None:
        return "erased"
    if person.window_ends_at is None or person.window_ends_at <= now:
        return "window closed"
    stopped = person.opted_out_at is not None
    return None if stopped is (row.kind == Keyword.STOP) else "changed their mind"


def _may_send(channel: Channel, now: datetime) -> bool:
    waits = channel.resume_at is not None and channel.resume_at > now
    return channel.state == "connected" and not waits


def _record(session: Session, claimed: _Claimed, answer: Answer, now: datetime) -> None:
    key = claimed.reply_id
    match answer:
        case Accepted(message_id=message_id):
            replies.settle(session, key, ReplyState.SENT, message_id=message_id, finished_at=now)
        case RefusedLater(wait_seconds=wait):
            again = retry.next_attempt(now, 4, wait)
            replies.settle(session, key, ReplyState.QUEUED, not_before=again)
        case StopChannel():
            replies.settle(session, key, ReplyState.QUEUED, not_before=now + WAITS)
            recording.stop_channel(session, claimed.channel_id, answer, now)
        case Ambiguous():
            reason = recording.reason_of(answer)
            replies.settle(session, key, ReplyState.UNKNOWN, reason=reason, finished_at=now)
        case _:
            reason = recording.reason_of(answer)
            replies.settle(session, key, ReplyState.FAILED, reason=reason, finished_at=now)
