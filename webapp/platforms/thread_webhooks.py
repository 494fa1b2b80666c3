"""What people and the page say to each other, and what became of it (facts 5.4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from webapp.domain.event import EventKind
from webapp.domain.wording import say
from webapp.platforms import webhook_values as values
from webapp.platforms.webhook_item import Item, Reading

Part = Mapping[str, object]


def message(item: Item, part: Part) -> Reading:
    """A message, its deletion, or the echo of what the page itself wrote."""
    mid = values.identity(part.get("mid"))
    echo = values.flag(part.get("is_echo")) or item.from_page
    person = item.recipient if echo else item.sender
    if values.flag(part.get("is_deleted")):
        return item.event(
            EventKind.MESSAGE_DELETED, *_named(item, part, mid), "deleted", person=person, mid=mid
        )
    if echo:
        return _echo(item, part, mid)
    if person is None and item.user_ref is None:
        return item.nobody()
    return item.event(
        EventKind.MESSAGE,
        *_named(item, part, mid),
        person=person,
        mid=mid,
        text=values.text(part.get("text")),
        payload=values.text(values.mapping(part.get("quick_reply")).get("payload")),
        reply_to=values.identity(values.mapping(part.get("reply_to")).get("mid")),
        attachments=_attachments(part),
        user_ref=item.user_ref or _prior(item),
        **_referred(part.get("referral")),
    )


def edit(item: Item, part: Part) -> Reading:
    mid = values.identity(part.get("mid"))
    version = values.identity(part.get("num_edit"))
    return item.event(
        EventKind.MESSAGE_EDIT,
        mid,
        version or item.stamp,
        person=item.sender,
        mid=mid,
        text=values.text(part.get("text")),
    )


def postback(item: Item, part: Part) -> Reading:
    if item.sender is None:
        return item.nobody()
    mid = values.identity(part.get("mid"))
    payload = values.text(part.get("payload"))
    parts = (mid,) if mid else (item.sender, item.stamp, payload)
    return item.event(
        EventKind.POSTBACK,
        *parts,
        person=item.sender,
        mid=mid,
        text=values.text(part.get("title")),
        payload=payload,
        **_referred(part.get("referral")),
    )


def reaction(item: Item, part: Part) -> Reading:
    action = (values.text(part.get("action")) or "").lower()
    kinds = {"react": EventKind.REACTION, "unreact": EventKind.UNREACTION}
    if item.sender is None:
        return item.nobody()
    if action not in kinds:
        return item.aside(say("This reaction does not say whether it was given or taken back."))
    mid = values.identity(part.get("mid"))
    return item.event(
        kinds[action],
        item.sender,
        mid,
        item.stamp,
        person=item.sender,
        mid=mid,
        text=values.text(part.get("emoji")),
        action=values.text(part.get("reaction")),
    )


def referral(item: Item, part: Part) -> Reading:
    """A link or an ad that led into a thread which exists."""
    if item.sender is None:
        return item.nobody()
    referred = _referred(part)
    return item.event(
        EventKind.REFERRAL,
        item.sender,
        item.stamp,
        referred["ref"],
        referred["ad_id"],
        person=item.sender,
        **referred,
    )


def delivery(item: Item, part: Part) -> Reading:
    """A receipt by message ids, by watermark, or by both; ids may be missing."""
    mids = tuple(filter(None, map(values.identity, values.items(part.get("mids")))))
    mark = values.moment(part.get("watermark"))
    if mark is None and not mids:
        return item.aside(say("This receipt names no message and no time."))
    if item.sender is None and not mids:
        return item.nobody()
    return item.event(
        EventKind.DELIVERY,
        item.sender,
        mark,
        sorted(mids),
        person=item.sender,
        stamp=item.stamp or mark,
        mids=mids,
        watermark=item.past(mark),
    )


def read(item: Item, part: Part) -> Reading:
    mid, mark = values.identity(part.get("mid")), values.moment(part.get("watermark"))
    if mark is None and mid is None:
        return item.aside(say("This receipt names no message and no time."))
    if item.sender is None and mid is None:
        return item.nobody()
    return item.event(
        EventKind.READ,
        item.sender,
        mark,
        mid,
        person=item.sender,
        stamp=item.stamp or mark,
        mid=mid,
        watermark=item.past(mark),
    )


def _echo(item: Item, part: Part, mid: str | None) -> Reading:
    metadata = values.text(part.get("metadata"), values.ID_LIMIT)
    if mid is None and metadata is None:
        return item.aside(say("This echo names no message."))
    return item.event(
        EventKind.ECHO,
        mid or metadata,
        person=item.recipient,
        mid=mid,
        metadata=metadata,
        text=values.text(part.get("text")),
        attachments=_attachments(part),
        app_id=values.identity(part.get("app_id")),
    )


def _named(item: Item, part: Part, mid: str | None) -> tuple[object, ...]:
    """What makes a message this one: its id, or without one all that is known of it."""
    return (mid,) if mid else (item.sender, item.stamp, values.digest("message", part))


def _attachments(part: Part) -> tuple[str, ...]:
    """The kinds of what is attached; a message of a kind we cannot see counts as one."""
    kinds = [
        values.identity(values.mapping(attachment).get("type")) or "unknown"
        for attachment in values.items(part.get("attachments"))
    ]
    return tuple(kinds + ["unsupported"] * values.flag(part.get("is_unsupported")))


def _referred(value: object) -> dict[str, Any]:
    part = values.mapping(value)
    source = values.identity(part.get("source"))
    return {
        "ref": values.text(part.get("ref")),
        "source": source.upper() if source else None,
        "ad_id": values.identity(part.get("ad_id")),
    }


def _prior(item: Item) -> str | None:
    """The plugin's name for this person, told with their first message."""
    return values.identity(values.mapping(item.body.get("prior_message")).get("identifier"))
