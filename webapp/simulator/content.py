"""What may be said: the limits of a message's parts (facts, section 2.2; Meta's pages of 2026).

Counts are of characters. A quick reply's title longer than 20 is cut by the platform, not refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from webapp.simulator import errors
from webapp.simulator.answers import Json
from webapp.simulator.errors import Refusal

TEXT, BUTTON_TEXT, BUTTON_TITLE, PAYLOAD = 2000, 640, 20, 1000
BUTTONS, QUICK_REPLIES, ELEMENTS, IMAGES = 3, 13, 10, 10
CARD_TITLE, CARD_SUBTITLE, OPT_IN_TITLE, METADATA = 80, 80, 65, 1000
MEDIA = frozenset({"audio", "video"})  # what counts against the ten a second
ATTACHMENTS = frozenset({"image", "video", "audio", "file"})
QUICK_REPLY_TYPES = frozenset({"text", "user_phone_number", "user_email"})


def check(message: Any) -> Json:
    """The message itself, if the platform would take it; raises the refusal otherwise."""
    if not isinstance(message, dict) or not message:
        raise errors.required("message")
    _check_metadata(message.get("metadata"))
    said = [name for name in ("text", "attachment", "attachments", "template") if message.get(name)]
    if message.get("sticker_id"):
        said.append("sticker_id")
    if len(said) != 1:
        raise errors.bad_parameter("Message must have either text or an attachment", 2018014)
    _PARTS[said[0]](message[said[0]])
    _check_quick_replies(message.get("quick_replies"))
    return message


def kind(message: Json) -> str:
    """ "text", an attachment's type, or a template's: for the rate limit and the crowd."""
    attachment = message.get("attachment") or {}
    if attachment.get("type") == "template":
        return str(attachment.get("payload", {}).get("template_type"))
    return str(attachment.get("type") or "text")


def buttons(message: Json) -> list[Json]:
    """Every button a person could press, quick replies not counted."""
    payload = (message.get("attachment") or {}).get("payload") or {}
    cards = [payload, *payload.get("elements", [])] if isinstance(payload, dict) else []
    return [button for card in cards for button in card.get("buttons") or []]


def check_buttons(given: Any, where: str) -> None:
    if not isinstance(given, list) or not 1 <= len(given) <= BUTTONS:
        raise errors.bad_parameter(f"{where}[buttons] must hold 1 to {BUTTONS} buttons")
    for button in given:
        _check_button(button, where)


def _check_text(text: Any) -> None:
    _check_length("message[text]", text, TEXT)


def _check_metadata(metadata: Any) -> None:
    if metadata is not None and len(str(metadata)) >= METADATA:
        raise errors.too_long("message[metadata]", METADATA - 1)


def _check_length(name: str, text: Any, limit: int, *, needed: bool = True) -> None:
    if not text and needed:
        raise errors.required(name)
    if text is not None and not isinstance(text, str):
        raise errors.bad_parameter(f"{name} must be a string")
    if text and len(text) > limit:
        raise errors.too_long(name, limit)


def _check_quick_replies(given: Any) -> None:
    if given is None:
        return
    if not isinstance(given, list) or not 1 <= len(given) <= QUICK_REPLIES:
        raise errors.bad_parameter(f"message[quick_replies] must hold 1 to {QUICK_REPLIES} items")
    for reply in given:
        kind_of = reply.get("content_type") if isinstance(reply, dict) else None
        if kind_of not in QUICK_REPLY_TYPES:
            raise errors.bad_parameter("message[quick_replies][content_type] is not supported")
        if kind_of == "text":
            _check_length("message[quick_replies][title]", reply.get("title"), 10**6)
            _check_length("message[quick_replies][payload]", reply.get("payload"), PAYLOAD)


def _check_button(button: Any, where: str) -> None:
    if not isinstance(button, dict):
        raise errors.bad_parameter(f"{where}[buttons] must hold objects")
    kind_of = button.get("type")
    if kind_of == "web_url":
        _check_url(f"{where}[buttons][url]", button.get("url"))
    elif kind_of in {"postback", "phone_number"}:
        _check_length(f"{where}[buttons][payload]", button.get("payload"), PAYLOAD)
    elif kind_of not in {"account_link", "account_unlink", "audio_call"}:
        raise errors.bad_parameter(f"{where}[buttons][type] is not supported")
    if kind_of not in {"account_link", "account_unlink"}:
        _check_length(f"{where}[buttons][title]", button.get("title"), BUTTON_TITLE)


def _check_url(name: str, url: Any) -> None:
    if not isinstance(url, str) or not url.startswith(("http://", "https://")):
        raise errors.bad_parameter(f"{name} must be an absolute http or https address")


def _check_attachment(attachment: Any) -> None:
    if not isinstance(attachment, dict):
        raise errors.bad_parameter("message[attachment] must be an object")
    payload = attachment.get("payload")
    if not isinstance(payload, dict):
        raise errors.required("message[attachment][payload]")
    if attachment.get("type") == "template":
        _check_template(payload)
    elif attachment.get("type") in ATTACHMENTS:
        check_media(payload)
    else:
        raise errors.bad_parameter("message[attachment][type] is not supported", 2018047)


def check_media(payload: Json) -> None:
    """A media payload: an address the platform could fetch, or the id of an upload."""
    if payload.get("attachment_id"):
        return
    url = payload.get("url")
    if not isinstance(url, str) or not url.startswith(("http://", "https://")):
        raise errors.bad_parameter("Failed to fetch the file from the url", 2018008)


def _check_images(attachments: Any) -> None:
    if not isinstance(attachments, list) or not 1 <= len(attachments) <= IMAGES:
        raise errors.bad_parameter(f"message[attachments] must hold 1 to {IMAGES} images")
    for attachment in attachments:
        _check_attachment(attachment)


def _check_template(payload: Json) -> None:
    template = _TEMPLATES.get(str(payload.get("template_type")))
    if template is None:
        raise errors.bad_parameter("message[attachment][payload][template_type] is not supported")
    template(payload)


def _button_template(payload: Json) -> None:
    _check_length("message[attachment][payload][text]", payload.get("text"), BUTTON_TEXT)
    check_buttons(payload.get("buttons"), "message[attachment][payload]")


def _generic_template(payload: Json) -> None:
    for card in _elements(payload, ELEMENTS):
        name = "message[attachment][payload][elements]"
        _check_length(f"{name}[title]", card.get("title"), CARD_TITLE)
        _check_length(f"{name}[subtitle]", card.get("subtitle"), CARD_SUBTITLE, needed=False)
        if not any(
            card.get(part) for part in ("subtitle", "image_url", "default_action", "buttons")
        ):
            raise errors.bad_parameter(f"{name} needs one property besides its title")
        if card.get("buttons") is not None:
            check_buttons(card["buttons"], name)


def _media_template(payload: Json) -> None:
    card = _elements(payload, 1)[0]
    if card.get("media_type") not in {"image", "video"}:
        raise errors.bad_parameter("media_type must be image or video")
    if card.get("buttons") is not None:
        check_buttons(card["buttons"], "message[attachment][payload][elements]")


def _product_template(payload: Json) -> None:
    if not all(card.get("id") for card in _elements(payload, ELEMENTS)):
        raise errors.bad_parameter("Every product needs an id", 2018320)


def _coupon_template(payload: Json) -> None:
    _check_length("title", payload.get("title"), CARD_TITLE)
    _check_length("subtitle", payload.get("subtitle"), CARD_SUBTITLE, needed=False)
    for name in ("coupon_code", "coupon_url"):
        if not payload.get(name):
            raise errors.required(name)


def _opt_in_template(payload: Json) -> None:
    _check_length("title", payload.get("title"), OPT_IN_TITLE, needed=False)
    _check_length("payload", payload.get("payload"), PAYLOAD)


def _receipt_template(payload: Json) -> None:
    for name in ("recipient_name", "order_number", "currency", "payment_method", "summary"):
        if not payload.get(name):
            raise errors.required(name)


def _elements(payload: Json, limit: int) -> list[Json]:
    given = payload.get("elements")
    if not isinstance(given, list) or not 1 <= len(given) <= limit:
        raise errors.bad_parameter(f"elements must hold 1 to {limit} items")
    if not all(isinstance(card, dict) for card in given):
        raise errors.bad_parameter("elements must hold objects")
    return given


def _check_utility(template: Any) -> None:
    if not isinstance(template, dict) or not template.get("name"):
        raise errors.required("message[template][name]")


def _check_sticker(sticker: Any) -> None:
    if not str(sticker).isdigit():
        raise Refusal(100, "(#100) message[sticker_id] must be a number")


_PARTS: dict[str, Callable[[Any], None]] = {
    "text": _check_text,
    "attachment": _check_attachment,
    "attachments": _check_images,
    "template": _check_utility,
    "sticker_id": _check_sticker,
}
_TEMPLATES: dict[str, Callable[[Json], None]] = {
    "button": _button_template,
    "generic": _generic_template,
    "media": _media_template,
    "product": _product_template,
    "coupon": _coupon_template,
    "receipt": _receipt_template,
    "notification_messages": _opt_in_template,
    "one_time_notif_req": _opt_in_template,
}
