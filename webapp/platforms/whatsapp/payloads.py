"""What goes to a WhatsApp number's `/messages` for one message: the one renderer of preview and
send (facts A2).

Free text, picture and buttons go inside an open window; all else is a template that WhatsApp has
approved, with this person's values. WhatsApp has no card and no quick replies of its own: a card is
a picture above the text, quick replies are reply buttons. What it cannot carry is refused at the
draft (`content.problems`); here the last such message is a ValueError, never a shortened one.
"""

from __future__ import annotations

from webapp.domain import content as contents
from webapp.domain.content import Content, PostbackButton, QuickReply, Shape, UrlButton
from webapp.domain.policy.verdict import Route
from webapp.platforms.protocol import Outgoing, Recipient, TemplateUse

Json = dict[str, object]

# The platform refuses a template it does not know: the broadcast stops and says so.
UNNAMED = TemplateUse("fanlight_text", "en")
BY_TEMPLATE = frozenset({Route.UTILITY, Route.SUBSCRIPTION, Route.SPONSORED})
MOST_REPLIES = 3


def payload(outgoing: Outgoing) -> Json:
    """ValueError for a route that a WhatsApp broadcast does not have."""
    if outgoing.route is Route.WINDOW:
        return _post(outgoing, _free(outgoing.content))
    if outgoing.route in BY_TEMPLATE:
        return _post(outgoing, _template(outgoing.content, outgoing.template or UNNAMED))
    raise ValueError(f"a WhatsApp broadcast has no route {outgoing.route}")


def _post(outgoing: Outgoing, said: Json) -> Json:
    """Our key travels along and comes back in every status of the message."""
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        **_recipient(outgoing.recipient),
        **said,
        "biz_opaque_callback_data": outgoing.key,
    }


def _recipient(recipient: Recipient) -> Json:
    """By number with a plus, else WhatsApp adds our own country's code; by user id otherwise."""
    if recipient.kind != "id":
        raise ValueError("WhatsApp knows no opt-in tokens")
    if recipient.value.isdigit():
        return {"to": f"+{recipient.value}"}
    return {"recipient": recipient.value}


def _free(content: Content) -> Json:
    if content.buttons or content.quick_replies:
        return {"type": "interactive", "interactive": _interactive(content)}
    if contents.shape(content) in (Shape.IMAGE, Shape.CARD):
        return {"type": "image", "image": _image(content)}
    return {"type": "text", "text": {"body": _text(content), "preview_url": True}}


def _image(content: Content) -> Json:
    text = _text(content)
    return {"link": content.image_url, **({"caption": text} if text else {})}


def _interactive(content: Content) -> Json:
    head: Json = {}
    if content.image_url:
        head = {"header": {"type": "image", "image": {"link": content.image_url}}}
    return {**head, "body": {"text": _text(content)}, **_action(content)}


def _action(content: Content) -> Json:
    """One link, or up to three replies; never both."""
    links = [button for button in content.buttons if isinstance(button, UrlButton)]
    taps = [button for button in content.buttons if isinstance(button, PostbackButton)]
    replies: list[PostbackButton | QuickReply] = [*taps, *content.quick_replies]
    if len(links) == 1 and not replies:
        shown = {"display_text": links[0].title, "url": links[0].url}
        return {"type": "cta_url", "action": {"name": "cta_url", "parameters": shown}}
    if links or len(replies) > MOST_REPLIES:
        raise ValueError("WhatsApp carries one link or three replies, not both")
    buttons = [
        {"type": "reply", "reply": {"id": reply.payload, "title": reply.title}} for reply in replies
    ]
    return {"type": "button", "action": {"buttons": buttons}}


def _text(content: Content) -> str:
    return "\n".join(part for part in (content.text, content.subtitle) if part)


def _template(content: Content, used: TemplateUse) -> Json:
    return {
        "type": "template",
        "template": {
            "name": used.name,
            "language": {"code": used.language},
            "components": list(used.components) or _components(content),
        },
    }


def _components(content: Content) -> list[Json]:
    """Without values of its own the template's one body parameter is our text, and a picture its
    header."""
    parts: list[Json] = []
    if content.image_url:
        image = {"type": "image", "image": {"link": content.image_url}}
        parts.append({"type": "header", "parameters": [image]})
    if content.text:
        words = {"type": "text", "text": content.text}
        parts.append({"type": "body", "parameters": [words]})
    return parts
