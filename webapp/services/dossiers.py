"""Everything kept about one person, taken out for them: the whole of it, in one document."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from webapp.domain.permission import Actor
from webapp.domain.subscriber import AttributeValue as Value
from webapp.models.subscriber import Subscriber
from webapp.services import subscribers
from webapp.store import attributes, audits, channels, dossiers, tags

# What lists of people are sorted and counted by, and says nothing that is not said elsewhere.
DERIVED = {"brand_id", "name_folded", "region"}


def export(session: Session, actor: Actor, subscriber_id: int, now: datetime) -> dict[str, Any]:
    """As JSON values. Commits the audit's line that says who took it."""
    actor.require("subscriber.export")
    person = subscribers.found(session, subscriber_id)
    audits.add(session, actor, person.brand_id, "subscriber.export", person.id, now)
    session.commit()
    channel = channels.get(session, person.channel_id)
    return {
        "person": person.model_dump(mode="json", exclude=DERIVED),
        "channel": channel.model_dump(mode="json", include={"id", "platform", "key", "name"}),
        "window": _window(person, now),
        "tags": sorted(tags.of(session, [subscriber_id]).get(subscriber_id, ())),
        "attributes": _plain(attributes.of(session, [subscriber_id]).get(subscriber_id, {})),
        **dossiers.rows(session, subscriber_id),
    }


def _window(person: Subscriber, now: datetime) -> dict[str, Any]:
    ends = person.window_ends_at
    names = {"window_opener", "window_opened_at", "window_ends_at", "free_entry_ends_at"}
    told = person.model_dump(mode="json", include=names)
    return {**told, "open": ends is not None and ends > now}


def _plain(values: Mapping[str, Value]) -> dict[str, object]:
    return {name: _value(value) for name, value in values.items()}


def _value(value: Value) -> object:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, tuple):
        return list(value)
    return value if isinstance(value, bool | str) else str(value)
