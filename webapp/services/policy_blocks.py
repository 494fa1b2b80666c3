"""The platform blocks a channel for what was sent on it, and ends the block (facts 5.4).

WhatsApp accepts messages first and may tell only later that none of them is delivered: no payment
method, an account that is locked, a number that people report (facts A4). Such a failure stops the
channel as an answer of that code does.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlmodel import Session

from webapp.domain.event import Event as Told
from webapp.domain.permission import job
from webapp.domain.retry import StopChannel
from webapp.domain.wording import say
from webapp.models.channel import Channel
from webapp.platforms import answers, graph_answers
from webapp.platforms.answer_row import Meaning
from webapp.services import channels, recording

BLOCKED = 368  # the platform's code of a policy block
BLOCK, UNBLOCK = "block", "unblock"
WATCH = job("watch")


def hear(
    session: Session, channel: Channel, told: Told, later: Collection[object], now: datetime
) -> None:
    """A warning changes nothing, nor does what is over: `later` is what notices of a later time
    say that arrived before this one. In the caller's transaction."""
    if {BLOCK, UNBLOCK} & {*later}:
        return
    if told.action == BLOCK:
        _stop(session, channel, told, now)
    elif told.action == UNBLOCK:
        end(session, channel, now)


def fail(session: Session, channel: Channel, told: Told, now: datetime) -> None:
    """One message failed late, for what concerns all of them. Not where somebody has looked at the
    channel since: failures are told for days. In the caller's transaction."""
    row = answers.row_of(told.action or "")
    seen = channel.checked_at is not None and told.at <= channel.checked_at
    if row is None or row.meaning is not Meaning.STOP or seen:
        return
    sentence = graph_answers.told(row.sentence, told.reason or "")
    answer = StopChannel(int(told.action or 0), None, sentence)
    recording.stop_channel(session, channel.id or 0, answer, now)


def end(session: Session, channel: Channel, now: datetime) -> None:
    """What the platform's block stopped goes on; nothing else does."""
    code = str((channel.stopped_reason or {}).get("code") or "")
    if channel.state == "stopped" and code.partition("/")[0] == str(BLOCKED):
        channels.go_on(session, WATCH, channel, "resume", now)


def _stop(session: Session, channel: Channel, told: Told, now: datetime) -> None:
    sentence = say(
        "The platform has blocked this channel for a policy reason: %(reason)s. Read its notice "
        "and appeal there. When it ends the block the channel goes on by itself; if it does not, "
        "press Resume here.",
        reason=told.reason or "none given",
    )
    recording.stop_channel(session, channel.id or 0, StopChannel(BLOCKED, None, sentence), now)
