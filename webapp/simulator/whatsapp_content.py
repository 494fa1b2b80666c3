"""What a WhatsApp message may hold (facts A2), and how the crowd sees it: as one message with
buttons, whatever its form."""

from __future__ import annotations

from typing import Any

from webapp.simulator import whatsapp_errors as errors
from webapp.simulator.answers import Json

TEXT, CAPTION, BODY, FOOTER = 4096, 1024, 1024, 60
REPLIES, REPLY_TITLE, REPLY_ID, LINK_TITLE = 3, 20, 256, 20


def check(params: Json) -> str:
    """The message's type, if WhatsApp would take what it holds; raises the refusal otherwise."""
    if params.get("messaging_product") != "whatsapp":
        raise errors.parameter("messaging_product must be whatsapp")
    kind = str(params.get("type") or "text")
    part = params.get(kind)
    if kind not in _CHECKS:
        raise errors.unsupported(kind)
    if not isinstance(part, dict):
        raise errors.missing(kind)
    _CHECKS[kind](part)
    return kind


def seen(params: Json, kind: str) -> Json:
    """The same in the words the crowd reads: text, quick replies to tap, links to open."""
    part = params[kind]
    if kind != "interactive":
        return {"text": part.get("body") or part.get("caption") or part.get("name") or ""}
    action, text = part["action"], part["body"]["text"]
    if part["type"] == "cta_url":
        shown = action["parameters"]
        link = {"type": "web_url", "title": shown["display_text"], "url": shown["url"]}
        payload = {"template_type": "button", "text": text, "buttons": [link]}
        return {"attachment": {"type": "template", "payload": payload}}
    replies = [
        {"content_type": "text", "title": b["reply"]["title"], "payload": b["reply"]["id"]}
        for b in action["buttons"]
    ]
    return {"text": text, "quick_replies": replies}


def _text(part: Json) -> None:
    _length("text.body", part.get("body"), TEXT)


def _image(part: Json) -> None:
    if not part.get("id") and not str(part.get("link") or "").startswith(("http://", "https://")):
        raise errors.media()
    if part.get("caption"):
        _length("image.caption", part["caption"], CAPTION)


def _interactive(part: Json) -> None:
    body, action = part.get("body"), part.get("action")
    if not isinstance(body, dict) or not isinstance(action, dict):
        raise errors.missing("interactive.body and interactive.action")
    _length("interactive.body.text", body.get("text"), BODY)
    if part.get("type") == "cta_url":
        shown = action.get("parameters") or {}
        _length("display_text", shown.get("display_text"), LINK_TITLE)
        if not str(shown.get("url") or "").startswith(("http://", "https://")):
            raise errors.parameter("cta_url needs an absolute address")
    elif part.get("type") == "button":
        _replies(action.get("buttons"))
    else:
        raise errors.unsupported(str(part.get("type")))


def _replies(buttons: Any) -> None:
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= REPLIES:
        raise errors.parameter(f"buttons must hold 1 to {REPLIES} items")
    for button in buttons:
        reply = button.get("reply") if isinstance(button, dict) else None
        if not isinstance(reply, dict):
            raise errors.parameter("every button needs a reply")
        _length("reply.title", reply.get("title"), REPLY_TITLE)
        _length("reply.id", reply.get("id"), REPLY_ID)


def _template(part: Json) -> None:
    if not part.get("name") or not (part.get("language") or {}).get("code"):
        raise errors.missing("template.name and template.language.code")


def _length(name: str, text: Any, limit: int) -> None:
    if not isinstance(text, str) or not text:
        raise errors.missing(name)
    if len(text) > limit:
        raise errors.parameter(f"{name} must be at most {limit} characters long")


_CHECKS = {"text": _text, "image": _image, "interactive": _interactive, "template": _template}
