"""Who will be written to, decided once per situation and written down for everyone.

A plan is made in transactions of at most 20,000 people with a short pause between them, so that
other writers stay quick; `plan_cursor` says how far it got, and a restart goes on from there. The
segment's rule, the message and the newest person are frozen when the run starts.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, true
from sqlmodel import Session

from webapp.db import EVERY_BRAND, Database
from webapp.domain import segment as rules
from webapp.domain.broadcast import BroadcastState
from webapp.domain.permission import job
from webapp.domain.policy.rulebook import Rulebook
from webapp.domain.policy.situation import without_country
from webapp.domain.policy.verdict import Decision, Route, Until, Verdict
from webapp.domain.segment import Node
from webapp.models.broadcast import Broadcast, Occurrence
from webapp.models.segment import Segment
from webapp.services import asking
from webapp.store import (
    attributes,
    audits,
    decisions,
    deliveries,
    occurrences,
    planned_rows,
    rollups,
    segment_rules,
    segments,
    situations,
)

CHUNK = 20_000  # people a transaction: about 20 ms, so that other writers stay at p95 4 ms
PAUSE_S = 0.002
PLANNER = job("planner")


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

    @property
    def reached(self) -> int:
        return sum(self.by_route.values())


def forecast(session: Session, broadcast: Broadcast, at: datetime, book: Rulebook) -> Forecast:
    """The plan of a broadcast for `at`, counted and not kept."""
    asked = asking.about(session, broadcast, at, book)
    node, channel = rule_of(session, broadcast), broadcast.channel_id
    if node == rules.EVERYONE:
        return tallied(asked, situations.everyone(session, asked.view, channel))
    clause = segments.clause(session, node, at)
    return tallied(asked, situations.tally(session, asked.view, clause, channel))


def tallied(asked: asking.Asked, people: Mapping[int, int]) -> Forecast:
    """A forecast from people by situation code."""
    by_route: dict[Route, int] = {}
    reasons: dict[str, Reason] = {}
    cost = 0
    for code, n in people.items():
        decided = asked.decide(code)
        if decided.allowed:
            by_route[decided.route] = by_route.get(decided.route, 0) + n
            cost += n * decided.price_micros
        else:
            _count(reasons, decided, n)
    ordered = sorted(reasons.values(), key=lambda reason: -reason.people)
    unknown = without_country(people)
    return Forecast(sum(people.values()), by_route, tuple(ordered), cost, unknown)


def _count(reasons: dict[str, Reason], decided: Decision, n: int) -> None:
    before = reasons.get(decided.reason.rule_id)
    people = n + (before.people if before else 0)
    reasons[decided.reason.rule_id] = Reason(decided.reason, decided.until, people)


def plan_due(db: Database, book: Rulebook, now: datetime) -> int:
    """Plan every run that has started; returns how many are ready to send."""
    with db.reader(EVERY_BRAND) as session:
        runs = [(run.brand_id, run.id or 0) for run in occurrences.in_state(session, "planning")]
    for brand_id, run_id in runs:
        plan(db, brand_id, run_id, book, now)
    return len(runs)


def plan(db: Database, brand_id: int, run_id: int, book: Rulebook, now: datetime) -> None:
    """Write the whole plan of a run, from where it stands."""
    while _plan_chunk(db, brand_id, run_id, book, now):
        time.sleep(PAUSE_S)


def _plan_chunk(db: Database, brand_id: int, run_id: int, book: Rulebook, now: datetime) -> bool:
    """One transaction of a plan; False when there is nothing left to plan."""
    with db.writer(brand_id) as session:
        run = session.get_one(Occurrence, run_id, with_for_update=not db.is_sqlite)
        if run.state != "planning":
            return False
        broadcast = session.get_one(Broadcast, run.broadcast_id)
        run.tree = run.tree if run.tree is not None else tree_of(session, broadcast)
        clause = audience_clause(session, run.tree, run.started_at or now)
        asked = asking.about(session, broadcast, now, book)
        people = _next_people(session, run, broadcast, asked, clause)
        if people:
            _write(session, run, broadcast, asked, people, now)
        else:
            _finish(session, run, broadcast, now)
        session.commit()
        return bool(people)


def _next_people(
    session: Session,
    run: Occurrence,
    broadcast: Broadcast,
    asked: asking.Asked,
    clause: ColumnElement[bool],
) -> list[situations.Alike]:
    """A chunk of the audience in the order of ids, by situation: read once, so that what is
    counted is what is written."""
    return situations.each(
        session, asked.view, clause, broadcast.channel_id,
        after=run.plan_cursor, until=run.planned_until, limit=CHUNK,
    )  # fmt: skip


def _write(
    session: Session,
    run: Occurrence,
    broadcast: Broadcast,
    asked: asking.Asked,
    people: list[situations.Alike],
    now: datetime,
) -> None:
    """Decisions once per situation, then everybody's row, then counts."""
    version = asked.book.version
    known = decisions.known(session, run)
    new = {it.code: asked.decide(it.code) for it in people if it.code not in known}
    if new:
        decisions.keep(session, run, new, version, now)
        known = decisions.known(session, run)
    for alike in people:
        planned_rows.write(session, run, broadcast, known[alike.code], alike, now)
    planned = sum(it.people for it in people)
    run.audience = (run.audience or 0) + planned
    run.plan_cursor, run.rulebook_version = max(it.last for it in people), version
    skipped = sum(it.people for it in people if not asked.decide(it.code).allowed)
    rollups.add(
        session, run.brand_id, broadcast.channel_id, now, broadcast.kind,
        planned=planned, skipped=skipped,
    )  # fmt: skip


def _finish(session: Session, run: Occurrence, broadcast: Broadcast, now: datetime) -> None:
    """Planned: on to sending, or done at once when nobody may be written to."""
    run.planned_at = now
    waiting = deliveries.has_waiting(session, run)
    run.state = "sending" if waiting else "done"
    run.finished_at = None if waiting else now
    broadcast.state = (BroadcastState.SENDING if waiting else BroadcastState.DONE).value
    audits.add(
        session, PLANNER, run.brand_id, "broadcast.plan", broadcast.id, now, people=run.audience
    )


def rule_of(session: Session, broadcast: Broadcast) -> Node:
    """The rule of the broadcast's segment, with the segments it asks about as they are now;
    everyone on the channel when it has none. Raises Invalid when it cannot be read."""
    if broadcast.segment_id is None:
        return rules.EVERYONE
    row = session.get_one(Segment, broadcast.segment_id)
    return segment_rules.expanded(session, segment_rules.said(session, row))


def tree_of(session: Session, broadcast: Broadcast) -> dict[str, object]:
    """The same as JSON: what a run keeps, so that no change reaches it later."""
    return rules.to_json(rule_of(session, broadcast))


def audience_clause(
    session: Session, tree: Mapping[str, object], now: datetime
) -> ColumnElement[bool]:
    node = rules.parse(tree, attributes.types(session), put_together=True)
    return segments.clause(session, node, now) if node != rules.EVERYONE else true()
