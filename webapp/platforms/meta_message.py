"""The `message` object that Messenger and its paid twin share: text, picture, buttons, card."""

from __future__ import annotations

from collections.abc import Mapping

from webapp.domain import content as contents
from webapp.domain.content import Button, Content, Shape, UrlButton

Json = dict[str, object]


def message(content: Content) -> Json:
    """One post in the platform's words; its length was checked before."""
    return {**_body(content), **_quick_replies(content)}


def _body(content: Content) -> Json:
    match contents.shape(content):
        case Shape.IMAGE:
            return {"attachment": _image(content)}
        case Shape.BUTTONS:
            return {
                "attachment": _template("button", {"text": _text(content), **_buttons(content)})
            }
        case Shape.CARD:
            return {"attachment": _template("generic", {"elements": [_card(content)]})}
        case _:
            return {"text": _text(content)}


def _text(content: Content) -> str:
    return "\n".join(part for part in (content.text, content.subtitle) if part)


def _image(content: Content) -> Json:
    return {"type": "image", "payload": {"url": content.image_url, "is_reusable": True}}


def _card(content: Content) -> Json:
    card: Json = {"title": content.text, "image_url": content.image_url}
    if content.subtitle:
        card["subtitle"] = content.subtitle
    return {**card, **_buttons(content)}


def _template(kind: str, payload: Mapping[str, object]) -> Json:
    return {"type": "template", "payload": {"template_type": kind, **payload}}


def _buttons(content: Content) -> Json:
    return {"buttons": [_button(button) for button in content.buttons]} if content.buttons else {}


def _button(button: Button) -> Json:
    if isinstance(button, UrlButton):
        return {"type": "web_url", "title": button.title, "url": button.url}
    return {"type": "postback", "title": button.title, "payload": button.payload}


def _quick_replies(content: Content) -> Json:
    replies: list[Json] = [
        {"content_type": "text", "title": reply.title, "payload": reply.payload}
        for reply in content.quick_replies
    ]
    return {"quick_replies": replies} if replies else {}
