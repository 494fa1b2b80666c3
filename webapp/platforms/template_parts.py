"""A filled template on the wire. Messenger and WhatsApp differ in their buttons and pictures.

Messenger: developers.facebook.com, send-messages/utility-messages (2026-03-13). There a picture is
part of the template and the values of all buttons travel together; WhatsApp takes a picture's
address with each message and a part for each button (facts A3).
"""

from __future__ import annotations

from webapp.domain.templated import Parameter, Part
from webapp.platforms.meta_message import Json
from webapp.platforms.protocol import TemplateUse


def messenger(use: TemplateUse) -> Json:
    texts = [_texts(part) for part in use.parts if part.place != "button"]
    ends = [
        {"type": "URL", "url": parameter.value}
        for part in use.parts
        if part.place == "button"
        for parameter in part.parameters
    ]
    buttons: list[Json] = [{"type": "buttons", "parameters": ends}] if ends else []
    return _named(use, [*texts, *buttons])


def whatsapp(use: TemplateUse) -> Json:
    return _named(
        use, [_button(part) if part.place == "button" else _texts(part) for part in use.parts]
    )


def _named(use: TemplateUse, components: list[Json]) -> Json:
    return {"name": use.name, "language": {"code": use.language}, "components": components}


def _texts(part: Part) -> Json:
    return {"type": part.place, "parameters": [_parameter(it) for it in part.parameters]}


def _parameter(it: Parameter) -> Json:
    if it.kind == "image":
        return {"type": "image", "image": {"link": it.value}}
    named: Json = {"parameter_name": it.name} if it.name is not None else {}
    return {"type": "text", **named, "text": it.value}


def _button(part: Part) -> Json:
    values: list[Json] = [{"type": "text", "text": it.value} for it in part.parameters]
    return {"type": "button", "sub_type": "url", "index": str(part.index), "parameters": values}
