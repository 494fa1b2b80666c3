"""What goes to the Send API of an Instagram account for one message: preview and send share it.

The platform's one way outside a person's own window is the human agent's answer, which no broadcast
uses: so an Instagram broadcast has one route. Its `message` is that of Messenger; the documents
name no messaging_type for it, and echoes tell no metadata for certain: where they bring our key
back it settles an unknown outcome, else a person does.
"""

from __future__ import annotations

from webapp.domain.policy.verdict import Route
from webapp.platforms import meta_message
from webapp.platforms.meta_message import Json
from webapp.platforms.protocol import Outgoing


def payload(outgoing: Outgoing) -> Json:
    """ValueError for any route but the window, and for a person known by a token."""
    if outgoing.route is not Route.WINDOW or outgoing.recipient.kind != "id":
        raise ValueError(f"an Instagram broadcast has no route {outgoing.route}")
    message = meta_message.message(outgoing.content)
    return {
        "recipient": {"id": outgoing.recipient.value},
        "message": {**message, "metadata": outgoing.key},
    }
