"""The audience index looked after: how it stands, what is read ahead, and all of it read anew.

What the rules look at in people is asked for by every count by route, forecast and plan, who lacks
a name by every message that is written, and both take long to read for many. So where a brand has
many people the clock reads these sets before anybody asks: after an import, or an upgrade that
threw them away. Each is kept as soon as it is read, in a transaction of its own, so that a crash
loses one at most.

To rebuild it, every set kept is declared void at once, in every process, by moving the horizon of
the log; then each is read anew from the people, one transaction after another. Whoever edits a
segment meanwhile is counted exactly as ever: a set that is void is read for them on the spot.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlmodel import Session

from webapp.db import EVERY_BRAND, Database, scoped
from webapp.domain.permission import Actor
from webapp.models.audience import AudiencePart
from webapp.services import homes, kept_sets, proofreading, situations
from webapp.services.audiences import Audience
from webapp.store import (
    attributes,
    audience_memory,
    audience_watch,
    audits,
    brands,
    channels,
    tallies,
    topics,
)
from webapp.store import audience_changes as changes
from webapp.store import audience_parts as parts
from webapp.store.audience_parts import Subject

PERMISSION = "installation.audiences"
BUDGET_S = 20.0  # of a tick
UNUSED = timedelta(days=30)
WORTHWHILE = 1_000  # lines of the log from which on the index is tended
Told = Callable[[int, int], None]  # how many are done, of how many


@dataclass(frozen=True)
class State:
    """`void` sets wait to be read, anew or for the first time; `watched`: changes of people are
    written down."""

    sets: int
    void: int
    stored: int  # bytes
    changes: int  # lines of the log
    watched: bool

    @property
    def fresh(self) -> int:
        return self.sets - self.void


def state(session: Session) -> State:
    """Of every brand: for operators."""
    found = parts.measure(session)
    ahead = sum(len(subjects) for _, subjects in _ahead(session))
    return State(
        sets=found.sets + ahead,
        void=len(_void(session)) + ahead,
        stored=found.stored,
        changes=changes.lines(session),
        watched=audience_watch.is_installed(session.connection()),
    )


def order(session: Session, actor: Actor, now: datetime) -> int:
    """Declare every set void; the clock reads them anew. Commits; returns how many there are."""
    actor.require(PERMISSION)
    changes.void(session)
    sets = parts.measure(session).sets
    audits.add(session, actor, None, PERMISSION, None, now, sets=sets)
    session.commit()
    return sets


def rebuild(
    database: Database, now: datetime, budget_s: float = BUDGET_S, told: Told | None = None
) -> int:
    """Read void sets anew, and then what nobody asked for yet, for about so many seconds; returns
    how many were."""
    end, done = time.monotonic() + budget_s, 0
    with database.reader(EVERY_BRAND) as session:
        void = [(row.brand_id, row.id or 0) for row in _void(session)]
        ahead = _ahead(session)
    steps = [
        *((1, partial(_read_anew, database, *it, now)) for it in void),
        *((len(it[1]), partial(_read, database, *it, now)) for it in ahead),
    ]
    for sets, step in steps:
        step()
        done += sets
        if told is not None:
            told(done, sum(n for n, _ in steps))
        if time.monotonic() > end:
            break
    return done


def tend(database: Database, now: datetime) -> int:
    """Bring what is kept up to date and forget the log before it; returns how many sets."""
    with database.reader(EVERY_BRAND) as session:
        if changes.lines(session) < WORTHWHILE:
            return 0
        brands = parts.brands(session)
        newest = {log: changes.now(session, log).number for log in changes.LOGS}
    settled = sum(_tend_brand(database, brand, now) for brand in brands)
    with database.writer(EVERY_BRAND) as session:
        parts.forget(session, unused_since=now - UNUSED)
        for log, mark in newest.items():
            lowest = parts.lowest_mark(session, log)
            changes.prune(session, mark if lowest is None else min(mark, lowest), log)
        session.commit()
    return settled


def _tend_brand(database: Database, brand_id: int, now: datetime) -> int:
    with database.reader(brand_id) as session:
        types = attributes.types(session)
        rows = [(row, parts.subject_of(row, types)) for row in parts.all_of(session)]
        audience = Audience(session, now, few=0)
        audience.settle([subject for _, subject in rows if subject is not None])
        audience.keep()
    unread = [row for row, subject in rows if subject is None]
    if unread:
        with database.writer(brand_id) as session:
            for row in unread:
                parts.drop(session, row)
            session.commit()
    return len(rows)


def _read_anew(database: Database, brand_id: int, part_id: int, now: datetime) -> None:
    with database.reader(brand_id) as session:
        row = session.get(AudiencePart, part_id)
        about = row and parts.subject_of(row, attributes.types(session))
    if about:
        _read(database, brand_id, [about], now)
        return
    with database.writer(brand_id) as session:  # a condition that can no longer be read
        if (row := session.get(AudiencePart, part_id)) is not None:
            parts.drop(session, row)
            session.commit()


def _read(database: Database, brand_id: int, subjects: Sequence[Subject], now: datetime) -> None:
    """What this process remembers may be what it could not keep: it is read again."""
    with database.reader(brand_id) as session:
        for it in subjects:
            audience_memory.of(session).drop((brand_id, it.name))
        audience = Audience(session, now, few=0)
        audience.settle(subjects)
        audience.keep(patiently=True)


def _ahead(session: Session) -> list[tuple[int, Sequence[Subject]]]:
    """What nobody asked for yet of brands with many people, by steps: traits that a look at a row
    tells are read together, by one pass over the people."""
    found: list[tuple[int, Sequence[Subject]]] = []
    for brand in brands.everyone(session):
        with scoped(session, brand.id or 0):
            missing = _missing(session) if tallies.at_most(session) > kept_sets.MANY else []
        plain = [it for it in missing if it.is_plain]
        steps = [*([plain] if plain else []), *([it] for it in missing if not it.is_plain)]
        found += [(brand.id or 0, step) for step in steps]
    return found


def _missing(session: Session) -> list[Subject]:
    places = [parts.channel(it.id or 0) for it in channels.page(session)]
    of_rules = situations.subjects(it.id or 0 for it in topics.all_of(session))
    of_messages = proofreading.subjects(session)
    of_zones = homes.subjects(homes.of_brand(session))
    kept = parts.names(session)
    always = (parts.EVERYONE, parts.BY_LAST_WORD, *places, *of_rules, *of_messages, *of_zones)
    return [it for it in always if it.name not in kept]


def _void(session: Session) -> Sequence[AudiencePart]:
    return [
        row
        for log in changes.LOGS
        for row in parts.void(
            session, changes.horizon(session, log), changes.now(session, log).epoch, log
        )
    ]
