"""Stop everything, and the halt that begins by itself when the database may be old.

While a halt holds no row is claimed in any brand: the sender asks in the transaction that claims,
so at most one wave of 0.1 s goes out after the order was acknowledged. Rows stay queued. Only an
operator ends it; nothing ends by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from webapp.domain.halt import Cause, Halt
from webapp.domain.permission import Actor, job
from webapp.models.user import User
from webapp.services import alerting
from webapp.store import audits, halts, installation, rates, send_mark
from webapp.store.halts import UnderWay

PERMISSION = "installation.stop"
WATCH = job("watch")


def current(session: Session) -> Halt | None:
    row = installation.halt(session)
    if row is None:
        return None
    person = session.get(User, row.user_id) if row.user_id else None
    return Halt(Cause(row.value), row.at, person.name if person else "")


def under_way(session: Session) -> Sequence[UnderWay]:
    """Everything that is going out or would, of every brand: what stopping it touches."""
    return halts.under_way(session)


def stop(session: Session, actor: Actor, now: datetime) -> None:
    """Nobody is written to from now on, in no brand. Commits."""
    actor.require(PERMISSION)
    installation.set_halt(session, Cause.STOPPED, now, actor.user_id)
    waiting = sum(it.waiting for it in under_way(session))
    audits.add(session, actor, None, "installation.stop", None, now, waiting=waiting)
    _tell(session, actor, now)
    session.commit()


def go_on(session: Session, actor: Actor, now: datetime) -> None:
    """Whoever waits is written to, as the rules allow. Commits."""
    actor.require(PERMISSION)
    halted = current(session)
    if halted is None:
        return
    installation.end_halt(session)
    audits.add(session, actor, None, "installation.go_on", None, now, cause=halted.cause.value)
    session.commit()


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
