"""What goes to the Send API for one message: the one renderer of preview and send."""

from __future__ import annotations

from webapp.domain.content import Content
from webapp.domain.policy.verdict import Route
from webapp.platforms import meta_message
from webapp.platforms.meta_message import Json
from webapp.platforms.protocol import Outgoing, Recipient, TemplateUse

# The platform refuses a template it does not know: the broadcast stops and says so.
UNNAMED = TemplateUse("fanlight_text", "en")
RECIPIENT_NAMES = {"id": "id", "token": "notification_messages_token"}


def payload(outgoing: Outgoing) -> Json:
    """ValueError for a route that Messenger's Send API does not carry in a broadcast."""
    match outgoing.route:
        case Route.WINDOW:
            return _post(outgoing, "UPDATE", meta_message.message(outgoing.content))
        case Route.SUBSCRIPTION:
            return _post(outgoing, None, meta_message.message(outgoing.content))
        case Route.UTILITY:
            return _post(outgoing, "UTILITY", _utility(outgoing.content, outgoing.template))
        case _:
            raise ValueError(f"a Messenger broadcast has no route {outgoing.route}")


def _post(outgoing: Outgoing, messaging_type: str | None, message: Json) -> Json:
    """Our key travels as metadata; echoes bring it back and settle unknown outcomes."""
    post: Json = {"recipient": _recipient(outgoing.recipient)}
    if messaging_type is not None:
        post["messaging_type"] = messaging_type
    return {**post, "message": {**message, "metadata": outgoing.key}}


def _recipient(recipient: Recipient) -> Json:
    return {RECIPIENT_NAMES[recipient.kind]: recipient.value}


def _utility(content: Content, template: TemplateUse | None) -> Json:
    """An approved template whose one body parameter is our text."""
    named = template or UNNAMED
    body: Json = {"type": "body", "parameters": [{"type": "text", "text": content.text}]}
    return {
        "template": {
            "name": named.name,
            "language": {"code": named.language},
            "components": list(named.components) or ([body] if content.text else []),
        }
    }
