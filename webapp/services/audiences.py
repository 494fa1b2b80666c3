"""Who is in a segment, by sets of people: the audience index.

Each condition's people are kept as a bitmap, in the database and in this process's memory. A
segment is algebra over them (`domain.segment_algebra`): a millisecond for a million people, where
SQL takes a quarter of a second. A count is never stale:

- whoever changed since a bitmap was read (`store.audience_changes`) is looked at anew, one by one
  by the reference (`segment.matches`) while they are few, else by SQL for the bitmap;
- what moves with time (a window that closes, "in the last 30 days") is carried on from the moment
  it was read to the moment asked about: only people whose moment lies between are looked at;
- what people did, so often in so many days, is asked of a ladder (`store.audience_ladders`): it
  is right for every span and every moment;
- what no bitmap can say is asked in SQL each time.

Nothing of it is needed: a bitmap that is missing is read from the people, which is how it begins.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from pyroaring import BitMap64
from sqlmodel import Session

from webapp import db
from webapp.domain import segment, segment_algebra
from webapp.domain.segment import Leaf, Node
from webapp.domain.segment_algebra import Keeping
from webapp.domain.subscriber import Facts
from webapp.services import fresh_sets
from webapp.store import audience_changes as changes
from webapp.store import (
    audience_memory,
    audience_passing,
    doings,
    facts,
    moving_conditions,
    segment_rules,
)
from webapp.store import audience_parts as parts
from webapp.store.audience_changes import Log, Mark
from webapp.store.audience_ladders import MICROSECOND, Ladder
from webapp.store.audience_parts import Part, Subject
from webapp.store.moving_conditions import Between

FEW = 40  # people who are looked at one by one
MANY = {  # changed people from which on a set is read anew: with what people did that takes longer
    changes.PEOPLE: 50_000,
    changes.DOINGS: 300_000,
}
HOUR = timedelta(hours=1)
CARRIED = 5_000  # people whose moment has passed, from which on the carried set is kept


def count(session: Session, node: Node, now: datetime, channel_id: int | None = None) -> int:
    """How many people are in, exactly."""
    return len(people(session, node, now, channel_id))


def people(session: Session, node: Node, now: datetime, channel_id: int | None = None) -> BitMap64:
    """The ids of those who are in, on one channel or on all of the brand's."""
    audience = Audience(session, now, channel_id)
    found = audience.people(node)
    audience.keep()
    return found


class Audience:
    """One look at a brand's people, for any number of segments. The sets it has are right at
    `now` but for `dirty` people, who are looked at one by one."""

    def __init__(
        self,
        session: Session,
        now: datetime,
        channel_id: int | None = None,
        *,
        few: int = FEW,
    ) -> None:
        self._session, self._now, self._channel, self._few = session, now, channel_id, few
        self._brand = db.brand_of(session)
        self._marks = {changes.PEOPLE: changes.now(session)}
        self._horizons: dict[Log, int] = {}
        self._memory = audience_memory.of(session)
        self._sets: dict[str, BitMap64] = {}
        self._lowest: dict[Log, int] = {}
        self._logged: dict[tuple[Log, int], list[int]] = {}
        self._fresh: dict[Subject, Part] = {}
        self._seen: set[str] = set()
        self._looked: set[int] = set()
        self._known: dict[int, Facts] = {}

    def people(self, node: Node) -> BitMap64:
        """Exact."""
        node = segment_rules.expanded(self._session, node)
        leaves = [parts.subject(leaf) for leaf in segment_algebra.asked(node)]
        self.settle([self._whole(), *leaves])
        whole = self._set(self._whole())
        found = segment_algebra.people(node, self._held, whole) & whole
        dirty = self.dirty
        if not dirty:
            return found
        return (found - BitMap64(dirty)) | self._looked_at(node, dirty)

    def count(self, node: Node) -> int:
        return len(self.people(node))

    @property
    def dirty(self) -> set[int]:
        """Of whom the sets asked for so far may say what is no longer so."""
        return {key for log, mark in self._lowest.items() for key in self._changed(log, mark)}

    def ladder(self, subject: Subject) -> Ladder:
        """Right but for `dirty` people."""
        self.settle([subject])
        return self._current(subject).ladder or Ladder(())

    def later(self, subject: Subject, moment: datetime, among: BitMap64 | None = None) -> BitMap64:
        """Whose moment is after this one, right but for `dirty` people; of others than those
        `among` whom it is asked it says less. Moments are whole microseconds."""
        sure, unsure = self.ladder(subject).since(moment + MICROSECOND)
        if among is not None:
            unsure = unsure & among
        return sure | parts.later(self._session, subject, moment, unsure) if unsure else sure

    def held(self, subject: Subject) -> BitMap64:
        """Right but for `dirty` people."""
        self.settle([subject])
        return self._set(subject)

    def has(self, subjects: Sequence[Subject]) -> bool:
        """Whether the sets of these are kept, so that none of them has to be read anew."""
        self._fetch(subjects)
        return all(self._at_hand(it.base) is not None for it in subjects)

    def keep(self, *, patiently: bool = False) -> None:
        """Write down what was read anew: the next process has it at once. If somebody's transaction
        is in the way, only `patiently`."""
        written = self._fresh, self._seen, self._now
        self._fresh, self._seen = {}, set()
        fresh_sets.write_down(self._session, self._brand, *written, patiently=patiently)

    def settle(self, subjects: Iterable[Subject]) -> None:
        """Have the sets of these at hand, those of the database in one query."""
        wanted = [it for it in subjects if _keeping(it) is not Keeping.NEVER]
        self._fetch(wanted)
        if plain := [it for it in wanted if it.is_plain and not self._at_hand(it)]:
            self._read_together(plain)
        for it in wanted:
            self._set(it)

    def _fetch(self, subjects: Iterable[Subject]) -> None:
        """Those of the database, in one query."""
        missing = [it.base.name for it in subjects if self._at_hand(it.base) is None]
        if missing:
            epoch = self._mark(changes.PEOPLE).epoch
            for name, part in parts.kept(self._session, missing, epoch).items():
                self._memory.put((self._brand, name), part)
                self._seen.add(name)

    def _whole(self) -> Subject:
        return parts.EVERYONE if self._channel is None else parts.channel(self._channel)

    def _held(self, leaf: Leaf) -> BitMap64:
        return self._set(parts.subject(leaf))

    def _set(self, subject: Subject) -> BitMap64:
        if subject.name not in self._sets:
            self._sets[subject.name] = self._right_now(subject)
        return self._sets[subject.name]

    def _right_now(self, subject: Subject) -> BitMap64:
        keeping = _keeping(subject)
        if keeping is Keeping.NEVER:
            return parts.holding(self._session, subject, self._now)
        part = self._current(subject.base)
        if part.ladder is not None:
            return self._climbed(subject, part.people, part.ladder)
        still = subject.base.leaf is None or keeping is Keeping.STILL
        if subject.leaf is None or still or part.at == self._now:
            return part.people
        where, near = self._near(subject, part)
        passed, inside = audience_passing.moved(self._session, subject.leaf, near, self._now)
        carried = (near.people - passed) | inside
        if len(passed) > CARRIED:
            self._put(where, Part(carried, self._now, near.mark, near.epoch))
        return carried

    def _near(self, subject: Subject, part: Part) -> tuple[Subject, Part]:
        """Where to carry on from, and as what to remember it: what is asked about a time to come
        has a set for its hour beside the one of the present."""
        if abs(part.at - self._now) < HOUR or not self._few:
            return subject, part
        then = parts.in_hour(subject, self._now)
        for hour in (self._now, self._now - HOUR, self._now + HOUR):
            if self._at_hand(known := parts.in_hour(subject, hour)):
                return then, self._current(known)
        return then, part

    def _current(self, base: Subject) -> Part:
        part = self._settled(base, self._at_hand(base) or self._read(base))
        self._lowest[base.log] = min(self._lowest.get(base.log, part.mark), part.mark)
        return part

    def _climbed(self, subject: Subject, ever: BitMap64, ladder: Ladder) -> BitMap64:
        """Who did it within the days that are asked about."""
        days = doings.wanted_of(subject.leaf).days if subject.leaf else None
        if days is None:
            return ever
        sure, unsure = ladder.since(self._now - timedelta(days=days))
        if not unsure:
            return sure
        return sure | parts.among(self._session, subject, self._now, unsure)

    def _mark(self, log: Log) -> Mark:
        """A log nobody asks about costs nothing."""
        if log not in self._marks:
            self._marks[log] = changes.now(self._session, log)
        return self._marks[log]

    def _at_hand(self, base: Subject) -> Part | None:
        part = self._memory.get((self._brand, base.name))
        mark = self._mark(base.log)
        if part is None or part.epoch != mark.epoch:
            return None
        if base.log not in self._horizons:
            self._horizons[base.log] = changes.horizon(self._session, base.log)
        return part if self._horizons[base.log] <= part.mark <= mark.number else None

    def _read(self, base: Subject) -> Part:
        if base.climbs:
            ladder = parts.climb(self._session, base)
            return self._put(base, Part(ladder.people, self._now, *self._mark(base.log), ladder))
        told = moving_conditions.at(base, self._now)
        if told is not None and self.has([told.about]):
            return self._told(base, told)
        found = parts.holding(self._session, base, self._now)
        return self._put(base, Part(found, self._now, *self._mark(base.log)))

    def _told(self, base: Subject, told: Between) -> Part:
        """By a ladder that is kept, instead of everybody's row."""
        by = self._current(told.about)
        ladder = by.ladder or Ladder(())
        found = moving_conditions.holding(self._session, base, ladder, self._now, told)
        return self._put(base, by._replace(people=found, at=self._now, ladder=None))

    def _read_together(self, plain: Sequence[Subject]) -> None:
        for it, found in zip(plain, parts.together(self._session, plain), strict=True):
            self._put(it, Part(found, self._now, *self._mark(it.log)))

    def _settled(self, base: Subject, part: Part) -> Part:
        """With few people left who changed since."""
        changed = self._changed(base.log, part.mark)
        if len(changed) <= self._few and self._few:
            return part
        if len(changed) >= MANY[base.log]:
            return self._read(base)
        mark = self._mark(base.log)
        if part.ladder is not None:
            now = parts.climb(self._session, base, changed)
            ladder = part.ladder.replaced(BitMap64(changed), now)
            return self._put(base, Part(ladder.people, part.at, *mark, ladder))
        right = parts.among(self._session, base, part.at, changed)
        found = (part.people - BitMap64(changed)) | right
        return self._put(base, Part(found, part.at, *mark))

    def _put(self, subject: Subject, part: Part) -> Part:
        """What a transaction has not committed yet is nobody else's business."""
        if not fresh_sets.writes(self._session):
            self._memory.put((self._brand, subject.name), part)
            if not subject.passing:
                self._fresh[subject] = part
        return part

    def _changed(self, log: Log, mark: int) -> list[int]:
        if (log, mark) not in self._logged:
            found = changes.since(self._session, self._brand, mark, MANY[log], log)
            self._logged[log, mark] = found
        return self._logged[log, mark]

    def _looked_at(self, node: Node, dirty: Iterable[int]) -> BitMap64:
        known = self._facts(dirty)
        here = parts.among(self._session, self._whole(), self._now, known)
        return BitMap64(key for key in here if segment.matches(node, known[key], self._now))

    def _facts(self, people: Iterable[int]) -> dict[int, Facts]:
        """Read once for all segments that are looked at."""
        wanted = set(people)
        if not wanted <= self._looked:
            self._looked, self._known = wanted, facts.of(self._session, wanted, self._now)
        return {key: self._known[key] for key in wanted & self._known.keys()}


def _keeping(subject: Subject) -> Keeping:
    return Keeping.STILL if subject.leaf is None else segment_algebra.keeping(subject.leaf)
