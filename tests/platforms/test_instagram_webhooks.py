"""Instagram's turns on Messenger's events (facts 5.5), each read to its event."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from webapp.domain.event import INSTAGRAM, Event, EventKind, Opener, SetAside, opens_window
from webapp.platforms import registry

REGISTRY = registry.default()
ACCOUNT, ANA = "17841400", "9988"
AT = datetime(2026, 11, 22, 12, 0, 0, 123000, tzinfo=UTC)
MS = int(AT.timestamp() * 1000)
RECEIVED = AT + timedelta(minutes=1)


def read(body: object) -> Sequence[Event | SetAside]:
    return REGISTRY.read_webhook(body, RECEIVED)


def posted(*items: Any, under: str = "messaging") -> dict[str, Any]:
    return {"object": "instagram", "entry": [{"id": ACCOUNT, "time": MS, under: list(items)}]}


def told(what: dict[str, Any], **around: Any) -> dict[str, Any]:
    return {"sender": {"id": ANA}, "recipient": {"id": ACCOUNT}, "timestamp": MS, **around, **what}


def one(what: dict[str, Any], **around: Any) -> Event:
    (reading,) = read(posted(told(what, **around)))
    assert isinstance(reading, Event), reading
    return reading


STORY = {"story": {"id": "s1", "url": "https://example.test/s1"}}
MENTION = {"type": "story_mention", "payload": {"url": "u"}}


@pytest.mark.parametrize(
    ("what", "kind", "opener"),
    [
        ({"message": {"mid": "m", "text": "Oi"}}, EventKind.MESSAGE, Opener.MESSAGE),
        (
            {"message": {"mid": "m", "text": "Oi", "reply_to": STORY}},
            EventKind.MESSAGE,
            Opener.MESSAGE,
        ),
        (
            {"message": {"mid": "m", "text": "Oi", "referral": {"source": "ADS", "ad_id": "1"}}},
            EventKind.MESSAGE,
            Opener.AD_MESSAGE,
        ),
        ({"message": {"mid": "m", "attachments": [MENTION]}}, EventKind.MESSAGE, None),
        ({"message": {"mid": "m", "is_unsupported": True}}, EventKind.MESSAGE, Opener.MESSAGE),
        ({"message": {"mid": "m", "is_deleted": True}}, EventKind.MESSAGE_DELETED, None),
        ({"message_edit": {"mid": "m", "text": "x", "num_edit": 1}}, EventKind.MESSAGE_EDIT, None),
        ({"postback": {"mid": "m", "title": "a", "payload": "B"}}, EventKind.POSTBACK,
         Opener.POSTBACK),
        ({"reaction": {"mid": "m", "action": "react", "emoji": "x"}}, EventKind.REACTION,
         Opener.REACTION),
        ({"reaction": {"mid": "m", "action": "unreact"}}, EventKind.UNREACTION, None),
        ({"read": {"mid": "m"}}, EventKind.READ, None),
        ({"referral": {"ref": "r", "source": "SHORTLINK"}}, EventKind.REFERRAL, None),
    ],
)  # fmt: skip
def test_what_happens_is_read_and_opens_what_it_may(
    what: dict[str, Any], kind: EventKind, opener: Opener | None
) -> None:
    event = one(what)
    assert (event.kind, event.channel_key, event.person_key) == (kind, ACCOUNT, ANA)
    assert event.at == AT
    assert opens_window(event, INSTAGRAM) is opener


def test_an_echo_comes_among_the_messages_and_brings_what_it_brings() -> None:
    said = {"mid": "m", "is_echo": True, "text": "Hello", "metadata": "fl:7"}
    event = one({"message": said}, sender={"id": ACCOUNT}, recipient={"id": ANA})
    assert (event.kind, event.person_key, event.metadata) == (EventKind.ECHO, ANA, "fl:7")


def test_an_answer_to_a_story_and_a_product_link_are_told() -> None:
    event = one({"message": {"mid": "m", "text": "x", "reply_to": STORY}})
    assert event.attachments == ("story_reply",)
    product = one({"message": {"mid": "m", "text": "x", "referral": {"product": {"id": "p1"}}}})
    assert product.ref == "p1"


@pytest.mark.parametrize("emoji", ["\\u{2764}\\u{FE0F}", "❤️"])
def test_an_emoji_is_read_however_it_is_written(emoji: str) -> None:
    assert one({"reaction": {"mid": "m", "action": "react", "emoji": emoji}}).text == "❤️"


@pytest.mark.parametrize("field", ["comments", "live_comments"])
def test_a_comment_is_told_and_opens_no_window(field: str) -> None:
    value = {"id": "c1", "text": "how much?", "from": {"id": "55", "username": "ana"},
             "media": {"id": "p1"}}  # fmt: skip
    (event,) = read(posted({"field": field, "value": value}, under="changes"))
    assert isinstance(event, Event)
    assert (event.kind, event.person_key, event.mid) == (EventKind.COMMENT, None, "c1")
    assert opens_window(event, INSTAGRAM) is None


@pytest.mark.parametrize("value", [{}, {"id": "c", "from": {"id": ACCOUNT}}, None, "x"])
def test_a_comment_without_use_is_set_aside(value: object) -> None:
    (reading,) = read(posted({"field": "comments", "value": value}, under="changes"))
    assert isinstance(reading, SetAside)


def test_a_message_under_changes_is_read_as_the_dashboard_sends_it() -> None:
    inner = told({"message": {"mid": "m", "text": "x"}})
    (event,) = read(posted({"field": "messages", "value": inner}, under="changes"))
    assert isinstance(event, Event)
    assert event.kind is EventKind.MESSAGE


@pytest.mark.parametrize("name", ["optin", "delivery", "hologram"])
def test_what_instagram_does_not_have_is_set_aside(name: str) -> None:
    (reading,) = read(posted(told({name: {}})))
    assert isinstance(reading, SetAside)
    assert name in str(reading.reason)
