"""The clock of the machine is set on and back, by minutes and by more than a day, in the middle of
a broadcast, of one that repeats and of one by people's own clocks; every other time the sender is
killed just then. On PostgreSQL a second clock stands by.

The platform keeps the real time. A third of the people have windows that ended an hour ago: a clock
that went back by a day takes them for open, and nothing of it may be accepted. Another third came
from an ad and have theirs for days, so that a clock that went on by a day finds them still open.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import col, select

from tests.torture import leaping, proof
from tests.torture.ground import Ground, until
from tests.torture.kills import CAST
from tests.torture.machines import Machine
from tests.torture.proof import Proof
from webapp.db import EVERY_BRAND
from webapp.domain.schedule import GRACE_MINUTES, PUNCTUAL, grace
from webapp.models.audit import Audit
from webapp.models.broadcast import Broadcast, Occurrence
from webapp.models.delivery import Delivery
from webapp.models.subscriber import Subscriber
from webapp.store import occurrences

PEOPLE, RATE = 90, 60
MINUTES, MORE_THAN_A_DAY = timedelta(minutes=10), timedelta(hours=25)
STEPS = (MINUTES, -MINUTES, MORE_THAN_A_DAY, -MORE_THAN_A_DAY,
         -MINUTES, MINUTES, -MORE_THAN_A_DAY, MORE_THAN_A_DAY)  # fmt: skip
LATER = (timedelta(minutes=5), timedelta(hours=20))  # the runs that follow the first
EARLY, LATE = "Asia/Kathmandu", "Asia/Kolkata"  # a quarter of an hour apart
SETTLES_S = 1.5  # after a leap, before the next look
ENDED, A_DAY, FROM_AD = timedelta(hours=1), timedelta(hours=20), timedelta(days=7)
COUNTED = frozenset({"leaps", "nights", "missed turns"})  # facts, no zeros
OVER = frozenset({"done", "missed", "cancelled"})


def run(ground: Ground, *, steps: Sequence[timedelta] = STEPS, people: int = PEOPLE) -> Proof:
    """`ground` has people with open windows and a platform in real time."""
    ground.stage.clock = clock = leaping.of(ground.folder)  # type: ignore[assignment]
    ended = _tell_windows(ground)
    with ExitStack() as machines:
        machines.enter_context(_machine(ground, "clock0"))
        if not ground.db.is_sqlite:
            machines.enter_context(_machine(ground, "clock1"))
        for number, step in enumerate(steps):
            _all_kinds(ground)
            _some_messages(ground)
            clock.advance(step)
            if number % 2:
                _killed_and_back(ground, machines, number)
            time.sleep(SETTLES_S)
            until(lambda: nothing_goes(ground), "an end of what is due")
        clock.advance(2 * MORE_THAN_A_DAY)
        until(lambda: all_over(ground), "an end of every run")
    kills = len(steps) // 2
    found = proof.prove(ground, people=people + CAST, kills=kills, rate=RATE)
    return judged(ground, found, {
        "leaps": len(steps),
        "outside their window": _outside(ground, ended),
        "turns too late": _turns_too_late(ground),
    })  # fmt: skip


def judged(ground: Ground, found: Proof, more: dict[str, int]) -> Proof:
    """What of a clock's doings is crooked: `more` are zeros too, but for those of COUNTED."""
    states = Counter(it.state for it in _runs(ground))
    wrong = {"started twice": started_twice(ground), "gone without a notice": _gone(ground)}
    facts = {name: n for name, n in more.items() if name in COUNTED}
    wrong |= {name: n for name, n in more.items() if name not in facts}
    found.crooked += sum(wrong.values())
    found.facts |= {**facts, **wrong, "runs done": states["done"], "runs missed": states["missed"]}
    return found


def started_twice(ground: Ground) -> int:
    """Runs that were begun more than once."""
    begun = select(Audit).where(col(Audit.action) == "broadcast.start")
    with ground.db.reader(EVERY_BRAND) as session:
        starts = Counter((it.noun_id, it.detail["run"]) for it in session.exec(begun))
    return sum(n > 1 for n in starts.values())


def _gone(ground: Ground) -> int:
    """Runs that are over and never began, and are not said to be missed."""
    return sum(
        it.started_at is None and not (it.state == "missed" and it.note) for it in _runs(ground)
    )


def _runs(ground: Ground) -> Sequence[Occurrence]:
    with ground.db.reader(ground.brand) as session:
        return session.exec(select(Occurrence).order_by(col(Occurrence.id))).all()


def _machine(ground: Ground, name: str) -> Machine:
    return ground.jobs(name, "tests.torture.leaping")


def _killed_and_back(ground: Ground, machines: ExitStack, number: int) -> None:
    """The sender that leads, most likely; what was left of it ends with the others."""
    for machine in [it for it in ground.machines if it.lives][:1]:
        machine.kill()
    machines.enter_context(_machine(ground, f"clock{number + 1}"))


def _tell_windows(ground: Ground) -> set[str]:
    """Keys of a third of the people; our book and the platform's say the same of everybody."""
    at = datetime.now(UTC)
    with ground.db.writer(ground.brand) as session:
        everyone = session.exec(select(Subscriber).where(col(Subscriber.key).like("90%"))).all()
        for person in everyone:
            person.timezone = LATE if (person.id or 0) % 2 else EARLY
            if (person.id or 0) % 3:
                person.window_ends_at = at + FROM_AD if (person.id or 0) % 3 == 1 else at + A_DAY
            else:
                person.window_ends_at = at - ENDED
        session.commit()
        ground.simulator.people([
            {"psid": it.key, "window_ends_at": it.window_ends_at.isoformat()}
            for it in everyone if it.window_ends_at
        ])  # fmt: skip
        return {it.key for it in everyone if it.window_ends_at and it.window_ends_at < at}


def _all_kinds(ground: Ground) -> None:
    """One at once, one that repeats, one by people's own clocks; each begins now."""
    clock = ground.stage.clock
    clock.advance(timedelta(seconds=60 - clock.now().second))  # type: ignore[call-arg]
    now = clock.now()
    ground.broadcast()
    again = ground.broadcast(schedule={"mode": "recurring"})
    with ground.db.writer(ground.brand) as session:
        for later in LATER:
            occurrences.create(session, session.get_one(Broadcast, again), now + later)
        session.commit()
    wall = now.astimezone(ZoneInfo(EARLY))
    own = {"mode": "local", "day": f"{wall:%Y-%m-%d}", "time": f"{wall:%H:%M}", "zone": LATE}
    ground.broadcast(schedule=own)


def _some_messages(ground: Ground) -> None:
    before = ground.simulator.count()["accepted"]
    until(lambda: ground.simulator.count()["accepted"] > before or nothing_goes(ground),
          "a message")  # fmt: skip
    until(lambda: _all_planned(ground), "the plans of what is due")


def _all_planned(ground: Ground) -> bool:
    now = ground.stage.clock.now()
    return not any(
        it.state == "planning" or (it.state == "due" and it.due_at <= now) for it in _runs(ground)
    )


def nothing_goes(ground: Ground) -> bool:
    """No run is due, and whoever waits in one waits for a later moment."""
    now = ground.stage.clock.now()
    return not any(
        (it.state == "due" and it.due_at <= now)
        or it.state == "planning"
        or (it.state == "sending" and _may_go(ground, it, now))
        for it in _runs(ground)
    )


def _may_go(ground: Ground, run_: Occurrence, now: datetime) -> bool:
    waiting = select(Delivery.id).where(
        Delivery.broadcast_id == run_.broadcast_id,
        Delivery.occurrence == run_.number,
        col(Delivery.state).in_(proof.WAITING),
        (col(Delivery.due_at).is_(None)) | (col(Delivery.due_at) <= now),
    )
    with ground.db.reader(ground.brand) as session:
        return session.exec(waiting.limit(1)).first() is not None


def all_over(ground: Ground) -> bool:
    return all(it.state in OVER for it in _runs(ground))


def _outside(ground: Ground, ended: set[str]) -> int:
    """Messages the platform accepted for people whose window had ended by its own clock."""
    return sum(bool(it["accepted"]) and it["psid"] in ended for it in proof.journal(ground))


def _turns_too_late(ground: Ground) -> int:
    """People written to long after their own clocks showed the time."""
    latest = grace(GRACE_MINUTES) + PUNCTUAL
    asked = [row for row in proof.ledger(ground).values() if row.state in proof.MAYBE_ACCEPTED]
    return sum(
        row.claimed_at - row.due_at > latest for row in asked if row.due_at and row.claimed_at
    )
