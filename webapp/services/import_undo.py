"""A whole import undone, some people at a time; after a crash it goes on where it was.

Whom it created goes, unless they have a life of their own by now: they wrote, somebody wrote to
them, they opted in or stopped. If another import brought them too, that one is from then on the
one that created them. Who was known before gets back what the import changed and nobody has
changed since. The ledger of consent is only ever added to: each opt-in the import told of is taken
back by an act that says so (`Action.WITHDRAW`). Whoever goes and has acts in that ledger leaves an
empty row there, in no list and without their id.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from webapp.db import Database
from webapp.domain import import_trace, permission
from webapp.domain.consent import Action, Source
from webapp.domain.import_trace import Trace
from webapp.domain.subscriber import AttributeType
from webapp.domain.wording import Sentence, say
from webapp.models.brand import Brand
from webapp.models.import_job import ImportJob
from webapp.models.opt_in import Consent, OptIn
from webapp.models.subscriber import Subscriber
from webapp.services import merging, steps
from webapp.store import attributes, audits, consents, rollups, undoing

LEAST = 50  # people a transaction, and those of the first
STAYED: Mapping[str, Sentence] = {
    "heard": say("They wrote, stopped or did something else of their own."),
    "sent": say("A broadcast was sent to them or planned for them."),
    "acts": say("They opted in to something in another way too."),
    "besides": say("Another import brought them too: they go when that one is undone as well."),
}


@dataclass(frozen=True)
class Brought:
    """One person of an import that is being undone."""

    person: Subscriber
    created: bool
    trace: Trace


def work(db: Database, job_id: int, brand_id: int, now: datetime, budget_s: float) -> bool:
    """Undo for about so many seconds; True while more is to be done."""
    deadline, size = time.monotonic() + budget_s, LEAST
    while True:
        with db.giving_writer(brand_id) as session:
            job = session.get_one(ImportJob, job_id, with_for_update=True)
            if job.state != "undoing":
                return False
            begun = time.monotonic()  # from here on others wait
            more = _step(session, job, size, now)
            session.commit()
        if not more:
            return False
        size = steps.next_size(size, time.monotonic() - begun, LEAST)
        time.sleep(steps.BREATH_S)
        if time.monotonic() > deadline:
            return True


def told(job: ImportJob) -> dict[str, int]:
    """What the undoing has done so far: gone, restored, left, withdrawn, and who stayed why."""
    given = job.options.get("undone")
    counts = Counter(dict.fromkeys(("gone", "restored", "left", "withdrawn", *STAYED), 0))
    counts.update(given if isinstance(given, dict) else {})
    return dict(counts)


def _step(session: Session, job: ImportJob, size: int, now: datetime) -> bool:
    rows = undoing.page(session, job.id or 0, size)
    if not rows:
        _finish(session, job, now)
        return False
    people = [Brought(person, row.created, Trace.from_json(row.trace)) for row, person in rows]
    ids = [each.person.id or 0 for each in people]
    stays = _why_they_stay(session, job, people)
    counts = Counter(told(job)) + Counter(stays.values())
    counts["withdrawn"] += _withdraw(session, job, people, now)
    goers = [it for it in people if it.created and (it.person.id or 0) not in stays]
    counts["gone"] += len(goers)
    _let_go(session, job, goers, now)
    undoing.hand_on(session, job.id or 0, [key for key, why in stays.items() if why == "besides"])
    restored = _give_back(session, job, [it for it in people if not it.created], now)
    counts["restored"] += restored
    counts["left"] += sum(not it.created for it in people) - restored
    undoing.done_with(session, job.id or 0, ids)
    job.options = {**job.options, "undone": dict(counts)}
    job.line += len(rows)
    session.add(job)
    return True


def _finish(session: Session, job: ImportJob, now: datetime) -> None:
    job.state, job.finished_at = "undone", now
    session.add(job)
    audits.add(
        session, permission.job("import"), job.brand_id, "import.undone", job.id, now, **told(job)
    )


def _why_they_stay(session: Session, job: ImportJob, people: Sequence[Brought]) -> dict[int, str]:
    """Of those whom the import created: the first reason that holds them."""
    created = [it.person.id or 0 for it in people if it.created]
    found: dict[str, Collection[int]] = {
        "heard": undoing.heard_of(session, created, merging.OPENER),
        "sent": undoing.written_to(session, created),
        "acts": undoing.agreed_otherwise(session, created),
        "besides": undoing.brought_besides(session, job.id or 0, created),
    }
    return {key: why for why in reversed(found) for key in found[why]}


def _withdraw(session: Session, job: ImportJob, people: Sequence[Brought], now: datetime) -> int:
    """Take back what the import said of people's consent, where it still rests on that."""
    told_of = [act for it in people for act in it.trace.acts]
    whose = [it.person.id or 0 for it in people if it.trace.acts]
    consents.lock(session, whose)
    rows = undoing.active(session, whose, told_of)
    consents.append(session, [_withdrawal(job, row, now) for row in rows])
    undoing.settle(session, rows)
    by_act = {act.id or 0: act.at for act in consents.of_ids(session, [r.opt_in_id for r in rows])}
    _uncount(session, job, [by_act[row.opt_in_id] for row in rows], "opt_ins")
    return len(rows)


def _withdrawal(job: ImportJob, row: Consent, now: datetime) -> OptIn:
    return OptIn(
        brand_id=job.brand_id,
        subscriber_id=row.subscriber_id,
        topic_id=row.topic_id,
        action=Action.WITHDRAW.value,
        at=now,
        recorded_at=now,
        source=Source.IMPORT.value,
        evidence=f"import {job.id} undone: {job.filename}"[:200],
    )


def _let_go(session: Session, job: ImportJob, goers: Sequence[Brought], now: datetime) -> None:
    met = [min(it.person.first_seen_at or at, at) for it in goers if (at := it.person.created_at)]
    _uncount(session, job, met, "new_subscribers")
    ids = [it.person.id or 0 for it in goers]
    told_of = undoing.with_acts(session, ids)
    undoing.blank(session, [it.person for it in goers if it.person.id in told_of], now)
    undoing.done_with(session, job.id or 0, ids)
    undoing.remove(session, [key for key in ids if key not in told_of])


def _give_back(session: Session, job: ImportJob, known: Sequence[Brought], now: datetime) -> int:
    """How many got something back."""
    living = [it for it in known if it.trace and it.person.erased_at is None]
    undoing.take_off(session, {(it.person.id or 0, tag) for it in living for tag in it.trace.tags})
    given = _attributes_back(session, job, living)
    for it in living:
        columns = import_trace.columns_back(it.trace, it.person.model_dump())
        given |= {it.person.id or 0} if columns or it.trace.tags or it.trace.acts else set()
        for name, value in columns.items():
            setattr(it.person, name, value)
        if it.person.id in given:
            it.person.updated_at = now
            session.add(it.person)
    session.flush()
    return len(given)


def _attributes_back(session: Session, job: ImportJob, living: Sequence[Brought]) -> set[int]:
    held = attributes.of(session, [it.person.id or 0 for it in living if it.trace.attributes])
    known = {row.name: (row.id or 0, AttributeType(row.type)) for row in attributes.all_of(session)}
    cleared: list[tuple[int, int]] = []
    values: dict[tuple[int, int], Any] = {}
    for it in living:
        key = it.person.id or 0
        for name, value in import_trace.attributes_back(it.trace, held.get(key, {})).items():
            attribute, type_ = known[name]
            cleared.append((key, attribute))
            if value is not None:
                values[key, attribute] = (type_, value)
    attributes.put(session, job.brand_id, values, cleared)
    return {key for key, _ in cleared}


def _uncount(session: Session, job: ImportJob, moments: Sequence[datetime], measure: str) -> None:
    zone = ZoneInfo(session.get_one(Brand, job.brand_id).timezone)
    days = Counter(at.astimezone(zone).date() for at in moments)
    less = {day: -n for day, n in days.items()}
    rollups.add_days(session, job.brand_id, job.channel_id, measure, less)
