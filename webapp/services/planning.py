"""Who will be written to, decided once per situation and written down for everyone.

A plan is made in transactions of at most 20,000 people with a short pause between them, so that
other writers stay quick; `plan_cursor` says how far it got, and a restart goes on from there. The
segment's rule, the message and the newest person are frozen when the run starts. What time it is
when the last are written down is asked again: a plan may have been left half made, or the machine
have been asleep, and whose own clock showed the time meanwhile is not to be written to hours late.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from webapp.clock import Clock
from webapp.db import EVERY_BRAND, Database
from webapp.domain.broadcast import BroadcastState
from webapp.domain.departure import MISSED
from webapp.domain.permission import job
from webapp.domain.policy.rulebook import Rulebook
from webapp.domain.policy.situation import without_country
from webapp.domain.policy.verdict import Route, Until, Verdict
from webapp.domain.schedule import Schedule
from webapp.models.broadcast import Broadcast, Occurrence
from webapp.services import (
    asking,
    departing,
    gathering,
    missed_turns,
    recipients,
    series,
    situations,
    steps,
    turn_situations,
)
from webapp.services.departing import Answer, Journey
from webapp.services.gathering import Place, Sorted
from webapp.store import (
    audits,
    decisions,
    deliveries,
    occurrences,
    planned_rows,
    rollups,
)
from webapp.store.situations import Alike

CHUNK = 20_000  # people a transaction: about 20 ms, so that other writers stay at p95 4 ms
PLANNER = job("planner")
Lots = Sequence[tuple[Answer, Alike]]  # people by what becomes of them


@dataclass(frozen=True)
class Reason:
    """Why some people are not written to: the deciding verdict, and how many they are."""

    verdict: Verdict
    until: Until
    people: int


@dataclass(frozen=True)
class Forecast:
    """What a plan made now would be; `cost_micros` of US dollars if everyone allowed is sent to.

    `unknown_country`: people of the audience who count as of the strictest region.
    """

    audience: int
    by_route: Mapping[Route, int] = field(default_factory=dict)
    reasons: tuple[Reason, ...] = ()
    cost_micros: int = 0
    unknown_country: int = 0
    waiting: int = 0  # of those reached: whose turn is later than the start, by quiet hours
    waits_until: datetime | None = None  # the last of these turns
    awaiting: int = 0  # of the others: who gets it if their window opens by `awaits_until`
    awaits_until: datetime | None = None

    @property
    def reached(self) -> int:
        return sum(self.by_route.values())


def forecast(
    session: Session,
    broadcast: Broadcast,
    at: datetime,
    book: Rulebook,
    chosen: Schedule | None = None,
) -> Forecast:
    """The plan of a broadcast for `at`, counted and not kept; `chosen`: by a schedule that is not
    saved yet."""
    asked = asking.about(session, broadcast, at, book)
    node = recipients.rule_of(session, broadcast)
    channel = broadcast.channel_id
    schedule = chosen or departing.chosen_schedule(broadcast)
    table = departing.timetable_of(session, broadcast, schedule, at)
    if not table.at_once:
        going = departing.journey(session, broadcast, table, asked)
        turns = turn_situations.tally(session, node, at, going.legs, channel)
        return answered([(going.answer(*key), n) for key, n in turns.items()])
    people = situations.tally(session, node, asked.view, channel)
    until = table.awaits_until
    return answered([(departing.at_once(asked, it, until), n) for it, n in people.items()])


def answered(people: Sequence[tuple[Answer, int]]) -> Forecast:
    """A forecast from people by what becomes of them."""
    by_route: dict[Route, int] = {}
    reasons: dict[str, Reason] = {}
    cost = waiting = awaiting = 0
    for answer, n in people:
        if answer.hoped is not None:
            awaiting += n
            cost += n * answer.hoped.price_micros
        elif answer.allowed:
            by_route[answer.decided.route] = by_route.get(answer.decided.route, 0) + n
            cost += n * answer.decided.price_micros
            waiting += n * answer.sleeps
        else:
            _count(reasons, answer, n)
    ordered = sorted(reasons.values(), key=lambda reason: -reason.people)
    codes = Counter[int]()
    for answer, n in people:
        codes[answer.code] += n
    turns = [it.due_at for it, _ in people if it.allowed and it.sleeps and it.due_at]
    return Forecast(
        codes.total(), by_route, tuple(ordered), cost, without_country(codes), waiting,
        max(turns, default=None), awaiting,
        next((it.due_at for it, _ in people if it.hoped is not None), None),
    )  # fmt: skip


def _count(reasons: dict[str, Reason], answer: Answer, n: int) -> None:
    verdict = answer.reason or answer.decided.reason
    until = verdict.until if answer.reason else answer.decided.until
    before = reasons.get(verdict.rule_id)
    people = n + (before.people if before else 0)
    reasons[verdict.rule_id] = Reason(verdict, until, people)


def plan_due(db: Database, book: Rulebook, now: datetime, clock: Clock | None = None) -> int:
    """Plan every run that has started; returns how many are ready to send. `clock` tells when each
    plan is done; without one no time passes."""
    with db.reader(EVERY_BRAND) as session:
        runs = [(run.brand_id, run.id or 0) for run in occurrences.in_state(session, "planning")]
    for brand_id, run_id in runs:
        plan(db, brand_id, run_id, book, now, clock)
    return len(runs)


def plan(
    db: Database,
    brand_id: int,
    run_id: int,
    book: Rulebook,
    now: datetime,
    clock: Clock | None = None,
) -> None:
    """Write the whole plan of a run, from where it stands."""
    going, sorted_ = _foreseen(db, brand_id, run_id, book, now)
    while _plan_chunk(db, brand_id, run_id, book, now, clock, going, sorted_):
        time.sleep(steps.BREATH_S)


def _foreseen(
    db: Database, brand_id: int, run_id: int, book: Rulebook, now: datetime
) -> tuple[Journey | None, Sorted | None]:
    """The turns of the people of a run, where not all of them go at its start; and the sets they
    are in, where those are at hand."""
    with db.reader(brand_id) as session:
        run = session.get_one(Occurrence, run_id)
        broadcast = session.get_one(Broadcast, run.broadcast_id)
        table = departing.timetable(session, broadcast, run, now)
        asked = asking.about(session, broadcast, now, book)
        if table.at_once:
            return None, gathering.by_sets(session, run, broadcast, asked)
        going = departing.journey(session, broadcast, table, asked)
        return going, gathering.by_sets(session, run, broadcast, asked, going.legs)


def _plan_chunk(
    db: Database,
    brand_id: int,
    run_id: int,
    book: Rulebook,
    now: datetime,
    clock: Clock | None,
    going: Journey | None,
    sorted_: Sorted | None,
) -> bool:
    """One transaction of a plan; False when there is nothing left to plan."""
    with db.giving_writer(brand_id) as session:
        run = session.get_one(Occurrence, run_id, with_for_update=not db.is_sqlite)
        if run.state != "planning":
            return False
        broadcast = session.get_one(Broadcast, run.broadcast_id)
        run.tree = run.tree if run.tree is not None else recipients.tree_of(session, broadcast)
        clause = recipients.of_run(session, run, run.tree, run.started_at or now)
        asked = asking.about(session, broadcast, now, book)
        rule = recipients.rule_in(session, run.tree)
        place = Place(rule, clause, broadcast.channel_id, run.plan_cursor, run.planned_until)
        last, people = _next_people(session, run, asked, place, going, sorted_)
        if people:
            _write(session, run, broadcast, book.version, people, now)
        if last:
            run.plan_cursor = last
        more = bool(last) or not _finished(session, run, broadcast, clock.now() if clock else now)
        session.commit()
        return more


def _next_people(
    session: Session,
    run: Occurrence,
    asked: asking.Asked,
    place: Place,
    going: Journey | None,
    sorted_: Sorted | None,
) -> tuple[int, Lots]:
    """A chunk of the audience in the order of ids by what becomes of them, and the last one's id
    (0: there is none): read once, so that what is counted is what is written."""
    legs = going.legs if going is not None else None
    last, people = gathering.next_ones(session, sorted_, asked.view, place, CHUNK, legs)
    until = run.awaits_until
    if going is not None:
        return last, [(going.answer(*key), it) for key, it in people]
    return last, [(departing.at_once(asked, it.code, until), it) for _, it in people]


def _write(
    session: Session,
    run: Occurrence,
    broadcast: Broadcast,
    version: str,
    people: Lots,
    now: datetime,
) -> None:
    """Decisions once per situation, then everybody's row, then counts."""
    decided = {answer.code: answer.decided for answer, _ in people}
    known = decisions.known(session, run)
    new = {code: it for code, it in decided.items() if code not in known}
    if new:
        decisions.keep(session, run, new, version, now)
        known = decisions.known(session, run)
    for answer, alike in people:
        kept = decisions.as_decided(session, run, known[answer.code], answer.decided, version, now)
        reason = answer.reason.rule_id if answer.reason else None
        planned_rows.write(
            session, run, broadcast, kept, alike, now,
            due_at=answer.due_at, kept_out=reason, hoped=answer.hoped,
        )  # fmt: skip
    n = sum(alike.people for _, alike in people)
    run.audience = (run.audience or 0) + n
    run.rulebook_version = version
    run.holds = run.holds or any(it.due_at is not None for it, _ in people if it.queued)
    skipped = sum(alike.people for answer, alike in people if not answer.queued)
    rollups.add(
        session, run.brand_id, broadcast.channel_id, now, broadcast.kind,
        planned=n, skipped=skipped,
    )  # fmt: skip


def _finished(session: Session, run: Occurrence, broadcast: Broadcast, now: datetime) -> bool:
    """Not before nobody is left whose turn came, and its grace went, while the plan was made."""
    if missed_turns.skip_some(session, run, broadcast, run.started_at or run.due_at, now):
        return False
    _finish(session, run, broadcast, now)
    return True


def _finish(session: Session, run: Occurrence, broadcast: Broadcast, now: datetime) -> None:
    """Planned: on to sending, or done at once when nobody may be written to."""
    run.planned_at = now
    missed = deliveries.skipped_for(session, run, MISSED)
    if missed:
        missed_turns.tell(session, run, missed, now)
    waiting = deliveries.has_waiting(session, run)
    run.state = "sending" if waiting else "done"
    run.finished_at = None if waiting else now
    if waiting:
        broadcast.state = BroadcastState.SENDING.value
    else:
        series.close(session, broadcast)
    audits.add(
        session, PLANNER, run.brand_id, "broadcast.plan", broadcast.id, now, people=run.audience
    )
