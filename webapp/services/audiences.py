"""Who is in a segment, by sets of people: the audience index.

Each condition's people are kept as a bitmap, in the database and in this process's memory. A
segment is algebra over them (`domain.segment_algebra`): a millisecond for a million people, where
SQL takes a quarter of a second. A count is never stale:

- whoever changed since a bitmap was read (`store.audience_changes`) is looked at anew, one by one
  by the reference (`segment.matches`) while they are few, else by SQL for the bitmap;
- what moves with time (a window that closes, "in the last 30 days") is carried on from the moment
  it was read to the moment asked about: only people whose moment lies between are looked at;
- what no bitmap can say is asked in SQL each time.

Nothing of it is needed: a bitmap that is missing is read from the people, which is how it begins.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from pyroaring import BitMap64
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlmodel import Session

from webapp import db
from webapp.domain import segment, segment_algebra
from webapp.domain.segment import Leaf, Node
from webapp.domain.segment_algebra import Keeping
from webapp.domain.subscriber import Facts
from webapp.store import attributes, audience_memory, facts, segment_rules
from webapp.store import audience_changes as changes
from webapp.store import audience_parts as parts
from webapp.store.audience_parts import Part, Subject

log = logging.getLogger("webapp.audiences")
FEW = 40  # people who are looked at one by one
MANY = 50_000  # changed people from which on a set is read anew
CARRIED = 5_000  # people whose moment has passed, from which on the carried set is kept
UNUSED = timedelta(days=30)
WORTHWHILE = 1_000  # lines of the log from which on the index is tended


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
        self._mark = changes.now(session)
        self._horizon = changes.horizon(session)
        self._memory = audience_memory.of(session)
        self._sets: dict[str, BitMap64] = {}
        self._lowest = self._mark.number
        self._logged: dict[int, list[int]] = {}
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
        dirty = self._changed(self._lowest)
        if not dirty:
            return found
        return (found - BitMap64(dirty)) | self._looked_at(node, dirty)

    def count(self, node: Node) -> int:
        return len(self.people(node))

    def keep(self) -> None:
        """Write down what was read anew, if nobody's transaction is in the way: the next process
        has it at once."""
        if not (self._fresh or self._seen) or _writes(self._session):
            return
        bound = self._session.get_bind().execution_options(**db.IN_PASSING)
        try:
            with Session(bound) as session:
                session.info["scope"] = self._brand
                for subject, part in self._fresh.items():
                    parts.keep(session, self._brand, subject, part, self._now)
                parts.touch(session, self._seen, self._now)
                session.commit()
        except OperationalError as error:
            log.info("the audience index is not kept, somebody else writes: %s", error.orig)
        except SQLAlchemyError:
            log.warning("the audience index could not be kept; it is read anew", exc_info=True)
        self._fresh, self._seen = {}, set()

    def settle(self, subjects: Iterable[Subject]) -> None:
        """Have the sets of these at hand, those of the database in one query."""
        wanted = [it for it in subjects if _keeping(it) is not Keeping.NEVER]
        missing = [it.name for it in wanted if self._at_hand(it) is None]
        if missing:
            for name, part in parts.kept(self._session, missing, self._mark.epoch).items():
                self._memory.put((self._brand, name), part)
                self._seen.add(name)
        for it in wanted:
            self._set(it)

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
        part = self._settled(subject, self._at_hand(subject) or self._read(subject))
        self._lowest = min(self._lowest, part.mark)
        if subject.leaf is None or keeping is Keeping.STILL or part.at == self._now:
            return part.people
        passed, inside = parts.moved(self._session, subject.leaf, part, self._now)
        carried = (part.people - passed) | inside
        if len(passed) > CARRIED:
            self._put(subject, Part(carried, self._now, part.mark, part.epoch))
        return carried

    def _at_hand(self, subject: Subject) -> Part | None:
        part = self._memory.get((self._brand, subject.name))
        if part is None or part.epoch != self._mark.epoch:
            return None
        return part if self._horizon <= part.mark <= self._mark.number else None

    def _read(self, subject: Subject) -> Part:
        found = parts.holding(self._session, subject, self._now)
        return self._put(subject, Part(found, self._now, *self._mark))

    def _settled(self, subject: Subject, part: Part) -> Part:
        """With few people left who changed since."""
        changed = self._changed(part.mark)
        if len(changed) <= self._few and self._few:
            return part
        if len(changed) >= MANY:
            return self._read(subject)
        right = parts.among(self._session, subject, part.at, changed)
        found = (part.people - BitMap64(changed)) | right
        return self._put(subject, Part(found, part.at, *self._mark))

    def _put(self, subject: Subject, part: Part) -> Part:
        """What a transaction has not committed yet is nobody else's business."""
        if not _writes(self._session):
            self._memory.put((self._brand, subject.name), part)
            self._fresh[subject] = part
        return part

    def _changed(self, mark: int) -> list[int]:
        if mark not in self._logged:
            self._logged[mark] = changes.since(self._session, self._brand, mark, MANY)
        return self._logged[mark]

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


def tend(database: db.Database, now: datetime) -> int:
    """Bring what is kept up to date and forget the log before it; returns how many sets."""
    with database.reader(db.EVERY_BRAND) as session:
        if changes.lines(session) < WORTHWHILE:
            return 0
        brands, newest = parts.brands(session), changes.now(session).number
    settled = sum(_tend_brand(database, brand, now) for brand in brands)
    with database.writer(db.EVERY_BRAND) as session:
        parts.forget(session, unused_since=now - UNUSED)
        lowest = parts.lowest_mark(session)
        changes.prune(session, newest if lowest is None else min(newest, lowest))
        session.commit()
    return settled


def _tend_brand(database: db.Database, brand_id: int, now: datetime) -> int:
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


def _keeping(subject: Subject) -> Keeping:
    return Keeping.STILL if subject.leaf is None else segment_algebra.keeping(subject.leaf)


def _writes(session: Session) -> bool:
    return bool(session.get_bind().get_execution_options().get("fanlight_writes"))
