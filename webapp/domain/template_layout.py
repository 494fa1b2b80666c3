"""What a template shows and what is left open in it, read from the platform's components.

An open place is a slot: `body.1` or `body.order_id` in the text, `header.1` in the heading,
`header.image` for a picture, `buttons.0` for the end of a button's address.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

PLACEHOLDER = re.compile(r"\{\{\s*(\w+)\s*\}\}", re.ASCII)
STATIC_BUTTONS = frozenset({"quick_reply", "postback", "phone_number"})
IMAGE = "image"

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class TemplateButton:
    """`url` is what a button of the type `url` opens; it may end in one placeholder."""

    type: str
    text: str
    url: str = ""

    @property
    def open(self) -> bool:
        return bool(PLACEHOLDER.search(self.url))


@dataclass(frozen=True, slots=True)
class Slot:
    """One open place. `name` is the placeholder's own; a button's slot has its place in the row."""

    key: str
    place: str  # header | body | buttons
    name: str
    index: int = 0

    @property
    def is_image(self) -> bool:
        return self.key == "header.image"


@dataclass(frozen=True, slots=True)
class Layout:
    """`image`: whether a picture stands on top, and `image_url` which, once it is known.

    `beyond` names parts that cannot be filled from here: such a template is shown, never sent.
    """

    body: str = ""
    header: str = ""
    image: bool = False
    image_url: str = ""
    footer: str = ""
    buttons: tuple[TemplateButton, ...] = ()
    beyond: tuple[str, ...] = ()

    def slots(self, *, image_is_sent: bool) -> tuple[Slot, ...]:
        """Every open place in reading order. `image_is_sent`: the picture travels with each
        message (WhatsApp), instead of being part of the template (Messenger)."""
        return tuple(self._slots(image_is_sent=image_is_sent))

    @property
    def named(self) -> bool:
        """Whether its texts use names instead of numbers."""
        names = PLACEHOLDER.findall(f"{self.header} {self.body}")
        return not all(name.isdigit() for name in names)

    def filled(self, value: Callable[[str], str]) -> Layout:
        """With `value(slot key)` in its open places; one without a value stays as it is."""
        return replace(
            self,
            header=_put(self.header, "header", value),
            body=_put(self.body, "body", value),
            image_url=(value("header.image") if self.image else "") or self.image_url,
            buttons=tuple(
                replace(button, url=_ended(button.url, value(f"buttons.{index}")))
                for index, button in enumerate(self.buttons)
            ),
        )

    def texts(self) -> Iterator[str]:
        """Everything a person reads in it."""
        yield from (text for text in (self.header, self.body, self.footer) if text)
        yield from (button.text for button in self.buttons)

    def to_json(self) -> list[Json]:
        """Components again, which `read` understands."""
        found: list[Json] = []
        if self.image:
            found.append({"type": "HEADER", "format": "IMAGE", "text": self.header})
        elif self.header:
            found.append({"type": "HEADER", "format": "TEXT", "text": self.header})
        found.append({"type": "BODY", "text": self.body})
        if self.footer:
            found.append({"type": "FOOTER", "text": self.footer})
        if self.buttons:
            buttons = [{"type": b.type, "text": b.text, "url": b.url} for b in self.buttons]
            found.append({"type": "BUTTONS", "buttons": buttons})
        found += [{"type": name} for name in self.beyond]
        return found

    def _slots(self, *, image_is_sent: bool) -> Iterator[Slot]:
        if self.image and image_is_sent:
            yield Slot("header.image", "header", IMAGE)
        for place, text in (("header", self.header), ("body", self.body)):
            for name in _names(text):
                yield Slot(f"{place}.{name}", place, name)
        for index, button in enumerate(self.buttons):
            if button.open:
                name = PLACEHOLDER.findall(button.url)[0]
                yield Slot(f"buttons.{index}", "buttons", name, index)


def _names(text: str) -> list[str]:
    """Numbers in their order, whatever their order in the text: values travel by position."""
    names = list(dict.fromkeys(PLACEHOLDER.findall(text)))
    return sorted(names, key=int) if all(name.isdigit() for name in names) else names


def read(components: object) -> Layout:
    """Never raises: what is not understood is named in `beyond`."""
    layout = Layout()
    for part in components if isinstance(components, Sequence) else ():
        if isinstance(part, Mapping):
            layout = _READERS.get(_word(part, "type"), _beyond)(layout, part)
    return layout


def _header(layout: Layout, part: Mapping[str, object]) -> Layout:
    form = _word(part, "format") or "text"
    if form == "text":
        return replace(layout, header=_text(part, "text"))
    if form == IMAGE:
        return replace(layout, image=True, header=_text(part, "text"))
    return replace(layout, beyond=(*layout.beyond, form))


def _body(layout: Layout, part: Mapping[str, object]) -> Layout:
    return replace(layout, body=_text(part, "text"))


def _footer(layout: Layout, part: Mapping[str, object]) -> Layout:
    return replace(layout, footer=_text(part, "text"))


def _buttons(layout: Layout, part: Mapping[str, object]) -> Layout:
    listed = part.get("buttons")
    given = [b for b in listed if isinstance(b, Mapping)] if isinstance(listed, Sequence) else []
    made = tuple(TemplateButton(_word(b, "type"), _text(b, "text"), _url(b)) for b in given)
    strange = tuple(
        button.type or "button"
        for button, source in zip(made, given, strict=True)
        if button.type not in {*STATIC_BUTTONS, "url"} or _payload_is_open(source)
    )
    return replace(layout, buttons=made, beyond=(*layout.beyond, *strange))


def _beyond(layout: Layout, part: Mapping[str, object]) -> Layout:
    return replace(layout, beyond=(*layout.beyond, _word(part, "type") or "?"))


_READERS: Mapping[str, Callable[[Layout, Mapping[str, object]], Layout]] = {
    "header": _header,
    "body": _body,
    "footer": _footer,
    "buttons": _buttons,
}


def _put(text: str, place: str, value: Callable[[str], str]) -> str:
    return PLACEHOLDER.sub(lambda match: value(f"{place}.{match[1]}") or match[0], text)


def _ended(url: str, end: str) -> str:
    return PLACEHOLDER.sub(lambda match: end or match[0], url)


def _payload_is_open(button: Mapping[str, object]) -> bool:
    """A postback whose payload has a placeholder wants a value for machines: not from here."""
    return bool(PLACEHOLDER.search(_text(button, "payload")))


def _url(button: Mapping[str, object]) -> str:
    return _text(button, "url")


def _word(part: Mapping[str, object], name: str) -> str:
    return _text(part, name).strip().lower()


def _text(part: Mapping[str, object], name: str) -> str:
    value = part.get(name)
    return value if isinstance(value, str) else ""
