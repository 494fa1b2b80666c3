"""Crash drills: the process that sends a practice broadcast is killed, and the sum still holds.

An order is a row. Every sending process looks for one twice a second; the one that sends this
broadcast looks at everything again, writes down the sum, commits and kills itself as a power cut
would. Whoever keeps the clock next sees that its claims were settled, and closes the drill. Never
on a real channel, and never while anything goes out on one, in whichever brand.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime

from sqlmodel import Session

from webapp.db import EVERY_BRAND, Database, scoped
from webapp.domain import errors, remark
from webapp.domain.delivery import Totals
from webapp.domain.permission import Actor, job
from webapp.domain.wording import Sentence, say
from webapp.house import House
from webapp.models.broadcast import Broadcast
from webapp.models.channel import Channel
from webapp.models.drill import Drill
from webapp.services.sending import Sender
from webapp.store import audits, broadcasts, deliveries, drills

PERMISSION = "broadcast.drill"
SENDER = job("sender")
EVERY_S = 0.5
log = logging.getLogger("webapp.drill")


def order(session: Session, actor: Actor, broadcast_id: int, now: datetime) -> Drill:
    """Have the sender of this broadcast killed. Refused, with the reason, unless it is practice."""
    actor.require(PERMISSION)
    broadcast = broadcasts.get(session, broadcast_id)
    hindered = hindrance(session, broadcast)
    if hindered is not None:
        raise errors.Refused(hindered)
    drill = Drill(
        brand_id=broadcast.brand_id,
        broadcast_id=broadcast_id,
        ordered_by=actor.name[:120],
        ordered_at=now,
    )
    session.add(drill)
    audits.add(session, actor, broadcast.brand_id, "broadcast.drill", broadcast_id, now)
    session.commit()
    return drill


def hindrance(session: Session, broadcast: Broadcast) -> Sentence | None:
    """Why there can be no drill on this broadcast now."""
    if not session.get_one(Channel, broadcast.channel_id).practice:
        return say("A crash drill is for practice channels; this one is real.")
    if broadcast.state != "sending":
        return say("A crash drill is for a broadcast that is being sent.")
    latest = drills.latest(session, broadcast.id or 0)
    if latest is not None and latest.state in (drills.ORDERED, drills.STRUCK):
        return say("A crash drill is under way on this broadcast.")
    with scoped(session, EVERY_BRAND):
        if drills.real_ones(session):
            return say(
                "Something is going out on a real channel of this installation, and the same "
                "process may be sending it. Drill when it is done."
            )
    return None


def strike(db: Database, worker_id: int, now: datetime) -> bool:
    """Whether this process is to die now: an order is for it, and still holds."""
    with db.reader(EVERY_BRAND) as session:
        if not drills.in_state(session, drills.ORDERED):
            return False
    with db.writer(EVERY_BRAND) as session:
        mine = [it for it in drills.in_state(session, drills.ORDERED)
                if _concerns(session, it, worker_id)]  # fmt: skip
        struck = [_strike(session, it, worker_id, now) for it in mine[:1]]
        session.commit()
    return any(struck)


def _concerns(session: Session, drill: Drill, worker_id: int) -> bool:
    """The process that sends it; once nobody does any more, anybody, who will refuse."""
    state = session.get_one(Broadcast, drill.broadcast_id).state
    return state != "sending" or drills.has_sent(session, drill.broadcast_id, worker_id)


def _strike(session: Session, drill: Drill, worker_id: int, now: datetime) -> bool:
    broadcast = session.get_one(Broadcast, drill.broadcast_id)
    if not drills.move(session, drill, drills.ORDERED, drills.STRUCK):
        return False
    session.refresh(drill)
    drill.state = drills.REFUSED
    hindered = hindrance(session, broadcast) if broadcast.state == "sending" else _ended()
    if hindered is not None:
        drill.refusal = remark.to_json(hindered)
        return False
    drill.state, drill.struck_at, drill.worker_id = drills.STRUCK, now, worker_id
    drill.host, drill.pid = socket.gethostname()[:120], os.getpid()
    drill.before = sums(deliveries.totals(session, drill.broadcast_id))
    audits.add(session, SENDER, drill.brand_id, "broadcast.struck", drill.broadcast_id, now,
               pid=drill.pid)  # fmt: skip
    return True


def _ended() -> Sentence:
    return say("The broadcast had ended before anybody could be killed.")


def sums(totals: Totals) -> dict[str, int]:
    return {**asdict(totals), "waiting": totals.waiting}


def close(db: Database, now: datetime) -> int:
    """A tick: drills whose dead process was buried are over; returns how many."""
    with db.reader(EVERY_BRAND) as session:
        if not drills.in_state(session, drills.STRUCK):
            return 0
    with db.writer(EVERY_BRAND) as session:
        buried = [it for it in drills.in_state(session, drills.STRUCK)
                  if drills.is_buried(session, it.worker_id or 0)]  # fmt: skip
        for drill in buried:
            drill.state, drill.over_at = drills.OVER, now
            drill.next_host, drill.next_pid = socket.gethostname()[:120], os.getpid()
            drill.unknown = drills.left_unknown(session, drill)
        session.commit()
    return len(buried)


def kill_myself() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def stand_ready(
    house: House, sender: Sender, stop: threading.Event, die: Callable[[], None] = kill_myself
) -> threading.Thread:
    """Beside a sender: watch for orders until it stops."""

    def watch() -> None:
        while not stop.wait(EVERY_S):
            try:
                if strike(house.db, sender.worker_id, house.clock.now()):
                    die()
            except Exception:
                log.exception("a look for crash drills failed; trying again")

    thread = threading.Thread(target=watch, name="drill", daemon=True)
    thread.start()
    return thread
