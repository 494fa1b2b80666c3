"""What one message says: a value with one JSON form, stored, shown by the API, and hashed.

`{"text", "subtitle", "image_url", "buttons": [{"type": "url", "title", "url"} |
{"type": "postback", "title", "payload"}], "quick_replies": [{"title", "payload"}]}`.
A message that fills a template has a "template" instead (`domain.templated`), and no text.
Reading it accepts drafts: only what is not of this form is refused; limits are checked elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TypeVar

from webapp.domain import templated
from webapp.domain.errors import Invalid
from webapp.domain.templated import Templated
from webapp.domain.wording import Sentence, say

_FIELDS = ("text", "subtitle", "image_url", "buttons", "quick_replies", "template")
_BUTTON_FIELDS = {"url": ("type", "title", "url"), "postback": ("type", "title", "payload")}
UNSENDABLE = say("Remove the invisible control characters from this text.")
_MOST = 100  # entries in a list; far above any platform's limit
_UNSENDABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")

T = TypeVar("T")
Errors = dict[str, list[Sentence]]


@dataclass(frozen=True)
class UrlButton:
    title: str
    url: str

    def to_json(self) -> dict[str, object]:
        return {"type": "url", "title": self.title, "url": self.url}


@dataclass(frozen=True)
class PostbackButton:
    title: str
    payload: str

    def to_json(self) -> dict[str, object]:
        return {"type": "postback", "title": self.title, "payload": self.payload}


Button = UrlButton | PostbackButton


@dataclass(frozen=True)
class QuickReply:
    title: str
    payload: str

    def to_json(self) -> dict[str, object]:
        return {"title": self.title, "payload": self.payload}


@dataclass(frozen=True)
class Content:
    """Texts are trimmed and hold `\\n` line ends; an empty payload has become its title."""

    text: str = ""
    subtitle: str | None = None
    image_url: str | None = None
    buttons: tuple[Button, ...] = ()
    quick_replies: tuple[QuickReply, ...] = field(default=())
    template: Templated | None = None

    @classmethod
    def parse(cls, obj: object) -> Content:
        """Raises Invalid with dotted fields (`buttons.0.title`)."""
        errors: Errors = {}
        known = _known(obj, _FIELDS, "", errors)
        content = cls(
            text=_text(known, "text", "", errors),
            subtitle=_text(known, "subtitle", "", errors) or None,
            image_url=_text(known, "image_url", "", errors) or None,
            buttons=_each(known, "buttons", _button, errors),
            quick_replies=_each(known, "quick_replies", _quick_reply, errors),
            template=_template(known, errors),
        )
        if errors:
            raise Invalid(errors)
        return content

    def to_json(self) -> dict[str, object]:
        """Without a template the key is left out: messages written before keep their hash."""
        written: dict[str, object] = {
            "text": self.text,
            "subtitle": self.subtitle,
            "image_url": self.image_url,
            "buttons": [button.to_json() for button in self.buttons],
            "quick_replies": [reply.to_json() for reply in self.quick_replies],
        }
        return (
            written if self.template is None else {**written, "template": self.template.to_json()}
        )


class Shape(StrEnum):
    EMPTY = "empty"
    TEXT = "text"
    BUTTONS = "buttons"  # a text with buttons: the button template
    IMAGE = "image"
    CARD = "card"  # an image with the text as its title: the generic template
    TEMPLATE = "template"  # an approved template of the channel, filled


def shape(content: Content) -> Shape:
    if content.template is not None:
        return Shape.TEMPLATE
    if content.image_url:
        plain = not (content.text or content.subtitle or content.buttons)
        return Shape.IMAGE if plain else Shape.CARD
    if content.buttons:
        return Shape.BUTTONS
    return Shape.TEXT if content.text or content.subtitle else Shape.EMPTY


def templates(content: Content) -> Iterator[tuple[str, str]]:
    """Fields in which variables are read, in reading order. Payloads are for machines."""
    if content.template is not None:
        yield from content.template.templates()
        return
    yield "text", content.text
    yield "subtitle", content.subtitle or ""
    for index, button in enumerate(content.buttons):
        yield f"buttons.{index}.title", button.title
        if isinstance(button, UrlButton):
            yield f"buttons.{index}.url", button.url
    for index, reply in enumerate(content.quick_replies):
        yield f"quick_replies.{index}.title", reply.title


def mapped(
    content: Content,
    text: Callable[[str], str],
    address: Callable[[str], str] = lambda template: template,
) -> Content:
    return replace(
        content,
        text=text(content.text),
        subtitle=None if content.subtitle is None else text(content.subtitle),
        buttons=tuple(_mapped_button(button, text, address) for button in content.buttons),
        quick_replies=tuple(
            replace(reply, title=text(reply.title)) for reply in content.quick_replies
        ),
        template=None if content.template is None else content.template.mapped(text, address),
    )


def _mapped_button(
    button: Button, text: Callable[[str], str], address: Callable[[str], str]
) -> Button:
    if isinstance(button, UrlButton):
        return UrlButton(text(button.title), address(button.url))
    return PostbackButton(text(button.title), button.payload)


def _known(obj: object, names: tuple[str, ...], path: str, errors: Errors) -> Mapping[str, object]:
    if not isinstance(obj, Mapping):
        errors[path.rstrip(".") or "content"] = [
            say("Give an object with the fields %(fields)s.", fields=", ".join(names))
        ]
        return {}
    for name in obj:
        if name not in names:
            errors[f"{path}{name}"] = [
                say("There is no such field here; use %(fields)s.", fields=", ".join(names))
            ]
    return obj


def _text(known: Mapping[str, object], name: str, path: str, errors: Errors) -> str:
    value = known.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        errors[path + name] = [say("Give a text here.")]
        return ""
    if _UNSENDABLE.search(value.replace("\r", "\n")):
        errors[path + name] = [UNSENDABLE]
    return value.replace("\r\n", "\n").replace("\r", "\n").strip()


def _template(known: Mapping[str, object], errors: Errors) -> Templated | None:
    found = templated.parse(known.get("template"), errors)
    for key, value in found.values if found is not None else ():
        if _UNSENDABLE.search(value):
            errors[f"template.{key}"] = [UNSENDABLE]
    return found


def _each(
    known: Mapping[str, object],
    name: str,
    read: Callable[[object, str, Errors], T | None],
    errors: Errors,
) -> tuple[T, ...]:
    values = known.get(name)
    if values is None:
        return ()
    if not isinstance(values, list | tuple) or len(values) > _MOST:
        errors[name] = [say("Give a list of at most %(most)s entries here.", most=_MOST)]
        return ()
    entries = [read(value, f"{name}.{index}.", errors) for index, value in enumerate(values)]
    return tuple(entry for entry in entries if entry is not None)


def _button(obj: object, path: str, errors: Errors) -> Button | None:
    kind = obj.get("type") if isinstance(obj, Mapping) else None
    if not isinstance(kind, str) or kind not in _BUTTON_FIELDS:
        errors[f"{path}type"] = [say("Choose what the button does: url or postback.")]
        return None
    known = _known(obj, _BUTTON_FIELDS[kind], path, errors)
    title = _text(known, "title", path, errors)
    if kind == "url":
        return UrlButton(title, _text(known, "url", path, errors))
    return PostbackButton(title, _text(known, "payload", path, errors) or title)


def _quick_reply(obj: object, path: str, errors: Errors) -> QuickReply | None:
    known = _known(obj, ("title", "payload"), path, errors)
    title = _text(known, "title", path, errors)
    return QuickReply(title, _text(known, "payload", path, errors) or title)
