"""From approved to scheduled and back, while nothing has started."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session

from webapp.domain import broadcast as life
from webapp.domain import schedule as schedules
from webapp.domain.broadcast import BroadcastState, Event
from webapp.domain.errors import Invalid
from webapp.domain.permission import Actor
from webapp.domain.policy.rulebook import Rulebook
from webapp.domain.schedule import Mode, Schedule
from webapp.domain.wording import say
from webapp.models.broadcast import Broadcast
from webapp.services import approving, departing, drafting, preflight
from webapp.store import broadcasts, occurrences

UNDO_HOLD = timedelta(seconds=20)  # a send "now" can be taken back for this long


def schedule(
    session: Session, actor: Actor, broadcast_id: int, book: Rulebook, now: datetime
) -> Broadcast:
    """Make an approved broadcast due at its time. Conflict when the approval is void by now;
    Invalid when the time has passed or the check turned red meanwhile."""
    actor.require("broadcast.schedule")
    broadcast = broadcasts.lock(session, broadcast_id)
    after = life.next_state(BroadcastState(broadcast.state), Event.SCHEDULE)
    approving.require_current(session, broadcast, book, now)
    errors = preflight.check(session, broadcast, book, now).errors
    if errors:
        raise Invalid(errors)
    chosen = Schedule.parse(broadcast.schedule)
    due = _due(session, broadcast, chosen, now)
    until = chosen.period.until if chosen.period else None
    for due_at in due:
        occurrences.create(session, broadcast, due_at, chosen.grace_minutes, until)
    occurrences.see_missed(session, broadcast_id, now)
    broadcast.state, broadcast.scheduled_at = after, due[0]
    broadcast.state_reason = None
    return drafting.keep(session, actor, broadcast, "broadcast.schedule", now)


def unschedule(session: Session, actor: Actor, broadcast_id: int, now: datetime) -> Broadcast:
    """Back to approved, as long as it has not started; the approval stands."""
    actor.require("broadcast.schedule")
    broadcast = broadcasts.lock(session, broadcast_id)
    after = life.next_state(BroadcastState(broadcast.state), Event.UNSCHEDULE)
    occurrences.withdraw_due(session, broadcast_id)
    broadcast.state, broadcast.scheduled_at = after, None
    return drafting.keep(session, actor, broadcast, "broadcast.unschedule", now)


def _due(session: Session, broadcast: Broadcast, chosen: Schedule, now: datetime) -> list[datetime]:
    """When its runs are due, the first one first: one, unless it repeats."""
    errors = schedules.problems(chosen, now)
    if errors:
        raise Invalid({"schedule": next(iter(errors.values()))})
    if chosen.repeats is not None:
        begun = {run.due_at for run in occurrences.of(session, broadcast.id or 0) if run.started_at}
        due = sorted(at for at in chosen.moments if at >= now and at not in begun)
        if not due:
            raise Invalid({"schedule": [say("All of these times have passed. Choose later ones.")]})
        return due
    due_at = departing.due_at(session, broadcast, chosen, now)
    if due_at is None:
        raise Invalid({"schedule": [say("This time has passed for everyone in the audience.")]})
    at_once = chosen.mode is Mode.NOW or due_at <= now
    return [now + UNDO_HOLD if at_once else due_at]
