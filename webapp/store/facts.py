"""What is known of people, as the pure parts of the product see them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from webapp.domain.consent import State
from webapp.domain.subscriber import Facts, TopicState
from webapp.models.import_job import ImportedSubscriber
from webapp.models.opt_in import Consent, Topic
from webapp.models.segment import SegmentMember
from webapp.models.subscriber import Subscriber
from webapp.store import attributes, doings, tags

SPOKEN = ("first_name", "last_name", "city", "country", "locale")  # a full name is made of two


def of(session: Session, subscriber_ids: Iterable[int], now: datetime) -> dict[int, Facts]:
    """Facts by id; erased and unknown people are left out. At most some thousands at a time."""
    ids = list(subscriber_ids)
    did, kept = doings.of(session, ids), _kept_in(session, ids)
    return {
        number: replace(known, doings=did.get(number, {}), kept_in=kept.get(number, frozenset()))
        for number, known in listed(session, ids, now).items()
    }


def listed(session: Session, subscriber_ids: Iterable[int], now: datetime) -> dict[int, Facts]:
    """The same without what they did and which frozen segments keep them: for lists of people."""
    ids = list(subscriber_ids)
    query = select(Subscriber).where(
        col(Subscriber.id).in_(ids), col(Subscriber.erased_at).is_(None)
    )
    worn, topics = tags.of(session, ids), topic_states(session, ids, now)
    ends = _topic_ends(session, ids)
    values, imports = attributes.of(session, ids), _imports(session, ids)
    return {
        person.id or 0: Facts(
            id=person.id or 0,
            country=person.country,
            locale=person.locale,
            timezone=person.timezone,
            city=person.city,
            gender=person.gender,
            first_name=person.first_name,
            last_name=person.last_name,
            source=person.source,
            tags=worn.get(person.id or 0, frozenset()),
            topics=topics.get(person.id or 0, {}),
            topic_ends=ends.get(person.id or 0, {}),
            last_inbound_at=person.last_inbound_at,
            first_seen_at=person.first_seen_at,
            window_ends_at=person.window_ends_at,
            opted_out=person.opted_out_at is not None,
            unavailable=person.unavailable_at is not None,
            import_ids=imports.get(person.id or 0, frozenset()),
            attributes=values.get(person.id or 0, {}),
        )
        for person in session.exec(query)
    }


def named(
    session: Session, subscriber_ids: Collection[int], *, attributes_too: bool
) -> dict[int, Facts]:
    """Only what a message may name (`domain.variables`): the sender asks for every wave."""
    fields = [col(getattr(Subscriber, name)) for name in SPOKEN]
    query = sa.select(col(Subscriber.id), *fields).where(
        col(Subscriber.id).in_(subscriber_ids), col(Subscriber.erased_at).is_(None)
    )
    values = attributes.of(session, subscriber_ids) if attributes_too else {}
    return {
        number: Facts(**dict(zip(SPOKEN, texts, strict=True)), attributes=values.get(number, {}))
        for number, *texts in session.execute(query)
    }


def topic_states(
    session: Session, ids: Iterable[int], now: datetime
) -> dict[int, dict[str, TopicState]]:
    """Where people stand with each topic they were asked about, by its slug."""
    query = (
        select(Consent.subscriber_id, Topic.slug, Consent.state, Consent.token_expires_at)
        .join(Topic, col(Topic.id) == col(Consent.topic_id))
        .where(col(Consent.subscriber_id).in_(ids))
    )
    found: dict[int, dict[str, TopicState]] = defaultdict(dict)
    for person, slug, state, expires_at in session.exec(query):
        found[person][slug] = _topic_state(state, expires_at, now)
    return found


def _topic_state(state: str, expires_at: datetime | None, now: datetime) -> TopicState:
    if state != State.ACTIVE:
        return TopicState.STOPPED
    expired = expires_at is not None and expires_at <= now
    return TopicState.EXPIRED if expired else TopicState.OPTED_IN


def _topic_ends(session: Session, ids: Iterable[int]) -> dict[int, dict[str, datetime]]:
    query = (
        select(Consent.subscriber_id, Topic.slug, Consent.token_expires_at)
        .join(Topic, col(Topic.id) == col(Consent.topic_id))
        .where(
            col(Consent.subscriber_id).in_(ids),
            Consent.state == State.ACTIVE,
            col(Consent.token_expires_at).is_not(None),
        )
    )
    found: dict[int, dict[str, datetime]] = defaultdict(dict)
    for person, slug, ends_at in session.exec(query):
        if ends_at is not None:
            found[person][slug] = ends_at
    return found


def _kept_in(session: Session, ids: Iterable[int]) -> dict[int, frozenset[int]]:
    query = select(SegmentMember.subscriber_id, SegmentMember.segment_id).where(
        col(SegmentMember.subscriber_id).in_(ids)
    )
    return _grouped(session.exec(query))


def _imports(session: Session, ids: Iterable[int]) -> dict[int, frozenset[int]]:
    query = select(ImportedSubscriber.subscriber_id, ImportedSubscriber.import_job_id).where(
        col(ImportedSubscriber.subscriber_id).in_(ids)
    )
    return _grouped(session.exec(query))


def _grouped(pairs: Iterable[tuple[int, int]]) -> dict[int, frozenset[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for person, key in pairs:
        found[person].add(key)
    return {person: frozenset(keys) for person, keys in found.items()}
