"""A webhook of a Page or an Instagram account, read to events: the envelope (facts 5.3).

The two share it; each brings a `Tongue`, the table of what may happen on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from webapp.domain.event import Event, SetAside
from webapp.domain.wording import Sentence, say
from webapp.platforms import webhook_values as values
from webapp.platforms.webhook_item import Item, Reading

Reader = Callable[[Item, Mapping[str, object]], Reading]

ADDRESS = frozenset({"sender", "recipient", "timestamp"})
LISTS = ("messaging", "standby", "changes")


@dataclass(frozen=True)
class Tongue:
    """`happenings` by their name in an event, `changes` by their field, `flat` those that may also
    stand in the entry itself."""

    happenings: Mapping[str, Reader]
    changes: Mapping[str, Reader] = field(default_factory=dict)
    flat: tuple[str, ...] = ()


def read(body: Mapping[str, object], received: datetime, tongue: Tongue) -> list[Event | SetAside]:
    """Everything in one body, in its order. Never raises, whatever JSON came."""
    found = list(_body(body, received, tongue))
    return [replace(reading, raw_index=index) for index, reading in enumerate(found)]


def _body(body: Mapping[str, object], received: datetime, tongue: Tongue) -> Iterator[Reading]:
    entries = values.items(body.get("entry"))
    if "entry" not in body or (not entries and body["entry"] != []):
        yield _aside(say("This webhook has no entries."), body)
    for entry in entries:
        if isinstance(entry, dict):
            yield from _entry(entry, received, tongue)
        else:
            yield _aside(say("This entry of a webhook is not an object."), entry)


def _entry(entry: Mapping[str, object], received: datetime, tongue: Tongue) -> Iterator[Reading]:
    page = values.identity(entry.get("id"), values.PARTY_LIMIT)
    sent_at = values.moment(entry.get("time"))
    whole = Item(entry, page, sent_at, received)
    yield from _flat(whole, tongue)
    for name in LISTS:
        for raw in values.items(entry.get(name)):
            item = Item(raw, page, sent_at, received, standby=name == "standby")
            yield from (_change if name == "changes" else _happened)(item, tongue)
    if not any(name in entry for name in (*LISTS, *tongue.happenings)):
        yield whole.aside(say("This entry of a webhook holds no events."))
    for name in LISTS:
        if name in entry and not isinstance(entry[name], list | dict):
            yield whole.aside(say("The events of this webhook are not a list."))


def _flat(entry: Item, tongue: Tongue) -> Iterator[Reading]:
    """Some events may stand in the entry itself; the documents do not show their envelope."""
    for name in tongue.flat:
        for part in values.items(entry.body.get(name)):
            yield _read(name, replace(entry, raw=part), part, tongue.happenings)


def _happened(item: Item, tongue: Tongue) -> Iterator[Reading]:
    """One entry of `messaging` or `standby`; rarely it tells of several things at once."""
    known = [name for name in tongue.happenings if name in item.body]
    for name in known:
        yield _read(name, item, item.body[name], tongue.happenings)
    if not known:
        yield item.aside(_unknown(item.body))


def _change(item: Item, tongue: Tongue) -> Iterator[Reading]:
    """A change wraps a whole event (as the dashboard's tests do), or is a flat object itself."""
    name = values.text(item.body.get("field"), values.ID_LIMIT) or "?"
    value = values.mapping(item.body.get("value"))
    inner = replace(item, raw=value)
    if name in tongue.changes:
        yield tongue.changes[name](item, value)
    elif any(isinstance(value.get(known), dict) for known in tongue.happenings):
        yield from _happened(inner, tongue)
    elif name in tongue.happenings:
        yield _read(name, inner, item.body.get("value"), tongue.happenings)
    else:
        yield item.aside(_unused([name]))


def _read(name: str, item: Item, part: object, readers: Mapping[str, Reader]) -> Reading:
    if not isinstance(part, dict):
        sentence = say("This event's %(name)s is not an object.", name=name)
        return item.aside(sentence)
    return readers[name](item, part)


def _unknown(body: Mapping[str, object]) -> Sentence:
    names = sorted(str(values.text(name, 60)) for name in body if name not in ADDRESS)
    return _unused(names[:5]) if names else say("This event does not say what happened.")


def _unused(names: list[str]) -> Sentence:
    return say("Fanlight makes no use of this kind of event: %(names)s.", names=", ".join(names))


def _aside(reason: Sentence, raw: object) -> SetAside:
    return SetAside(reason=reason, key=values.digest("aside", raw))
