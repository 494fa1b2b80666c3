"""The sets of people the audience index keeps, as the database stores and finds them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from pyroaring import BitMap64
from sqlalchemy import Connection, and_, delete, func, or_, update
from sqlmodel import Session, col, select

from webapp.db import brand_of
from webapp.domain import segment
from webapp.domain.errors import Invalid
from webapp.domain.segment import FieldType, Leaf, fingerprint, to_json
from webapp.domain.segment_fields import Op
from webapp.domain.subscriber import AttributeType
from webapp.models.audience import AudiencePart
from webapp.models.import_job import ImportedSubscriber
from webapp.models.segment import SegmentMember
from webapp.models.subscriber import Subscriber, SubscriberTag, Tag
from webapp.store import audience_changes as changes
from webapp.store import audience_ladders, audience_traits, doings, id_lists, inserts, segment_sql
from webapp.store.audience_changes import Log
from webapp.store.audience_ladders import EPOCH, Ladder
from webapp.store.audience_traits import Trait
from webapp.store.segment_sql import Clause


class Part(NamedTuple):
    """The people for whom a condition held at `at`, but for who changed from `mark` on; with a
    `ladder`, whoever has its moment at all."""

    people: BitMap64
    at: datetime
    mark: int
    epoch: str
    ladder: Ladder | None = None


@dataclass(frozen=True)
class Subject:
    """What holds for the people of a part: a condition, a trait, or only where they are. `passing`:
    as it is in an hour to come, which is only remembered."""

    name: str
    leaf: Leaf | None = None
    channel_id: int | None = None
    trait: Trait | None = None
    passing: bool = False

    @property
    def base(self) -> Subject:
        """Whose set is kept. Of what people did, that is one for every span of days."""
        if self.leaf is None or not self.is_doing:
            return self
        least = doings.least_of(self.leaf, self.leaf.op)
        ever = replace(doings.wanted_of(self.leaf), times=least, days=None)
        return subject(replace(self.leaf, op=Op.AT_LEAST, value=ever)) if least else EVERYONE

    @property
    def is_doing(self) -> bool:
        return self.leaf is not None and self.leaf.type is FieldType.DOING

    @property
    def climbs(self) -> bool:
        """Whether people are kept in the order of a moment."""
        climbing = self.trait is not None and self.trait.climbs
        return climbing or self.is_doing or self == BY_LAST_WORD

    @property
    def is_plain(self) -> bool:
        """A trait that a look at a person's row tells."""
        about = self.trait
        return about is not None and about.topic_id is None and not about.climbs

    @property
    def log(self) -> Log:
        return changes.DOINGS if self.is_doing else changes.PEOPLE

    def moments(self, session: Session, ids: Any = None) -> Any:
        """A query for `audience_ladders`, where people climb."""
        brand = brand_of(session)
        if self.trait is not None:
            return self.trait.moments(brand, ids)
        if self == BY_LAST_WORD:
            return audience_traits.of_people(col(Subscriber.last_inbound_at), brand, ids)
        assert self.leaf is not None  # noqa: S101 - see `climbs`
        return doings.moments(session, self.leaf, ids)

    @property
    def text(self) -> str:
        """The condition as JSON; empty for a place or a trait."""
        return json.dumps(to_json(self.leaf), sort_keys=True) if self.leaf else ""

    def clause(self, at: datetime, *, led: bool = False) -> Clause:
        """`led`: the people are given, and no index is to find them."""
        if self.leaf is not None:
            return segment_sql.clause(self.leaf, at)
        if self.trait is not None:
            return self.trait.clause()
        living = col(Subscriber.erased_at).is_(None)
        if self.channel_id is None:
            return living
        where = col(Subscriber.channel_id) + 0 if led else col(Subscriber.channel_id)
        return and_(living, where == self.channel_id)


EVERYONE = Subject("everyone")
BY_LAST_WORD = Subject("by_last_word")  # who ever wrote, by when they last did
ON_CHANNEL = "channel:"


def channel(channel_id: int) -> Subject:
    return Subject(f"{ON_CHANNEL}{channel_id}", channel_id=channel_id)


def trait(name: str, topic_id: int | None = None) -> Subject:
    about = Trait(name, topic_id)
    return Subject(about.key, trait=about)


def subject(leaf: Leaf) -> Subject:
    return Subject(fingerprint(leaf), leaf)


def in_hour(about: Subject, at: datetime) -> Subject:
    return replace(about, name=f"{about.name}@{at:%Y-%m-%d %H}", passing=True)


def subject_of(row: AudiencePart, types: Mapping[str, AttributeType]) -> Subject | None:
    """What a kept part is about; None when its condition can no longer be read."""
    if row.name.startswith(ON_CHANNEL):
        return channel(int(row.name.removeprefix(ON_CHANNEL)))
    if row.name.startswith(audience_traits.PREFIX):
        return Subject(row.name, trait=Trait.named(row.name))
    if not row.leaf:
        return BY_LAST_WORD if row.name == BY_LAST_WORD.name else EVERYONE
    try:
        leaf = segment.parse(json.loads(row.leaf), types)
    except Invalid:
        return None
    return subject(leaf) if isinstance(leaf, Leaf) else None


def kept(session: Session, names: Collection[str], epoch: str) -> dict[str, Part]:
    query = select(AudiencePart).where(
        col(AudiencePart.name).in_(names), AudiencePart.epoch == epoch
    )
    return {
        row.name: Part(
            BitMap64.deserialize(row.people), row.at, row.mark, row.epoch,
            audience_ladders.deserialize(row.ladder) if row.ladder else None,
        )
        for row in session.exec(query)
    }  # fmt: skip


def all_of(session: Session) -> Sequence[AudiencePart]:
    return session.exec(select(AudiencePart).order_by(col(AudiencePart.id))).all()


class Measure(NamedTuple):
    sets: int
    stored: int  # bytes


def names(session: Session) -> set[str]:
    """Of all that is kept, be it void or not."""
    return set(session.exec(select(AudiencePart.name)))


def measure(session: Session) -> Measure:
    ladder = func.coalesce(func.length(AudiencePart.ladder), 0)
    size = func.coalesce(func.sum(func.length(AudiencePart.people) + ladder), 0)
    return Measure(*session.exec(select(func.count(), size).select_from(AudiencePart)).one())


def void(session: Session, horizon: int, epoch: str, log: Log) -> Sequence[AudiencePart]:
    """Those read before the horizon, or by another cluster: they are of no use."""
    old = or_(col(AudiencePart.mark) < horizon, col(AudiencePart.epoch) != epoch)
    query = select(AudiencePart).where(AudiencePart.log == log.row, old)
    return session.exec(query.order_by(col(AudiencePart.id))).all()


def brands(session: Session) -> Sequence[int]:
    return session.exec(select(AudiencePart.brand_id).distinct()).all()


def lowest_mark(session: Session, log: Log) -> int | None:
    return session.exec(
        select(func.min(AudiencePart.mark)).where(AudiencePart.log == log.row)
    ).one()


def keep(session: Session, brand_id: int, about: Subject, part: Part, now: datetime) -> None:
    """Written over what was kept of the same before."""
    values: dict[str, Any] = {
        "people": part.people.serialize(), "mark": part.mark, "epoch": part.epoch, "at": part.at,
        "log": about.log.row, "ladder": part.ladder.serialize() if part.ladder else None,
    }  # fmt: skip
    row = inserts.into(AudiencePart, session.get_bind().dialect.name).values(
        brand_id=brand_id, name=about.name, leaf=about.text, used_at=now, **values
    )
    session.connection().execute(
        row.on_conflict_do_update(index_elements=["brand_id", "name"], set_=values)
    )


def touch(session: Session, names: Collection[str], now: datetime) -> None:
    """Still in use."""
    session.exec(update(AudiencePart).where(col(AudiencePart.name).in_(names)).values(used_at=now))


def forget(session: Session, *, unused_since: datetime) -> None:
    session.exec(delete(AudiencePart).where(col(AudiencePart.used_at) < unused_since))


def drop(session: Session, row: AudiencePart) -> None:
    session.exec(delete(AudiencePart).where(col(AudiencePart.id) == row.id))


def holding(session: Session, about: Subject, now: datetime) -> BitMap64:
    """By a look at all people, or at the list of those who wear a tag or came with an import."""
    listed = _worn(about.leaf) if about.leaf else None
    if about.trait is not None:
        if about.is_plain:
            return together(session, [about])[0]
        listed = about.trait.consents()
    if listed is None:
        return _ids(session, about.clause(now))
    return read(session, listed.selected_columns[0], listed)[0]


def _worn(leaf: Leaf) -> Any:
    """Erased people may be among them."""
    if (leaf.type, leaf.op) == (FieldType.TAG, Op.HAS):
        wanted = select(Tag.id).where(col(Tag.name) == leaf.value)
        return select(SubscriberTag.subscriber_id).where(col(SubscriberTag.tag_id).in_(wanted))
    if (leaf.type, leaf.op) == (FieldType.IMPORT, Op.IS):
        came = col(ImportedSubscriber.import_job_id) == leaf.value
        return select(ImportedSubscriber.subscriber_id).where(came)
    if leaf.op is Op.MEMBER:
        kept_in = col(SegmentMember.segment_id) == leaf.value
        return select(SegmentMember.subscriber_id).where(kept_in)
    return None


def together(session: Session, traits: Sequence[Subject]) -> list[BitMap64]:
    """Everybody who has each of these, by one pass over the table, erased people too: see
    `audience_traits.of_people`."""
    key, brand = col(Subscriber.id), col(Subscriber.brand_id) + 0
    clauses = [it.clause(EPOCH) for it in traits]
    return read(session.connection(), key, select(key).where(brand == brand_of(session)), *clauses)


def climb(session: Session, about: Subject, ids: Collection[int] | None = None) -> Ladder:
    """Everybody's place on it, or that of these people."""
    given = None if ids is None else audience_ladders.among(session, ids)
    moments = about.moments(session, given)
    led = given is not None or about.trait is not None
    return audience_ladders.read(session.connection() if led else session, moments)


def later(session: Session, about: Subject, moment: datetime, ids: Iterable[int]) -> BitMap64:
    """Of these people, whose moment is later."""
    given = audience_ladders.among(session, list(ids))
    rows = about.moments(session, given).subquery()
    query = select(rows.c.person).where(rows.c.at > moment)
    return read(session.connection(), rows.c.person, query)[0]


def among(session: Session, about: Subject, now: datetime, ids: Iterable[int]) -> BitMap64:
    """By a look at these people alone. SQLite would rather read an index of everybody, so what its
    indexes begin with is hidden from it: the brand, which no session adds here, and the channel."""
    given = id_lists.table(session, list(ids))
    key, brand = col(Subscriber.id), col(Subscriber.brand_id) + 0
    query = select(key).where(
        key.in_(select(given.c.value)), brand == brand_of(session), about.clause(now, led=True)
    )
    return read(session.connection(), key, query)[0]


def _ids(session: Session, clause: Clause) -> BitMap64:
    return read(session, col(Subscriber.id), select(Subscriber.id).where(clause))[0]


def read(session: Session | Connection, key: Any, query: Any, *parts: Clause) -> list[BitMap64]:
    """The people of a query, or of it those of each part, as texts or lists of the database's own
    making: a row for each person costs four times as much."""
    bound = session if isinstance(session, Connection) else session.get_bind()
    is_sqlite = bound.dialect.name == "sqlite"
    listed: Any = func.group_concat(key) if is_sqlite else func.array_agg(key)
    columns = [listed.filter(part) for part in parts] or [listed]
    found = session.execute(query.with_only_columns(*columns, maintain_column_froms=True)).one()
    return [BitMap64(map(int, it.split(",")) if is_sqlite else it) if it else BitMap64()
            for it in found]  # fmt: skip
