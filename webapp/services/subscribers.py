"""One person at a time: brought in, corrected, erased."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol

from sqlmodel import Session

from webapp import db
from webapp.domain import errors, import_cells
from webapp.domain.consent import Action, Source
from webapp.domain.import_cells import Options
from webapp.domain.import_row import Row
from webapp.domain.permission import Actor
from webapp.domain.subscriber import AttributeType
from webapp.domain.subscriber import AttributeValue as Value
from webapp.domain.wording import Sentence, say
from webapp.models.brand import Brand
from webapp.models.channel import Channel
from webapp.models.subscriber import Subscriber
from webapp.services import consents, topics, upserting
from webapp.store import (
    attributes,
    audits,
    import_leftovers,
    imports,
    keys,
    name_index,
    raw_events,
    segment_members,
    subscribers,
    tags,
    timelines,
)  # fmt: skip
from webapp.store import consents as consent_store
from webapp.vault import Vault

_BLANKED = (
    "first_name", "last_name", "locale", "timezone", "country", "city", "gender", "source",
    "first_seen_at", "last_inbound_at", "window_opener", "window_opened_at", "window_ends_at",
    "last_sent_at",
)  # fmt: skip


class Named(Protocol):
    """What rows name: a `Row` is one."""

    @property
    def topics(self) -> Collection[str]: ...
    @property
    def attributes(self) -> Collection[str]: ...


def found(session: Session, subscriber_id: int) -> Subscriber:
    """Raises NotFound; an erased person is not found either."""
    person = subscribers.find(session, subscriber_id)
    if person is None or person.erased_at is not None:
        raise errors.NotFound("subscriber", subscriber_id)
    return person


def upsert(
    session: Session,
    actor: Actor,
    vault: Vault,
    channel_id: int,
    row: Row,
    now: datetime,
    **proof: str,
) -> Subscriber:
    """Add a person or bring what is known up to date; `proof` has the wording and evidence of
    their opt-ins. Raises Refused for somebody who was erased."""
    actor.require("subscriber.edit")
    terms = terms_for(session, vault, channel_id, row, Source.API, **proof)
    changes = upserting.plan(session, terms, [row], now)
    if changes[0].refusal is not None:
        raise errors.Refused(changes[0].refusal)
    ids = upserting.carry_out(session, terms, changes, now)
    audits.add(
        session, actor, terms.brand_id, f"subscriber.{changes[0].outcome}", ids[row.key], now
    )
    session.commit()
    return found(session, ids[row.key])


def terms_for(
    session: Session, vault: Vault, channel_id: int, named: Named, source: Source, **proof: str
) -> upserting.Terms:
    """Topics that are named are made when missing; an unknown attribute is refused by name."""
    brand_id = db.brand_of(session)
    channel = session.get(Channel, channel_id)
    if channel is None:
        raise errors.NotFound("channel", channel_id)
    known = {row.name: (row.id or 0, AttributeType(row.type)) for row in attributes.all_of(session)}
    unknown = {*named.attributes} - known.keys()
    if unknown:
        name = min(unknown)
        raise errors.Invalid(
            {f"attributes.{name}": [say("This brand has no attribute %(name)s.", name=name)]}
        )
    ids, made = topics.ensure(session, brand_id, named.topics, proof.get("wording", ""))
    return upserting.Terms(
        brand_id=brand_id,
        channel_id=channel_id,
        fingerprint=vault.fingerprint,
        attributes=known,
        topics=ids,
        made=tuple(made),
        zone=session.get_one(Brand, brand_id).timezone,
        source=source,
        home=upserting.home_of(channel.platform),
        **proof,
    )


def describe(
    session: Session, actor: Actor, subscriber_id: int, given: Mapping[str, str], now: datetime
) -> None:
    """Set custom attributes from texts as typed; an empty text takes the value away.

    Raises Invalid by attribute. Times without an offset are read in the brand's zone.
    """
    actor.require("subscriber.edit")
    person = found(session, subscriber_id)
    by_name = {row.name: row for row in attributes.all_of(session)}
    options = Options(zone=session.get_one(Brand, person.brand_id).timezone, day_first=False)
    wanted, wrong = {}, {}
    for name in given.keys() & by_name.keys():
        type_, text = AttributeType(by_name[name].type), given[name].strip()
        value = import_cells.ATTRIBUTES[type_](text, options) if text else None
        if isinstance(value, Sentence):
            wrong[name] = [value]
        wanted[by_name[name].id or 0] = (type_, value)
    if wrong:
        raise errors.Invalid(wrong)
    _set(session, person, wanted)
    subscribers.touch(session, [subscriber_id], now)
    audits.add(session, actor, person.brand_id, "subscriber.edit", person.id, now)
    session.commit()


def _set(
    session: Session,
    person: Subscriber,
    wanted: Mapping[int, tuple[AttributeType, Value | Sentence | None]],
) -> None:
    key = person.id or 0
    attributes.clear(session, [(key, attribute) for attribute in wanted])
    kept: dict[tuple[int, int], tuple[AttributeType, Value]] = {
        (key, attribute): (type_, value)
        for attribute, (type_, value) in wanted.items()
        if value is not None and not isinstance(value, Sentence)
    }
    attributes.put(session, person.brand_id, kept)


def stop_all(
    session: Session, actor: Actor, subscriber_id: int, evidence: str, now: datetime
) -> None:
    """The person asked somebody of the brand for no more messages."""
    actor.require("subscriber.edit")
    person = found(session, subscriber_id)
    consents.stop_all(
        session, person, at=now, now=now, source=Source.PERSON, evidence=evidence[:200]
    )
    audits.add(session, actor, person.brand_id, "subscriber.stop", person.id, now)
    session.commit()


def erase(session: Session, actor: Actor, vault: Vault, subscriber_id: int, now: datetime) -> None:
    """Forget a person for good, as they may ask. Counts stay true: the ledger keeps its rows.

    1. a tombstone, so that no import brings them back; 2. consents stopped; 3. what they wrote
    (also as it came in), tags, attributes, imports and what their refused lines said, places in
    frozen segments and in the index of names removed; 4. the row blanked; 5. the ledger of consent
    keeps its acts and hashes, not their words (`store.consents`).
    """
    actor.require("subscriber.erase")
    consent_store.lock(session, [subscriber_id])  # what is heard of them comes before, or after
    person = found(session, subscriber_id)
    subscribers.bury(session, person.channel_id, vault.fingerprint(person.key), now)
    for row in consent_store.standing_rows(session, subscriber_id):
        consents.stop(session, person, row.topic_id, at=now, now=now, source=Source.PERSON)
    consents.record(session, person, Action.STOP_ALL, None, at=now, now=now, source=Source.PERSON)
    raw_events.forget_bodies(session, subscriber_id)
    timelines.forget_words(session, subscriber_id)
    tags.take(session, [subscriber_id])
    attributes.forget(session, subscriber_id)
    imports.forget_person(session, subscriber_id)
    names = {person.key, *(other.key for other in keys.of(session, subscriber_id))}
    import_leftovers.forget_person(session, person.channel_id, names)
    raw_events.forget_unused(session, person.channel_id, names)
    segment_members.forget(session, subscriber_id)
    for other in keys.of(session, subscriber_id):
        subscribers.bury(session, person.channel_id, vault.fingerprint(other.key), now)
    keys.forget(session, [subscriber_id])
    name_index.forget(session, subscriber_id, person.name_folded)
    for name in _BLANKED:
        setattr(person, name, None)
    person.key, person.name_folded, person.region = f"erased-{person.id}", "", 0
    person.erased_at = person.updated_at = now
    session.add(person)
    session.flush()
    consent_store.forget(session, subscriber_id)
    audits.add(session, actor, person.brand_id, "subscriber.erase", person.id, now)
    session.commit()
