"""A webhook of a Facebook Page, read to events: the envelope and who is meant (facts 5.3-5.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from webapp.domain.event import Event, SetAside
from webapp.domain.wording import Sentence, say
from webapp.platforms import webhook_values as values
from webapp.platforms.messenger import (
    changes_webhooks,
    consent_webhooks,
    message_webhooks,
    paid_webhooks,
    thread_webhooks,
)
from webapp.platforms.messenger.webhook_item import Item, Reading

Reader = Callable[[Item, Mapping[str, object]], Reading]

READERS: Mapping[str, Reader] = {
    "message": message_webhooks.message,
    "message_edit": message_webhooks.edit,
    "postback": message_webhooks.postback,
    "reaction": message_webhooks.reaction,
    "referral": message_webhooks.referral,
    "delivery": message_webhooks.delivery,
    "read": message_webhooks.read,
    "optin": consent_webhooks.optin,
    "optout": consent_webhooks.optout,
    "opt_out": consent_webhooks.optout,
    "account_linking": thread_webhooks.account_linking,
    "pass_thread_control": thread_webhooks.passed,
    "take_thread_control": thread_webhooks.taken,
    "request_thread_control": thread_webhooks.requested,
    "app_roles": thread_webhooks.app_roles,
    "policy_enforcement": thread_webhooks.policy,
    "policy-enforcement": thread_webhooks.policy,
    **changes_webhooks.TEMPLATE_READERS,
    **paid_webhooks.READERS,
}
ADDRESS = frozenset({"sender", "recipient", "timestamp"})
LISTS = ("messaging", "standby", "changes")


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
    page = values.identity(entry.get("id"), values.PARTY_LIMIT)
    sent_at = values.moment(entry.get("time"))
    whole = Item(entry, page, sent_at, received)
    yield from _flat(whole)
    for name in LISTS:
        for raw in values.items(entry.get(name)):
            item = Item(raw, page, sent_at, received, standby=name == "standby")
            yield from _change(item) if name == "changes" else _happened(item)
    if not any(name in entry for name in (*LISTS, *READERS)):
        yield whole.aside(say("This entry of a webhook holds no events."))
    for name in LISTS:
        if name in entry and not isinstance(entry[name], list | dict):
            yield whole.aside(say("The events of this webhook are not a list."))


def _flat(entry: Item) -> Iterator[Reading]:
    """Some events may stand in the entry itself; the documents do not show their envelope."""
    for name in {**changes_webhooks.TEMPLATE_READERS, **paid_webhooks.READERS}:
        for part in values.items(entry.body.get(name)):
            yield _read(name, replace(entry, raw=part), part)


def _happened(item: Item) -> Iterator[Reading]:
    """One entry of `messaging` or `standby`; rarely it tells of several things at once."""
    known = [name for name in READERS if name in item.body]
    for name in known:
        yield _read(name, item, item.body[name])
    if not known:
        yield item.aside(_unknown(item.body))


def _change(item: Item) -> Iterator[Reading]:
    """A change wraps a whole event (as the dashboard's tests do), or is a flat object itself."""
    field, value = item.body.get("field"), values.mapping(item.body.get("value"))
    inner = replace(item, raw=value)
    if field == "feed":
        yield changes_webhooks.feed(item, value)
    elif any(isinstance(value.get(name), dict) for name in READERS):
        yield from _happened(inner)
    elif isinstance(field, str) and field in READERS:
        yield _read(field, inner, item.body.get("value"))
    else:
        yield item.aside(_unused([values.text(field, values.ID_LIMIT) or "?"]))


def _read(name: str, item: Item, part: object) -> Reading:
    if not isinstance(part, dict):
        sentence = say("This event's %(name)s is not an object.", name=name)
        return item.aside(sentence)
    return READERS[name](item, part)


def _unknown(body: Mapping[str, object]) -> Sentence:
    names = sorted(str(values.text(name, 60)) for name in body if name not in ADDRESS)
    return _unused(names[:5]) if names else say("This event does not say what happened.")


def _unused(names: list[str]) -> Sentence:
    return say("Fanlight makes no use of this kind of event: %(names)s.", names=", ".join(names))


def _aside(reason: Sentence, raw: object) -> SetAside:
    return SetAside(reason=reason, key=values.digest("aside", raw))
