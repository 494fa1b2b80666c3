"""Opting in to topics and out of them again (facts 5.4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from webapp.domain.event import EventKind
from webapp.domain.wording import say
from webapp.platforms import webhook_values as values
from webapp.platforms.webhook_item import Item, Reading

Part = Mapping[str, object]

TITLE_LIMIT = 120  # characters; the platform allows 65
TOPIC_TYPES = frozenset({"notification_messages", "recurring_notification"})
ONCE_TYPES = frozenset({"one_time_notif_req", "one_time_notif"})


def optin(item: Item, part: Part) -> Reading:
    """By plugin (no type), to a topic (with a token), or to one message."""
    kind = values.text(part.get("type"))
    person = item.sender
    user_ref = values.identity(part.get("user_ref")) or item.user_ref
    if person is None and user_ref is None:
        return item.nobody()
    if kind in ONCE_TYPES or (kind is None and "one_time_notif_token" in part):
        return _once(item, part, user_ref)
    if kind in TOPIC_TYPES or (kind is None and "notification_messages_token" in part):
        return _topic(item, part, user_ref)
    if kind is not None:
        return item.aside(say("This is an unknown kind of opt-in: %(kind)s.", kind=kind[:60]))
    ref = values.text(part.get("ref"))
    parts = (person or user_ref, ref, item.stamp)
    return item.event(EventKind.OPTIN_PLUGIN, *parts, person=person, user_ref=user_ref, ref=ref)


def optout(item: Item, part: Part) -> Reading:
    """Field `messaging_optouts`; the documents name it and show no example."""
    if item.sender is None:
        return item.nobody()
    token = values.token(part.get("notification_messages_token"))
    parts = (item.sender, token, item.stamp)
    return item.event(EventKind.OPTOUT, *parts, person=item.sender, **_about(part))


def _topic(item: Item, part: Part, user_ref: str | None) -> Reading:
    status = _spelled(part.get("notification_messages_status"))
    kind = _kind(status)
    token = values.token(part.get("notification_messages_token"))
    if kind is None:
        return item.aside(say("This opt-in has an unknown status: %(status)s.", status=status))
    if token is None:
        return item.aside(say("This opt-in brings no token."))
    person = item.sender
    parts = (person or user_ref, token, status, item.stamp)
    return item.event(kind, *parts, person=person, user_ref=user_ref, **_about(part))


def _once(item: Item, part: Part, user_ref: str | None) -> Reading:
    token = values.token(part.get("one_time_notif_token"))
    if token is None:
        return item.aside(say("This opt-in brings no token."))
    parts = (item.sender or user_ref, token, item.stamp)
    about = {**_about(part), "token": token}
    return item.event(EventKind.OPTIN_ONCE, *parts, person=item.sender, user_ref=user_ref, **about)


def _kind(status: str) -> EventKind | None:
    """A status comes only when the person stops or resumes; one we do not know is not guessed."""
    if not status:
        return EventKind.OPTIN_TOPIC
    if status.startswith("STOP"):
        return EventKind.TOPIC_STOPPED
    return EventKind.TOPIC_RESUMED if status.startswith("RESUME") else None


def _spelled(value: object) -> str:
    """Documented with a space, seen with an underscore."""
    return (values.text(value, values.ID_LIMIT) or "").strip().upper().replace(" ", "_")


def _about(part: Part) -> dict[str, Any]:
    return {
        "token": values.token(part.get("notification_messages_token")),
        "topic": values.text(part.get("title"), TITLE_LIMIT),
        "payload": values.text(part.get("payload")),
        "token_expires_at": values.moment(part.get("token_expiry_timestamp")),
        "token_status": values.text(part.get("user_token_status"), values.ID_LIMIT),
        "timezone": values.text(part.get("notification_messages_timezone"), values.ID_LIMIT),
    }
