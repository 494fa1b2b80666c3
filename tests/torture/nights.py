"""Nights on which clocks change, driven through with a kill at every other turn: an hour that does
not come, one that comes twice, and the half hour of Lord Howe.

On each of them one broadcast goes by people's own clocks and one repeats every day, both at a time
that the clocks of one zone skip that night or show twice. When that is for whom is found here by
looking at every minute, not by the product's own reckoning: the first at which their clock shows
the time or a later one. Once a night nothing runs for an hour: whose turn that was is named.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, delete, select

from tests.torture import leaping, leaps, proof
from tests.torture.ground import Ground, until
from tests.torture.kills import CAST
from tests.torture.machines import Machine
from tests.torture.proof import Proof
from webapp.clock import FileClock
from webapp.domain.departure import MISSED
from webapp.domain.schedule import GRACE_MINUTES, PUNCTUAL, grace
from webapp.models.broadcast import Broadcast, Occurrence
from webapp.models.delivery import Delivery
from webapp.models.subscriber import Subscriber
from webapp.services import approving, scheduling

PEOPLE, RATE = 60, 60
CHANGING = ("Europe/Paris", "Australia/Lord_Howe", "Africa/Casablanca")
STILL = ("Asia/Kathmandu", "America/Recife")
ZONES = (*CHANGING, *STILL)
MINUTE, HOUR, A_DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
HALF = HOUR / 2
BEFORE = timedelta(seconds=2)  # a turn: then the clock ticks by itself
LATEST = grace(GRACE_MINUTES) + PUNCTUAL
AHEAD = 400  # days in which every zone has changed its clock twice
UNATTENDED = 3  # which moment of a night passes while nothing runs
OPEN = timedelta(days=2 * AHEAD)


@dataclass(frozen=True)
class Night:
    """A wall-clock time that clocks of the zone skip on this day, or show twice."""

    zone: str
    wall: datetime  # naive

    def on(self, days: int) -> datetime:
        return self.wall + days * A_DAY


@dataclass
class Seen:
    """What was done in the nights: when it was whose turn, and when nothing ran."""

    turns: dict[int, dict[str, datetime]] = field(default_factory=dict)  # by broadcast and zone
    runs: dict[int, list[datetime]] = field(default_factory=dict)  # by broadcast, each for all
    away: list[tuple[datetime, datetime]] = field(default_factory=list)
    starts: int = 0
    kills: int = 0


def run(ground: Ground, nights: Sequence[Night] = (), *, people: int = PEOPLE) -> Proof:
    """Of those given, else of all that come."""
    ground.stage.clock = clock = leaping.of(ground.folder)  # type: ignore[assignment]
    _settle(ground)
    seen, chosen = Seen(), nights or list(coming(datetime.now(UTC)))
    for night in sorted(chosen, key=lambda it: it.wall):
        _live_through(ground, clock, night, seen)
    found = proof.prove(ground, people=people + CAST, kills=seen.kills, rate=RATE)
    return leaps.judged(ground, found, {
        "nights": len(chosen),
        "missed turns": _missed(ground),
        "at a wrong moment": _wrong_moments(ground, seen),
        "not written to and unnamed": _unnamed(ground, seen),
        "runs at a wrong moment": _wrong_runs(ground, seen),
    })  # fmt: skip


def coming(now: datetime, zones: Iterable[str] = CHANGING) -> Iterator[Night]:
    """The next two nights of each zone on which its clock changes."""
    for zone in zones:
        halves = [now.replace(minute=0, second=0, microsecond=0) + n * HALF
                 for n in range(2 * 24, 2 * 24 * AHEAD)]  # fmt: skip
        changes = [after for before, after in itertools.pairwise(halves)
                   if _offset(before, zone) != _offset(after, zone)]  # fmt: skip
        for after in changes[:2]:
            old, new = _offset(after - HALF, zone), _offset(after, zone)
            shown = after + min(old, new) + abs(new - old) / 2
            yield Night(zone, shown.replace(tzinfo=None))


def turn(wall: datetime, zone: str) -> datetime:
    """The first minute (UTC) at which clocks of the zone show this (naive) or later."""
    at = wall.replace(tzinfo=UTC) - 15 * HOUR
    while at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) < wall:
        at += MINUTE
    return at


def _offset(at: datetime, zone: str) -> timedelta:
    return at.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()


def _settle(ground: Ground) -> None:
    """A fifth of the people in each zone, with windows that outlast the nights."""
    with ground.db.writer(ground.brand) as session:
        for person in _everyone(session):
            person.timezone = ZONES[(person.id or 0) % len(ZONES)]
            person.window_ends_at = datetime.now(UTC) + OPEN
        session.commit()


def _everyone(session: Session) -> Sequence[Subscriber]:
    return session.exec(select(Subscriber).where(col(Subscriber.key).like("90%"))).all()


def _live_through(ground: Ground, clock: FileClock, night: Night, seen: Seen) -> None:
    turns = {zone: turn(night.wall, zone) for zone in ZONES}
    runs = [turn(night.on(days), night.zone) for days in (-1, 0, 1)]
    moments = sorted({*turns.values(), *runs})
    clock.set(moments[0] - HOUR)
    own = _scheduled(ground, {"mode": "local", **_day(night.wall)})
    again = _scheduled(ground, {"mode": "recurring", **_day(night.on(-1)), "zone": night.zone,
                                "rule": "FREQ=DAILY;COUNT=3"})  # fmt: skip
    seen.turns[own], seen.runs[again] = turns, runs
    with ExitStack() as machines:
        machine = machines.enter_context(_machine(ground, seen))
        for number, at in enumerate(moments):
            if number == UNATTENDED:
                _kill(machine, seen)
                seen.away.append((clock.now(), at + HOUR))
                clock.set(at + HOUR)
                machine = machines.enter_context(_machine(ground, seen))
            elif clock.now() < at - BEFORE:
                clock.set(at - BEFORE)
            if number % 2:
                _written(ground, clock, at)
                _kill(machine, seen)
                machine = machines.enter_context(_machine(ground, seen))
            until(lambda at=at: clock.now() > at and leaps.nothing_goes(ground),  # type: ignore[misc]
                  f"the end of what is due at {at}")  # fmt: skip
        until(lambda: leaps.all_over(ground), "an end of every run")


def _day(wall: date) -> dict[str, object]:
    return {"day": f"{wall:%Y-%m-%d}", "time": f"{wall:%H:%M}"}


def _machine(ground: Ground, seen: Seen) -> Machine:
    seen.starts += 1
    return ground.jobs(f"clock{seen.starts}", "tests.torture.leaping")


def _kill(machine: Machine, seen: Seen) -> None:
    machine.kill()
    seen.kills += 1


def _written(ground: Ground, clock: FileClock, at: datetime) -> None:
    """In the middle of a turn, as likely as not."""
    before = ground.simulator.count()["accepted"]
    until(lambda: ground.simulator.count()["accepted"] > before
          or (clock.now() > at and leaps.nothing_goes(ground)), "a message")  # fmt: skip
    time.sleep(ground.chance.uniform(0, 0.2))


def _scheduled(ground: Ground, chosen: dict[str, object]) -> int:
    """Approved, and scheduled as people do it: what is due comes of the schedule."""
    made, now = ground.broadcast(state="approved", schedule=chosen), ground.stage.clock.now()
    with ground.db.writer(ground.brand) as session:
        session.exec(delete(Occurrence).where(col(Occurrence.broadcast_id) == made))
        row = session.get_one(Broadcast, made)
        row.approval_hash = approving.hash_of(session, row, ground.stage.house.book, now)
        session.commit()
        scheduling.schedule(session, ground.stage.actor(), made, ground.stage.house.book, now)
    return made


def _rows(ground: Ground, seen: Seen) -> Iterator[tuple[Delivery, datetime]]:
    """Those of people who may be written to, each with the moment that is theirs."""
    with ground.db.reader(ground.brand) as session:
        zones = {it.id: it.timezone or "" for it in _everyone(session)}
    for row in proof.ledger(ground).values():
        if row.subscriber_id not in zones:
            continue
        if row.broadcast_id in seen.turns:
            yield row, seen.turns[row.broadcast_id][zones[row.subscriber_id]]
        else:
            yield row, seen.runs[row.broadcast_id][row.occurrence - 1]


def _wrong_moments(ground: Ground, seen: Seen) -> int:
    """Written to before their turn, or longer after it than its grace."""
    return sum(
        row.claimed_at is None or not at <= row.claimed_at <= at + LATEST
        for row, at in _rows(ground, seen)
        if row.state in proof.MAYBE_ACCEPTED
    )


def _unnamed(ground: Ground, seen: Seen) -> int:
    """Not written to although something ran at their turn, or without being told why."""
    return sum(
        row.reason != MISSED or not any(since < at < back for since, back in seen.away)
        for row, at in _rows(ground, seen)
        if row.state not in proof.MAYBE_ACCEPTED
    )


def _missed(ground: Ground) -> int:
    return sum(row.reason == MISSED for row in proof.ledger(ground).values())


def _wrong_runs(ground: Ground, seen: Seen) -> int:
    """Series whose runs were not due on each of their days, at the time on the wall; runs that
    began twice or never are counted beside this."""
    with ground.db.reader(ground.brand) as session:
        order = select(Occurrence).order_by(col(Occurrence.number))
        found = session.exec(order.where(col(Occurrence.broadcast_id).in_(seen.runs))).all()
    due = {it: [run_.due_at for run_ in found if run_.broadcast_id == it] for it in seen.runs}
    return sum(due[it] != runs for it, runs in seen.runs.items())
