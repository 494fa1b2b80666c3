"""Reach by hour: 168 hours x routes at 1,000,000 people, a scheduled time against now, memory."""

from __future__ import annotations

import math
import multiprocessing
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import text
from sqlmodel import Session

from tests import stage
from tests.bench import audiences, ground, report
from webapp.domain import hour_spans
from webapp.domain.forecast import WEEK, Hours
from webapp.models.brand import Brand
from webapp.models.broadcast import Broadcast
from webapp.models.segment import Segment
from webapp.services import audience_upkeep, planning, reach_by_hour

PEOPLE = ground.people(1_000_000)
FEW = PEOPLE // 10
TARGET_MS = 300
MEASURED = ("reach by hour", "a plan counted")
CLEAR = Path("/proc/self/clear_refs")
ZONES = (
    "Europe/Paris",
    "America/Recife",
    "Asia/Bangkok",
    "Asia/Kolkata",
    "America/New_York",
    "UTC",
)
NIGHT = {"start": "22:00", "end": "08:00", "then": "hold"}
CAP = {"messages": 3, "days": 7}
WHATSAPP = (
    "UPDATE channel SET platform = 'whatsapp'",
    (
        "INSERT INTO consent (brand_id, subscriber_id, topic_id, state, opt_in_id, since) "
        "SELECT subscriber.brand_id, subscriber.id, topic.id, 'active', 1, subscriber.created_at "
        "FROM subscriber JOIN topic ON topic.brand_id = subscriber.brand_id "
        "WHERE subscriber.id % 5 < 3 AND subscriber.key LIKE 'b%' AND topic.slug = "
        "(SELECT min(slug) FROM topic WHERE brand_id = subscriber.brand_id)"
    ),
    "UPDATE subscriber SET free_entry_ends_at = window_ends_at WHERE id % 20 = 0",
)
CHECKED = 3  # hours held against a plan, each a look at all people


def run() -> list[report.Row]:
    with ground.with_people(PEOPLE) as (set_up, _):
        audiences.wear(set_up)
        _as_the_clock_does(set_up)
        rows = _by_hour(set_up)
        rows += _asleep(set_up)
        rows += _on_whatsapp(set_up)
    grown = {people: _growth(people) for people in (FEW, PEOPLE)}
    return rows + [
        report.Row(
            f"{name}: memory, {PEOPLE:,} over {FEW:,} people", "MB", large - small, small, large,
            "peak over what was there before; SQLite's page cache is 32 MB of it",
        )
        for name, small, large in zip(MEASURED, grown[FEW], grown[PEOPLE], strict=True)
    ]  # fmt: skip


def _by_hour(set_up: stage.Stage) -> list[report.Row]:
    kinds = ("standard", "subscription")
    now = hour_spans.whole(set_up.clock.now())
    with set_up.house.db.reader(set_up.people.rosewood) as session:
        drafts = {kind: _draft(set_up, kind, now) for kind in kinds}
        _check(session, set_up, drafts["standard"], now)
        rows = [row for kind in kinds for row in _week(session, set_up, kind, drafts[kind], now)]
        return rows + _at_a_time(session, set_up, drafts["standard"], now)


def _asleep(set_up: stage.Stage) -> list[report.Row]:
    """With quiet hours, where people live in six zones, and a cap; the brand has neither after."""
    now, people = hour_spans.whole(set_up.clock.now()), set_up.people
    settle_in_zones(set_up)
    with set_up.house.db.writer(people.rosewood) as session:
        brand = session.get_one(Brand, people.rosewood)
        brand.quiet_hours, brand.cap = NIGHT, CAP
        session.add(nested := _segment(set_up, now))
        session.commit()
        nested_id = nested.id
    _as_the_clock_does(set_up)
    rows = []
    with set_up.house.db.reader(people.rosewood) as session:
        for whom, segment_id in (("everyone", None), ("a nested segment", nested_id)):
            draft = _draft(set_up, "standard", now, segment_id)
            _check(session, set_up, draft, now)
            name = f"standard to {whom}, six zones with quiet hours and a cap"
            rows += _week(session, set_up, name, draft, now)
    with set_up.house.db.writer(people.rosewood) as session:
        brand = session.get_one(Brand, people.rosewood)
        brand.quiet_hours = brand.cap = None
        session.commit()
    return rows


def _as_the_clock_does(set_up: stage.Stage) -> None:
    """The sets that every brand of many people has."""
    audience_upkeep.rebuild(set_up.house.db, set_up.clock.now(), budget_s=math.inf)


def _segment(set_up: stage.Stage, now: datetime) -> Segment:
    return Segment(brand_id=set_up.people.rosewood, name="Nested", tree=audiences.nested(),
                   created_at=now, updated_at=now)  # fmt: skip


def settle_in_zones(set_up: stage.Stage) -> None:
    zones = "".join(f"WHEN {n} THEN '{zone}' " for n, zone in enumerate(ZONES))
    with ground.unwatched(set_up) as session:
        session.connection().execute(  # our own zones
            text(f"UPDATE subscriber SET timezone = CASE id % 6 {zones} END")  # noqa: S608
        )


def _on_whatsapp(set_up: stage.Stage) -> list[report.Row]:
    """The same people as WhatsApp's: three in five opted in, one in twenty came by a free entry."""
    now = hour_spans.whole(set_up.clock.now())
    with set_up.house.db.writer(set_up.people.rosewood) as session:
        connection = session.connection()
        for statement in WHATSAPP:
            connection.execute(text(statement))
        session.commit()
    _as_the_clock_does(set_up)
    with set_up.house.db.reader(set_up.people.rosewood) as session:
        draft = _draft(set_up, "utility", now)
        _check(session, set_up, draft, now)
        return _week(session, set_up, "WhatsApp utility", draft, now)


def _week(
    session: Session, set_up: stage.Stage, kind: str, draft: Broadcast, now: datetime
) -> list[report.Row]:
    hours = Hours(now, WEEK)
    book = set_up.house.book
    timings = [
        ground.timed(set_up, lambda: reach_by_hour.known(session, draft, hours, book))
        for _ in range(2 + report.REPEAT)
    ][2:]
    name = f"reach by hour, {kind}: {WEEK} hours x routes, {PEOPLE:,} people"
    return [
        report.row(name, "ms", [t.wall * 1000 for t in timings], f"target: {TARGET_MS}"),
        report.row(f"{name}, CPU", "ms", [t.cpu * 1000 for t in timings]),
    ]


def _at_a_time(
    session: Session, set_up: stage.Stage, draft: Broadcast, now: datetime
) -> list[report.Row]:
    """The same question for now and for a time in three days, alternated."""
    later = now + timedelta(days=3, minutes=17)
    pairs = []
    for _ in range(report.REPEAT + 1):
        one, other = (_counted(session, set_up, draft, at) for at in (now, later))
        pairs.append(other / one)
    return [report.row("windows at a scheduled time / now", "x", pairs[1:], "target: 3")]


def _counted(session: Session, set_up: stage.Stage, draft: Broadcast, at: datetime) -> float:
    book = set_up.house.book
    return ground.timed(set_up, lambda: planning.forecast(session, draft, at, book)).cpu


def _check(session: Session, set_up: stage.Stage, draft: Broadcast, now: datetime) -> None:
    """The counts are those of a plan before anything is measured."""
    book = set_up.house.book
    found = reach_by_hour.known(session, draft, Hours(now, WEEK), book)
    for hour in random.Random(ground.SEED).sample(range(30), CHECKED):
        plan = planning.forecast(session, draft, found.hours.at(hour), book)
        assert (found.audience[hour], found.reached[hour]) == (plan.audience, plan.reached)


def _draft(
    set_up: stage.Stage, kind: str, now: datetime, segment_id: int | None = None
) -> Broadcast:
    people = set_up.people
    return Broadcast(
        brand_id=people.rosewood, channel_id=people.channel, name=kind, kind=kind,
        topic_id=people.topic if kind == "subscription" else None, created_at=now, updated_at=now,
        segment_id=segment_id,
    )  # fmt: skip


def _growth(people: int) -> tuple[float, float]:
    """MB by which a fresh process grows over one week's reach, and over one plan counted."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_grown, (people,))


def _grown(people: int) -> tuple[float, float]:
    with ground.with_people(people) as (set_up, _):
        now, book = hour_spans.whole(set_up.clock.now()), set_up.house.book
        with set_up.house.db.reader(set_up.people.rosewood) as session:
            draft = _draft(set_up, "standard", now)
            return (
                _peak(lambda: reach_by_hour.known(session, draft, Hours(now, WEEK), book)),
                _peak(lambda: planning.forecast(session, draft, now, book)),
            )


def _peak(work: Callable[[], object]) -> float:
    CLEAR.write_text("5")  # the peak of what came before is forgotten
    before = _memory("VmRSS")
    work()
    return (_memory("VmHWM") - before) / 1024


def _memory(name: str) -> int:
    """Of this process, in kB, as Linux says."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))
