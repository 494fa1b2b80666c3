"""What goes to the Send API for one message: the one renderer of preview and send."""

from __future__ import annotations

from webapp.domain.policy.verdict import Route
from webapp.platforms import meta_message, template_parts
from webapp.platforms.meta_message import Json
from webapp.platforms.protocol import Outgoing, Recipient

RECIPIENT_NAMES = {"id": "id", "token": "notification_messages_token"}


def payload(outgoing: Outgoing) -> Json:
    """ValueError for a route that Messenger's Send API does not carry in a broadcast, and for a
    utility message without its template."""
    match outgoing.route:
        case Route.WINDOW:
            return _post(outgoing, "UPDATE", meta_message.message(outgoing.content))
        case Route.SUBSCRIPTION:
            return _post(outgoing, None, meta_message.message(outgoing.content))
        case Route.UTILITY:
            return _post(outgoing, "UTILITY", _utility(outgoing))
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


def _utility(outgoing: Outgoing) -> Json:
    if outgoing.template is None:
        raise ValueError("a utility message needs its template")
    return {"template": template_parts.messenger(outgoing.template)}
