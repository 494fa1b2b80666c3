"""The platform blocks a channel for what was sent on it, and ends the block (facts 5.4)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlmodel import Session

from webapp.domain.event import Event as Told
from webapp.domain.permission import job
from webapp.domain.retry import StopChannel
from webapp.domain.wording import say
from webapp.models.channel import Channel
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
