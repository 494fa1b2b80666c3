"""The limits of what is said, at the limit and one beyond."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.conftest import ANA, Platform, refusal


def reply(title: str = "Yes") -> dict[str, Any]:
    return {"content_type": "text", "title": title, "payload": "P"}


def button(title: str = "Go", **more: Any) -> dict[str, Any]:
    return {"type": "postback", "title": title, "payload": "P", **more}


def template(**payload: Any) -> dict[str, Any]:
    return {"attachment": {"type": "template", "payload": payload}}


def buttons(*given: dict[str, Any], text: str = "Choose") -> dict[str, Any]:
    return template(template_type="button", text=text, buttons=list(given))


def cards(*elements: dict[str, Any]) -> dict[str, Any]:
    return template(template_type="generic", elements=list(elements))


def card(**more: Any) -> dict[str, Any]:
    return {"title": "Rose", "subtitle": "Red", **more}


def link(url: str) -> dict[str, Any]:
    return {"type": "web_url", "title": "Shop", "url": url}


def media(kind: str, url: str) -> dict[str, Any]:
    return {"attachment": {"type": kind, "payload": {"url": url}}}


TAKEN = {
    "2,000 characters": {"text": "é" * 2000},
    "thirteen quick replies": {"text": "Hi", "quick_replies": [reply()] * 13},
    "a quick reply with a long title, which is cut": {
        "text": "Hi",
        "quick_replies": [reply("x" * 40)],
    },
    "999 characters of metadata": {"text": "Hi", "metadata": "m" * 999},
    "three buttons under 640 characters": buttons(*[button("x" * 20)] * 3, text="x" * 640),
    "a link": buttons(link("https://rosewood.example/sale")),
    "ten cards": cards(*[card(title="x" * 80, subtitle="x" * 80)] * 10),
    "an image": media("image", "https://rosewood.example/a.jpg"),
    "several images": {
        "attachments": [media("image", "https://x.example/a.jpg")["attachment"]] * 3
    },
    "an opt-in request": template(
        template_type="notification_messages", title="x" * 65, payload="p"
    ),
    "a media template": template(
        template_type="media", elements=[{"media_type": "image", "url": "https://x.example"}]
    ),
}
REFUSED: dict[str, tuple[Any, int | None]] = {
    "nothing": ({}, None),
    "only metadata": ({"metadata": "m"}, 2018014),
    "an empty text": ({"text": ""}, 2018014),
    "text and attachment": ({"text": "Hi", **media("image", "https://x.example")}, 2018014),
    "2,001 characters": ({"text": "x" * 2001}, None),
    "a text that is a number": ({"text": 7}, None),
    "1,000 characters of metadata": ({"text": "Hi", "metadata": "m" * 1000}, None),
    "fourteen quick replies": ({"text": "Hi", "quick_replies": [reply()] * 14}, None),
    "a quick reply of an unknown type": (
        {"text": "Hi", "quick_replies": [{"content_type": "location"}]},
        None,
    ),
    "no buttons": (buttons(), None),
    "four buttons": (buttons(*[button()] * 4), None),
    "a button of 21 characters": (buttons(button("x" * 21)), None),
    "a button without payload": (buttons({"type": "postback", "title": "Go"}), None),
    "a payload of 1,001 characters": (buttons(button(payload="p" * 1001)), None),
    "641 characters above buttons": (buttons(button(), text="x" * 641), None),
    "a link without a scheme": (buttons(link("rosewood.example")), None),
    "a button of an unknown kind": (buttons({"type": "share", "title": "Share"}), None),
    "no cards": (cards(), None),
    "eleven cards": (cards(*[card()] * 11), None),
    "a card title of 81 characters": (cards(card(title="x" * 81)), None),
    "a subtitle of 81 characters": (cards(card(subtitle="x" * 81)), None),
    "a card with a title only": (cards({"title": "Rose"}), None),
    "a file that cannot be fetched": (media("image", "file:///etc/passwd"), 2018008),
    "an attachment of an unknown type": (media("hologram", "https://x.example"), 2018047),
    "someone else's upload": (
        {"attachment": {"type": "image", "payload": {"attachment_id": "1"}}},
        2018074,
    ),
    "a template of an unknown type": (template(template_type="list"), None),
    "an opt-in title of 66 characters": (
        template(template_type="notification_messages", title="x" * 66, payload="p"),
        None,
    ),
}


@pytest.mark.parametrize("message", TAKEN.values(), ids=list(TAKEN))
def test_the_platform_takes(platform: Platform, message: dict[str, Any]) -> None:
    answer = platform.send(ANA, message)
    assert answer.status == 200, answer.body


@pytest.mark.parametrize(("message", "subcode"), REFUSED.values(), ids=list(REFUSED))
def test_the_platform_refuses(platform: Platform, message: Any, subcode: int | None) -> None:
    assert refusal(platform.send(ANA, message)) == (100, subcode)


def test_an_upload_can_be_sent_by_its_id(platform: Platform) -> None:
    kept = platform.ask(
        "POST", "/me/message_attachments", {"message": media("image", "https://x.example/a.jpg")}
    )
    payload = {"attachment_id": kept.body["attachment_id"]}
    assert platform.send(ANA, {"attachment": {"type": "image", "payload": payload}}).status == 200
