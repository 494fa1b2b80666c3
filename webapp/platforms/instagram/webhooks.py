"""A webhook of an Instagram account, read to events (facts 5.5).

As Messenger's, with its own turns: echoes come among the messages, a read names a message instead
of a watermark, and an answer to a story or a product link comes with the message.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from webapp.domain.event import Event, EventKind, SetAside
from webapp.domain.wording import say
from webapp.platforms import messaging_webhooks, thread_webhooks
from webapp.platforms import webhook_values as values
from webapp.platforms.messaging_webhooks import Tongue
from webapp.platforms.webhook_item import Item, Reading

Part = Mapping[str, object]
STORY_REPLY = "story_reply"
_ESCAPED = re.compile(r"\\u\{([0-9A-Fa-f]{1,6})\}")
LAST_CHARACTER = 0x10FFFF


def message(item: Item, part: Part) -> Reading:
    found = thread_webhooks.message(item, part)
    if not isinstance(found, Event) or found.kind is not EventKind.MESSAGE:
        return found
    product = values.mapping(values.mapping(part.get("referral")).get("product"))
    story = values.mapping(values.mapping(part.get("reply_to")).get("story"))
    answered = (STORY_REPLY,) if story else ()
    return replace(
        found,
        ref=found.ref or values.identity(product.get("id")),
        attachments=found.attachments + answered,
    )


def reaction(item: Item, part: Part) -> Reading:
    """The documents show an emoji as its escaped code points; real ones may come as well."""
    emoji = values.text(part.get("emoji")) or ""
    return thread_webhooks.reaction(item, {**part, "emoji": _ESCAPED.sub(_character, emoji)})


def comment(item: Item, value: Part) -> Reading:
    """May get one private reply; it opens no window, and its author's id is another one."""
    key, author = values.party(value), values.party(value.get("from"))
    if key is None:
        return item.aside(say("This comment does not say which one it is."))
    if author is not None and author == item.page:
        return item.aside(say("The account itself wrote this comment."))
    return item.event(
        EventKind.COMMENT,
        key,
        "comment",
        "add",
        person=None,
        mid=key,
        text=values.text(value.get("text")),
        reply_to=values.party(value.get("media")),
        source=author,
    )


def _character(found: re.Match[str]) -> str:
    number = int(found[1], 16)
    return chr(number) if number <= LAST_CHARACTER else ""


TONGUE = Tongue(
    happenings={
        "message": message,
        "message_edit": thread_webhooks.edit,
        "postback": thread_webhooks.postback,
        "reaction": reaction,
        "referral": thread_webhooks.referral,
        "read": thread_webhooks.read,
    },
    changes={"comments": comment, "live_comments": comment},
)


def read(body: Mapping[str, object], received: datetime) -> list[Event | SetAside]:
    return messaging_webhooks.read(body, received, TONGUE)
