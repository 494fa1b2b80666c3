"""What needs this person, in this brand, now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlmodel import Session

from webapp.domain.broadcast import BroadcastState
from webapp.domain.delivery import Totals
from webapp.domain.permission import Actor
from webapp.domain.wording import Sentence
from webapp.models.broadcast import Broadcast, Occurrence
from webapp.models.catch_up import CatchUp
from webapp.models.channel import Channel
from webapp.services import approving, closing_windows, rule_alarms, templates
from webapp.services.rule_alarms import News
from webapp.store import attention, catch_ups, channels, deliveries

LATE: Final = timedelta(seconds=90)  # a run starts within 60 s while the clock runs
AHEAD: Final = timedelta(days=7)


@dataclass(frozen=True)
class Needs:
    """What waits for this person. `count` is what the rail shows."""

    approvals: Sequence[Broadcast] = ()
    unknown: Sequence[tuple[int, str, int]] = ()
    missed: Sequence[Broadcast] = ()
    missed_runs: Sequence[tuple[Broadcast, Occurrence]] = ()  # the broadcast goes on without it
    late: Sequence[tuple[Broadcast, Occurrence]] = ()
    channels: Sequence[Channel] = ()
    reading: Sequence[tuple[Channel, CatchUp | None]] = ()  # what was missed, before it sends
    unread: Sequence[tuple[Channel, CatchUp]] = ()  # what was missed and could not be read
    templates: Sequence[tuple[Broadcast, Sentence]] = ()  # coming sends whose template fell
    rules: Sequence[News] = ()

    @property
    def count(self) -> int:
        parts = (
            self.approvals,
            self.unknown,
            self.missed,
            self.missed_runs,
            self.late,
            self.channels,
            self.reading,
            self.unread,
            self.templates,
            self.rules,
        )
        return sum(len(part) for part in parts)


@dataclass(frozen=True)
class Ahead:
    """The days to come: what is on the calendar, what runs, how many windows close today."""

    upcoming: Sequence[tuple[Broadcast, Channel, datetime]] = ()
    under_way: Sequence[tuple[Broadcast, Totals]] = ()
    closing: int = 0
    open_channels: Sequence[Channel] = field(default=())


def needs(session: Session, actor: Actor, now: datetime) -> Needs:
    """Only what this person can do something about; stopped channels are everybody's to know, and
    changed rules the owners' of what they touch."""
    return Needs(
        approvals=_approvals(session, actor) if actor.can("broadcast.approve") else (),
        unknown=attention.unknown(session) if actor.can("delivery.settle") else (),
        missed=_missed(session) if actor.can("broadcast.edit") else (),
        missed_runs=attention.missed_runs(session) if actor.can("broadcast.edit") else (),
        late=attention.late(session, now - LATE) if actor.can("broadcast.edit") else (),
        channels=channels.stopped(session),
        reading=_reading(session),
        unread=catch_ups.noted(session) if actor.can("channel.edit") else (),
        templates=templates.troubled(session) if actor.can("broadcast.edit") else (),
        rules=rule_alarms.standing(session, actor),
    )


def ahead(session: Session, zone: ZoneInfo, now: datetime) -> Ahead:
    """`zone`: whose midnight ends today."""
    found = channels.page(session)
    ids = [channel.id or 0 for channel in found]
    return Ahead(
        upcoming=attention.scheduled_between(session, now, now + AHEAD),
        under_way=_under_way(session),
        closing=closing_windows.count(session, ids, now, _midnight(zone, now)),
        open_channels=found,
    )


def _under_way(session: Session) -> Sequence[tuple[Broadcast, Totals]]:
    running = attention.under_way(session)
    sums = deliveries.totals_of(session, [row.id or 0 for row in running])
    return [(row, sums[row.id or 0]) for row in running]


def _approvals(session: Session, actor: Actor) -> Sequence[Broadcast]:
    waiting = attention.in_state(session, BroadcastState.IN_REVIEW)
    return [row for row in waiting if approving.may_approve(session, actor, row) is None]


def _missed(session: Session) -> Sequence[Broadcast]:
    return attention.in_state(session, BroadcastState.MISSED)


def _reading(session: Session) -> Sequence[tuple[Channel, CatchUp | None]]:
    found = channels.in_state(session, catch_ups.READING)
    rows = catch_ups.by_channel(session) if found else {}
    return [(channel, rows.get(channel.id or 0)) for channel in found]


def _midnight(zone: ZoneInfo, now: datetime) -> datetime:
    tomorrow = now.astimezone(zone) + timedelta(days=1)
    return tomorrow.replace(hour=0, minute=0, second=0, microsecond=0)
