"""The message step of kinds that fill a template: what to choose from, and its open places."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from webapp.domain import template, template_layout, template_samples
from webapp.domain.content import Content
from webapp.domain.errors import Invalid
from webapp.domain.template_layout import Slot
from webapp.domain.templated import Templated
from webapp.domain.wording import Sentence, say
from webapp.forms import messages as message_forms
from webapp.models.broadcast import Broadcast
from webapp.models.template import Template
from webapp.services import templates
from webapp.store import templates as stored
from webapp.views import access


@dataclass(frozen=True)
class Place:
    """A field of the form: one open place of the template."""

    name: str
    label: Sentence
    value: str
    hint: Sentence | None
    address: bool


def context(broadcast: Broadcast, content: Content, opened: str | None) -> dict[str, Any]:
    """What the step shows; cheap for every other kind and while it is closed."""
    session = access.current().session
    wanted = templates.category_for(session, broadcast)
    if wanted is None or opened != "message":
        return {"templated": wanted is not None}
    found = templates.choices(session, broadcast)
    return {
        "templated": True,
        "template_category": template.category_words(wanted),
        "template_choices": [_choice(row) for row in found],
        "template_slots": _places(broadcast, content.template) if content.template else [],
    }


def typed(broadcast: Broadcast, values: Mapping[str, str]) -> Content:
    """What the form holds, with the template it names as it reads now. Raises Invalid."""
    content = message_forms.content(values)
    return templates.completed(access.current().session, broadcast, content)


def typed_or(broadcast: Broadcast, values: Mapping[str, str], otherwise: Content) -> Content:
    """The same for a form that could not be read: `otherwise`."""
    try:
        return typed(broadcast, values)
    except Invalid:
        return otherwise


def _choice(row: Template) -> tuple[str, Sentence, Sentence]:
    layout = template_layout.read(row.components)
    label = say("%(name)s (%(language)s)", name=row.name, language=row.language)
    return f"{row.language} {row.name}", label, say("%(words)s", words=layout.body)


def _places(broadcast: Broadcast, used: Templated) -> list[Place]:
    row = stored.named(access.current().session, broadcast.channel_id, used.name, used.language)
    samples = {} if row is None else template_samples.read(row.components)
    return [
        Place(
            name=f"{message_forms.SLOT}{slot.key}",
            label=_label(slot, used),
            value=used.value(slot),
            hint=_hint(slot, used, samples.get(slot.key)),
            address=slot.is_image or slot.place == "buttons",
        )
        for slot in used.slots
    ]


def _label(slot: Slot, used: Templated) -> Sentence:
    if slot.is_image:
        return say("Picture on top")
    if slot.place == "buttons":
        return say(
            "End of the address of “%(button)s”", button=used.layout.buttons[slot.index].text
        )
    name = f"{{{{{slot.name}}}}}"
    if slot.place == "header":
        return say("%(name)s in the heading", name=name)
    return say("%(name)s in the text", name=name)


def _hint(slot: Slot, used: Templated, sample: str | None) -> Sentence | None:
    if slot.is_image:
        return say("Its whole address, beginning with https://.")
    if slot.place == "buttons":
        start = template_layout.PLACEHOLDER.split(used.layout.buttons[slot.index].url)[0]
        return say("It is put after %(start)s", start=start)
    return say("Such as: %(sample)s", sample=sample) if sample else None
