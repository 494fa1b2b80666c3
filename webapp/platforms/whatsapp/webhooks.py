"""A webhook of a WhatsApp business account, read to events: envelope and lists (facts A3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from webapp.domain.event import Event, SetAside
from webapp.domain.wording import Sentence, say
from webapp.platforms import webhook_values as values
from webapp.platforms.whatsapp import account_webhooks, message_webhooks, status_webhooks
from webapp.platforms.whatsapp.change import Change, Reading

# field: its lists and who reads an entry. The order is that in which they are read.
LISTS: Mapping[str, Mapping[str, Callable[[Change, object], Reading]]] = {
    "messages": {
        "messages": message_webhooks.message,
        "statuses": status_webhooks.status,
        "message_echoes": message_webhooks.echo,
    },
    "smb_message_echoes": {"message_echoes": message_webhooks.echo},
    "user_preferences": {"user_preferences": account_webhooks.preference},
    "calls": {"calls": account_webhooks.call},
}


def read(body: Mapping[str, object], received: datetime) -> list[Event | SetAside]:
    """Everything in one body, in its order. Never raises, whatever JSON came."""
    found = list(_body(body, received))
    return [replace(reading, raw_index=index) for index, reading in enumerate(found)]


def _body(body: Mapping[str, object], received: datetime) -> Iterator[Reading]:
    entries = values.items(body.get("entry"))
    if "entry" not in body or (not entries and body["entry"] != []):
        yield _aside(say("This webhook has no entries."), body)
    for entry in entries:
        if isinstance(entry, dict):
            yield from _entry(entry, received)
        else:
            yield _aside(say("This entry of a webhook is not an object."), entry)


def _entry(entry: Mapping[str, object], received: datetime) -> Iterator[Reading]:
    account = values.identity(entry.get("id"), values.PARTY_LIMIT)
    sent_at = values.moment(entry.get("time"))
    changes = values.items(entry.get("changes"))
    if not changes:
        yield _aside(say("This entry of a webhook holds no events."), entry)
    for raw in changes:
        yield from _change(Change(raw, account, sent_at, received))


def _change(change: Change) -> Iterator[Reading]:
    if change.field in account_webhooks.READERS:
        yield account_webhooks.READERS[change.field](change)
        return
    found = False
    for name, reader in LISTS.get(change.field, {}).items():
        for raw in values.items(change.value.get(name)):
            found = True
            yield _one(reader, change, raw)
    if not found:
        yield change.aside(_nothing(change))


def _one(reader: Callable[[Change, object], Reading], change: Change, raw: object) -> Reading:
    if not isinstance(raw, dict):
        return change.aside(say("This entry of a webhook is not an object."), raw)
    return reader(change, raw)


def _nothing(change: Change) -> Sentence:
    """A field we do not read (history, alerts ...), or an error the platform tells of."""
    errors = values.items(change.value.get("errors"))
    if errors and change.field in LISTS:
        told = values.text(values.mapping(errors[0]).get("title")) or "?"
        return say("The platform tells of an error of its own: %(error)s.", error=told)
    return say("Fanlight makes no use of this kind of event: %(names)s.", names=change.field)


def _aside(reason: Sentence, raw: object) -> SetAside:
    return SetAside(reason=reason, key=values.digest("aside", raw))
