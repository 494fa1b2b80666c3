"""People who are known already, and of whom a row says nothing new.

Found with a few comparisons a row, on columns as the database keeps them: a list that comes in
again is for the greater part the same. Everybody else is for `upserting`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

from sqlmodel import Session

from webapp.domain import import_row
from webapp.domain.consent import State
from webapp.domain.import_row import RECORD, TEXTS, Record
from webapp.domain.subscriber import AttributeType
from webapp.domain.subscriber import AttributeValue as Value
from webapp.services import import_arrivals, upserting
from webapp.services.upserting import Terms
from webapp.store import attributes, consents, subscribers, tags

_COMPARED = (*TEXTS, "first_seen_at", "last_inbound_at", "opted_out_at")
_TEXT = slice(RECORD.index(TEXTS[0]), RECORD.index(TEXTS[-1]) + 1)
_LISTS = RECORD.index("tags")  # and the attributes after them
_SEEN, _INBOUND = RECORD.index("first_seen_at"), RECORD.index("last_inbound_at")
Stored = tuple[Any, ...]  # id, then _COMPARED


@dataclass(frozen=True)
class Met:
    """The keys whose people are known: as they are stored, by another id of theirs, or erased."""

    stored: Mapping[str, Stored]
    besides: Collection[str]
    gone: Collection[str]

    @cached_property
    def keys(self) -> Collection[str]:
        return {*self.stored, *self.besides, *self.gone}

    def __bool__(self) -> bool:
        return bool(self.stored or self.besides or self.gone)


def met(
    session: Session, channel_id: int, fingerprint: Callable[[str], str], keys: Collection[str]
) -> Met:
    return Met(
        subscribers.as_stored(session, channel_id, keys, _COMPARED),
        subscribers.known_besides(session, channel_id, keys),
        upserting.gone(session, channel_id, fingerprint, keys),
    )


def unchanged(
    session: Session,
    terms: Terms,
    types: Mapping[str, AttributeType],
    records: Collection[Record],
    found: Met,
) -> dict[str, int]:
    """The ids of those people, by the key in the row; `types` are the file's attributes."""
    held = {key: it for key, it in found.stored.items() if key not in found.gone}
    same = [it for it in records if it[1] in held and _says_nothing_new(it, held[it[1]])]
    more = [it for it in same if any(cell is not None for cell in it[_LISTS:])]
    known = _Known.of(session, terms, [held[it[1]][0] for it in more])
    news = {it[1] for it in more if known.lacks(held[it[1]], it, types)}
    return {it[1]: held[it[1]][0] for it in same if it[1] not in news}


def _says_nothing_new(record: Record, held: Stored) -> bool:
    """Of the person's own columns."""
    _, *stored = held
    texts, seen, inbound = record[_TEXT], record[_SEEN], record[_INBOUND]
    known_seen, known_inbound = stored[len(TEXTS)], stored[len(TEXTS) + 1]
    return (
        all(it is None or it == has for it, has in zip(texts, stored, strict=False))
        and (seen is None or (known_seen is not None and seen >= known_seen))
        and (inbound is None or (known_inbound is not None and inbound <= known_inbound))
    )


@dataclass(frozen=True)
class _Known:
    """What people have besides their columns."""

    topics: Mapping[str, int]
    tags: Mapping[int, frozenset[str]]
    own: Mapping[int, Mapping[str, Value]]
    states: Mapping[tuple[int, int], str]

    @classmethod
    def of(cls, session: Session, terms: Terms, people: Collection[int]) -> Self:
        if not people:
            return cls(terms.topics, {}, {}, {})
        return cls(
            terms.topics,
            tags.of(session, people),
            attributes.of(session, people),
            consents.states(session, people),
        )

    def lacks(self, held: Stored, record: Record, types: Mapping[str, AttributeType]) -> bool:
        """Whether the row names a tag, a value or an opt-in that its person has not."""
        person, opted_out = held[0], held[-1] is not None
        named = import_arrivals.topics(record)
        has = self.own.get(person, {})
        return (
            bool(named and opted_out)
            or not self.tags.get(person, frozenset()).issuperset(import_arrivals.worn(record))
            or any(has.get(name) != it for name, it in import_row.own(record, types).items())
            or any(not self._holds(person, topic) for topic in named)
        )

    def _holds(self, person: int, topic: str) -> bool:
        return self.states.get((person, self.topics.get(topic, 0))) == State.ACTIVE
