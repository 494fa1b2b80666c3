"""The runs of a broadcast that repeats: which come, skipping and moving one, and what follows one.

All of them are made when it is scheduled, and all are covered by its approval. Each starts by
itself, late within its grace, or is marked missed; the broadcast is scheduled until the last is
over. A run waits for the one before it as long as its grace lasts.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session

from webapp.domain import remark
from webapp.domain.broadcast import RUNNING, BroadcastState
from webapp.domain.errors import Invalid, NotFound, Refused
from webapp.domain.permission import Actor
from webapp.domain.recurrence import LONGEST
from webapp.domain.wording import Sentence, say
from webapp.models.broadcast import Broadcast, Occurrence
from webapp.services import drafting
from webapp.store import broadcasts, occurrences

MOVABLE = frozenset({"due", "missed"})
SKIPPED = "skipped"  # a state of a run: taken out by a person, before it started
OPEN = frozenset({*RUNNING, BroadcastState.SCHEDULED, BroadcastState.DONE})  # takes another run
GONE = say("This one has started or is over; it cannot be changed any more.")


def skip(
    session: Session, actor: Actor, broadcast_id: int, number: int, now: datetime
) -> Occurrence:
    """This one does not go out; the others do. The last one left is not skipped but taken back."""
    broadcast, run = _held(session, actor, broadcast_id, number)
    if run.state != "due":
        raise Refused(GONE)
    if len(occurrences.waiting(session, broadcast_id)) == 1:
        raise Refused(say("It is the only one left: take the broadcast back instead."))
    run.state = SKIPPED
    run.note = remark.to_json(say("Skipped by %(name)s.", name=actor.name))
    _keep(session, actor, broadcast, run, "broadcast.skip_run", now)
    return run


def restore(
    session: Session, actor: Actor, broadcast_id: int, number: int, now: datetime
) -> Occurrence:
    """A skipped one goes out after all, while its time has not come."""
    broadcast, run = _held(session, actor, broadcast_id, number)
    if run.state != SKIPPED or run.due_at <= now:
        raise Refused(GONE)
    run.state, run.note = "due", None
    _keep(session, actor, broadcast, run, "broadcast.restore_run", now)
    return run


def move(
    session: Session,
    actor: Actor,
    broadcast_id: int,
    number: int,
    at: datetime,
    now: datetime,
) -> Occurrence:
    """This one goes out at another time, also after it was missed. Raises Invalid (`due_at`) for
    a time that has passed, or is another's."""
    broadcast, run = _held(session, actor, broadcast_id, number)
    if run.state not in MOVABLE or broadcast.state not in OPEN:
        raise Refused(GONE)
    if at <= now:
        raise Invalid({"due_at": [say("This time has passed. Choose a later one.")]})
    if at > now + LONGEST:
        raise Invalid({"due_at": [say("Choose a time within two years.")]})
    if any(it.due_at == at for it in occurrences.waiting(session, broadcast_id) if it.id != run.id):
        raise Invalid({"due_at": [say("Another of its times is this one: nobody gets it twice.")]})
    run.due_at, run.state, run.note, run.finished_at = at, "due", None, None
    _keep(session, actor, broadcast, run, "broadcast.move_run", now)
    return run


def see(
    session: Session, actor: Actor, broadcast_id: int, number: int, now: datetime
) -> Occurrence:
    """Somebody has read that it was missed: it is off everybody's home."""
    actor.require("broadcast.edit")
    broadcast = broadcasts.lock(session, broadcast_id)
    run = _numbered(session, broadcast_id, number)
    if run.state != "missed":
        raise Refused(say("This one was not missed."))
    run.seen_at = run.seen_at or now
    _keep(session, actor, broadcast, run, "broadcast.see_run", now)
    return run


def close(session: Session, broadcast: Broadcast) -> None:
    """After a run of it is over: the next one is awaited, or it is done."""
    following = occurrences.waiting(session, broadcast.id or 0)
    if following:
        broadcast.state = BroadcastState.SCHEDULED.value
        broadcast.scheduled_at = following[0].due_at
    else:
        broadcast.state = BroadcastState.DONE.value


def miss(session: Session, broadcast: Broadcast, sentence: Sentence) -> None:
    """After a run of it was missed: said on its page; missed itself when nothing ever started."""
    broadcast.state_reason = remark.to_json(sentence)
    if _goes_on(occurrences.of(session, broadcast.id or 0)):
        close(session, broadcast)
    else:
        broadcast.state = BroadcastState.MISSED.value


def goes_on_without(session: Session, missed: Occurrence) -> bool:
    """Whether its broadcast has other runs that are due or have started: then a missed one is given
    another time, since what is scheduled is not scheduled again."""
    return _goes_on(r for r in occurrences.of(session, missed.broadcast_id) if r.id != missed.id)


def _goes_on(runs: Iterable[Occurrence]) -> bool:
    return any(run.state == "due" or run.started_at is not None for run in runs)


def _held(
    session: Session, actor: Actor, broadcast_id: int, number: int
) -> tuple[Broadcast, Occurrence]:
    actor.require("broadcast.schedule")
    broadcast = broadcasts.lock(session, broadcast_id)
    return broadcast, _numbered(session, broadcast_id, number)


def _numbered(session: Session, broadcast_id: int, number: int) -> Occurrence:
    run = occurrences.numbered(session, broadcast_id, number)
    if run is None:
        raise NotFound("occurrence", number)
    return run


def _keep(
    session: Session,
    actor: Actor,
    broadcast: Broadcast,
    run: Occurrence,
    action: str,
    now: datetime,
) -> None:
    session.add(run)
    session.flush()
    following = occurrences.waiting(session, broadcast.id or 0)
    if broadcast.state in (BroadcastState.SCHEDULED, BroadcastState.DONE) and following:
        broadcast.state = BroadcastState.SCHEDULED.value
        broadcast.scheduled_at = following[0].due_at
    drafting.keep(
        session, actor, broadcast, action, now,
        run=run.number, due_at=run.due_at.isoformat(),
    )  # fmt: skip
