"""The values of a filled template on the wire: `TemplateUse.components` of each platform.

Messenger: developers.facebook.com, send-messages/utility-messages (2026-03-13). There a picture is
part of the template and the values of all buttons travel together; WhatsApp takes a picture's
address with each message and a part for each button (facts A3).
"""

from __future__ import annotations

from collections.abc import Sequence

from webapp.domain.templated import Parameter, Part
from webapp.platforms.meta_message import Json


def components(platform: str, parts: Sequence[Part]) -> tuple[Json, ...]:
    """Nothing for a closed template. A platform without templates has nothing to send."""
    return whatsapp(parts) if platform == "whatsapp" else messenger(parts)


def messenger(parts: Sequence[Part]) -> tuple[Json, ...]:
    texts = [_texts(part) for part in parts if part.place != "button"]
    ends: list[Json] = [
        {"type": "URL", "url": parameter.value}
        for part in parts
        if part.place == "button"
        for parameter in part.parameters
    ]
    buttons: list[Json] = [{"type": "buttons", "parameters": ends}] if ends else []
    return (*texts, *buttons)


def whatsapp(parts: Sequence[Part]) -> tuple[Json, ...]:
    return tuple(_button(part) if part.place == "button" else _texts(part) for part in parts)


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
