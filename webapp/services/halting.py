"""Stop everything, and the halt that begins by itself when the database may be old.

While a halt holds no row is claimed in any brand: the sender asks in the transaction that claims,
so at most one wave of 0.1 s goes out after the order was acknowledged; so does who confirms a STOP.
Rows stay queued. Only an
operator ends it; nothing ends by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from webapp.db import scoped
from webapp.domain.broadcast import BroadcastState
from webapp.domain.errors import Refused
from webapp.domain.halt import Cause, Halt
from webapp.domain.permission import Actor, job
from webapp.domain.wording import say
from webapp.models.broadcast import Occurrence
from webapp.models.user import User
from webapp.services import alerting, starting, steering
from webapp.store import (
    audits,
    broadcasts,
    halts,
    installation,
    occurrences,
    rates,
    replies,
    send_mark,
)
from webapp.store.halts import UnderWay

PERMISSION = "installation.stop"
WATCH = job("watch")
_PERHAPS_SENT = say(
    "Not sent: its time was before a backup was restored, and it may have gone out already."
)


def current(session: Session) -> Halt | None:
    row = installation.halt(session)
    if row is None:
        return None
    person = session.get(User, row.user_id) if row.user_id else None
    return Halt(Cause(row.value), row.at, person.name if person else "")


def under_way(session: Session) -> Sequence[UnderWay]:
    """Everything that is going out or would, of every brand: what stopping it touches."""
    return halts.under_way(session)


def waiting_of(found: Iterable[UnderWay]) -> int:
    """How many people are written to when sending goes on; not those of a paused broadcast."""
    return sum(it.waiting for it in found if it.state != BroadcastState.PAUSED)


def stop(session: Session, actor: Actor, now: datetime) -> None:
    """Nobody is written to from now on, in no brand. Commits."""
    actor.require(PERMISSION)
    installation.set_halt(session, Cause.STOPPED, now, actor.user_id)
    waiting = waiting_of(under_way(session))
    audits.add(session, actor, None, "installation.stop", None, now, waiting=waiting)
    _tell(session, actor, now)
    session.commit()


def go_on(session: Session, actor: Actor, now: datetime, *, leaving_out: bool = False) -> int:
    """Whoever waits is written to, as the rules allow; or, `leaving_out`, nobody who waits in what
    is under way or paused, since they may have been written to after a backup was made. Refused
    while the list of such a broadcast is still being made. Commits; returns how many are left
    out."""
    actor.require(PERMISSION)
    halted = current(session)
    if halted is None:
        return 0
    people = _leave_out(session, actor, now) if leaving_out else 0
    installation.end_halt(session)
    audits.add(
        session, actor, None, "installation.go_on", None, now,
        cause=halted.cause.value, left_out=people,
    )  # fmt: skip
    session.commit()
    return people


def _leave_out(session: Session, actor: Actor, now: datetime) -> int:
    """Runs that have nobody left end by themselves: a series goes on with its next one. What is due
    and has not started is missed."""
    found = under_way(session)
    for it in found:
        if it.state == BroadcastState.PLANNING:
            raise Refused(
                say("“%(name)s” is still being planned. Try again in a moment.", name=it.name)
            )
    while due := occurrences.due(session, now):
        for run in due:
            _miss(session, run, now)
    replies.leave_out(session, "left out", now)
    return sum(_leave_out_of(session, actor, it, now) for it in found if it.waiting)


def _miss(session: Session, run: Occurrence, now: datetime) -> None:
    with scoped(session, run.brand_id):
        broadcast = broadcasts.get(session, run.broadcast_id)
        starting.miss(session, run, broadcast, _PERHAPS_SENT, now)
        session.flush()


def _leave_out_of(session: Session, actor: Actor, it: UnderWay, now: datetime) -> int:
    with scoped(session, it.brand_id):
        people = steering.leave_out(session, it.broadcast_id, actor, now)
        audits.add(
            session, actor, it.brand_id, "broadcast.leave_out", it.broadcast_id, now, people=people
        )
    return people


def hold(session: Session, cause: Cause, now: datetime) -> None:
    """By the program itself, in the caller's transaction."""
    installation.set_halt(session, cause, now)
    audits.add(session, WATCH, None, "installation.hold", None, now, cause=cause.value)
    _tell(session, WATCH, now)


def _tell(session: Session, actor: Actor, now: datetime) -> None:
    halted = current(session)
    if halted is not None:
        alerting.everything_stopped(session, halted, actor, now)


def watch(session: Session, folder: Path, now: datetime) -> str:
    """Hold when this machine has sent later than the database remembers; returns its identity.

    Whatever was restored, and whether or not it can be noticed, the keys of the messages to come
    are none that were out before: an epoch ends with each start."""
    installation.end_epoch(session)
    identity = installation.identity(session, now)
    marked = send_mark.read(folder, identity)  # first: other senders here commit, then mark
    if rates.newest_us(session) < marked:
        hold(session, Cause.BEHIND, now)
    else:
        set_back(folder, identity, now)
    return identity


def set_back(folder: Path, identity: str, now: datetime) -> None:
    """A clock may go back, and the slots to come with it: what was sent later than now was sent by
    a clock that was wrong, and no older copy is known by it."""
    if send_mark.read(folder, identity) > rates.microseconds(now):
        mark(folder, identity, now)


def mark(folder: Path, identity: str, slot: datetime) -> None:
    """The latest slot that was sent at from here."""
    send_mark.write(folder, identity, rates.microseconds(slot))
