"""Pause, resume and cancel. The sender asks for the state in the transaction that claims."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from webapp.domain import broadcast as life
from webapp.domain import remark
from webapp.domain.broadcast import BroadcastState, Event
from webapp.domain.permission import Actor
from webapp.domain.wording import Sentence, say, say_n
from webapp.models.broadcast import Broadcast, Occurrence
from webapp.services import drafting
from webapp.store import broadcasts, deliveries, occurrences, rollups

STARTED = ("planning", "sending", "paused")  # states of a run that is under way


def pause(session: Session, actor: Actor, broadcast_id: int, now: datetime) -> Broadcast:
    """Rows in flight keep their course; nobody else is written to."""
    actor.require("broadcast.pause")
    broadcast = _moved(session, broadcast_id, Event.PAUSE)
    _move_run(session, broadcast_id, "sending", "paused")
    broadcast.state_reason = remark.to_json(say("Paused by %(name)s.", name=actor.name))
    return drafting.keep(session, actor, broadcast, "broadcast.pause", now)


def resume(session: Session, actor: Actor, broadcast_id: int, now: datetime) -> Broadcast:
    actor.require("broadcast.pause")
    broadcast = _moved(session, broadcast_id, Event.RESUME)
    _move_run(session, broadcast_id, "paused", "sending")
    broadcast.state_reason = None
    return drafting.keep(session, actor, broadcast, "broadcast.resume", now)


def cancel(session: Session, actor: Actor, broadcast_id: int, now: datetime) -> int:
    """Everyone still waiting gets nothing, for good; returns how many they are."""
    actor.require("broadcast.cancel")
    broadcast = _moved(session, broadcast_id, Event.CANCEL)
    run = occurrences.latest(session, broadcast_id)
    occurrences.withdraw_due(session, broadcast_id)
    people = 0 if run is None else _stop(session, broadcast, run, now)
    broadcast.state_reason = remark.to_json(say("Cancelled by %(name)s.", name=actor.name))
    drafting.keep(session, actor, broadcast, "broadcast.cancel", now, people=people)
    return people


def leave_out(session: Session, broadcast_id: int, actor: Actor, now: datetime) -> int:
    """Everyone who waits in its run gets nothing of that run, which then ends by itself; paused, it
    is resumed for that. A step of the caller's transaction; returns how many they are."""
    broadcast = broadcasts.lock(session, broadcast_id)
    people = _take_out(session, broadcast, now)
    if broadcast.state == BroadcastState.PAUSED:
        broadcast.state, broadcast.state_reason = BroadcastState.SENDING, None
        _move_run(session, broadcast_id, "paused", "sending")
    run = occurrences.latest(session, broadcast_id)
    if run is not None:
        run.note = remark.to_json(_left_out(people, actor.name))
    session.flush()
    return people


def _left_out(people: int, name: str) -> Sentence:
    return say_n(
        "A backup was restored while %(n)s person waited: %(name)s left them out, since they may "
        "have been written to after it was made.",
        "A backup was restored while %(n)s people waited: %(name)s left them out, since they may "
        "have been written to after it was made.",
        people,
        name=name,
    )


def _stop(session: Session, broadcast: Broadcast, run: Occurrence, now: datetime) -> int:
    if run.state in STARTED:
        run.state, run.finished_at = "cancelled", now
        session.add(run)
    return _take_out(session, broadcast, now)


def _take_out(session: Session, broadcast: Broadcast, now: datetime) -> int:
    people = deliveries.cancel_queued(session, broadcast.id or 0, now)
    if people:
        rollups.add(
            session,
            broadcast.brand_id,
            broadcast.channel_id,
            now,
            broadcast.kind,
            cancelled=people,
        )
    return people


def _moved(session: Session, broadcast_id: int, event: Event) -> Broadcast:
    broadcast = broadcasts.lock(session, broadcast_id)
    broadcast.state = life.next_state(BroadcastState(broadcast.state), event)
    return broadcast


def _move_run(session: Session, broadcast_id: int, before: str, after: str) -> None:
    run = occurrences.latest(session, broadcast_id)
    if run is not None:
        occurrences.move(session, run.id or 0, before, after)
