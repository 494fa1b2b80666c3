"""What is wrong with how a template is filled, before anything is sent."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from webapp.domain import variables
from webapp.domain.subscriber import Facts
from webapp.domain.template_layout import Slot
from webapp.domain.templated import Templated
from webapp.domain.wording import Sentence, say

# Characters of a template's parts (facts A3, WhatsApp). Messenger's pages name none, so the same.
BODY, HEADER, FOOTER, NAME = 1024, 60, 60, 512
URL = 2000


def problems(used: Templated) -> Iterator[tuple[str, Sentence]]:
    """Field and sentence; the values' own variables are looked at elsewhere."""
    for part in used.layout.beyond:
        yield (
            "template",
            say(
                "The template %(name)s has a part that cannot be filled from here (%(part)s). "
                "Choose another one.",
                name=used.name,
                part=part,
            ),
        )
    for slot in used.slots:
        sentence = _problem(used, slot)
        if sentence is not None:
            yield f"template.{slot.key}", sentence


def _problem(used: Templated, slot: Slot) -> Sentence | None:
    value = used.value(slot)
    if not value:
        return _missing(slot)
    if slot.is_image and not _is_https(_filled(value)):
        return say("Give the image's whole address, beginning with https://.")
    if slot.place == "buttons" and len(used.layout.buttons[slot.index].url) + len(value) > URL:
        return say("This address is too long: keep it under %(most)s characters.", most=URL)
    return None


def _missing(slot: Slot) -> Sentence:
    if slot.is_image:
        return say("Give the address of the picture on top.")
    if slot.place == "buttons":
        return say("Give the end of the address of button %(n)s.", n=slot.index + 1)
    return say("Fill in %(place)s.", place=f"{{{{{slot.name}}}}}")


def _filled(value: str) -> str:
    return variables.filled(value, Facts(), encode=variables.encoded)


def _is_https(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname) and not any(map(str.isspace, address))
