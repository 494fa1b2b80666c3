"""A message that fills a template: which one, as it read when it was chosen, and the values.

The layout is kept with the message, so that preview and send are the same and a template that
changes on the platform afterwards is noticed instead of being sent differently.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from webapp.domain import template_layout
from webapp.domain.template_layout import Layout, Slot
from webapp.domain.wording import Sentence, say

TEXTS = ("name", "language", "category", "platform")
FIELDS = (*TEXTS, "components", "values")
SENDS_ITS_IMAGE = frozenset({"whatsapp"})
LONGEST_VALUE = 2000  # characters; far above what any slot takes
_SPACES = re.compile(r"\s+")

Errors = dict[str, list[Sentence]]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One value of a sent template. `kind`: text, image, or the url's end of a button.

    `name` is set for templates whose placeholders have names.
    """

    kind: str
    value: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """The values of one component. `index` is a button's place in the row."""

    place: str  # header | body | button
    parameters: tuple[Parameter, ...]
    index: int | None = None


@dataclass(frozen=True, slots=True)
class Templated:
    """`values` by slot key, each a text in which variables are read: `Hi {{first_name|there}}`."""

    name: str
    language: str
    category: str = ""
    platform: str = ""
    layout: Layout = field(default_factory=Layout)
    values: tuple[tuple[str, str], ...] = ()

    @property
    def slots(self) -> tuple[Slot, ...]:
        return self.layout.slots(image_is_sent=self.platform in SENDS_ITS_IMAGE)

    @property
    def filled(self) -> Layout:
        """What a person sees; of a message that is not rendered yet, with its variables."""
        given = dict(self.values)
        return self.layout.filled(lambda key: given.get(key, ""))

    def value(self, slot: Slot) -> str:
        return dict(self.values).get(slot.key, "")

    def templates(self) -> Iterator[tuple[str, str]]:
        """The values of its slots by field, in reading order."""
        given = dict(self.values)
        for slot in self.slots:
            yield f"template.{slot.key}", given.get(slot.key, "")

    def mapped(self, text: Callable[[str], str], address: Callable[[str], str]) -> Templated:
        """A value stands on one line: the platforms refuse line breaks and rows of spaces."""
        given = dict(self.values)

        def put(slot: Slot) -> str:
            reads = address if slot.is_image or slot.place == "buttons" else text
            return _SPACES.sub(" ", reads(given.get(slot.key, ""))).strip()

        return replace(self, values=tuple((slot.key, put(slot)) for slot in self.slots))

    def parts(self) -> tuple[Part, ...]:
        """What travels to the platform, of a rendered message; nothing for a closed template."""
        return tuple(self._parts())

    def to_json(self) -> dict[str, object]:
        return {
            "name": self.name,
            "language": self.language,
            "category": self.category,
            "platform": self.platform,
            "components": self.layout.to_json(),
            "values": dict(self.values),
        }

    def _parts(self) -> Iterator[Part]:
        given = dict(self.values)
        for place in ("header", "body"):
            found = tuple(
                self._parameter(slot, given.get(slot.key, ""))
                for slot in self.slots
                if slot.place == place
            )
            if found:
                yield Part(place, found)
        for slot in self.slots:
            if slot.place == "buttons":
                yield Part("button", (Parameter("url", given.get(slot.key, "")),), slot.index)

    def _parameter(self, slot: Slot, value: str) -> Parameter:
        if slot.is_image:
            return Parameter("image", value)
        return Parameter("text", value, slot.name if self.layout.named else None)


def parse(obj: object, errors: Errors) -> Templated | None:
    """From a message's JSON; puts what is wrong into `errors` under `template`."""
    if obj is None:
        return None
    if not isinstance(obj, Mapping):
        errors["template"] = [say("Give an object with the fields %(fields)s.",
                                  fields=", ".join(FIELDS))]  # fmt: skip
        return None
    for name in obj:
        if name not in FIELDS:
            errors[f"template.{name}"] = [
                say("There is no such field here; use %(fields)s.", fields=", ".join(FIELDS))
            ]
    texts = {name: _text(obj, name, errors) for name in TEXTS}
    for name in ("name", "language"):
        if not texts[name] and f"template.{name}" not in errors:
            errors[f"template.{name}"] = [say("Give the template's name and its language.")]
    values = _values(obj.get("values"), errors)
    return Templated(**texts, layout=template_layout.read(obj.get("components")), values=values)


def _values(given: object, errors: Errors) -> tuple[tuple[str, str], ...]:
    if given is None:
        return ()
    if not isinstance(given, Mapping):
        errors["template.values"] = [say("Give an object: a text for each open place.")]
        return ()
    found = []
    for key, value in given.items():
        if not isinstance(value, str) or len(value) > LONGEST_VALUE:
            errors[f"template.{key}"] = [say("Give a text of at most %(most)s characters here.",
                                             most=LONGEST_VALUE)]  # fmt: skip
        else:
            found.append((str(key), value.strip()))
    return tuple(sorted(found))


def _text(obj: Mapping[str, object], name: str, errors: Errors) -> str:
    value = obj.get(name)
    if value is None or isinstance(value, str):
        return (value or "").strip()
    errors[f"template.{name}"] = [say("Give a text here.")]
    return ""
