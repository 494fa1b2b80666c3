"""Who holds a conversation, linked accounts, and what the platform does to the page (facts 5.4)."""

from __future__ import annotations

from collections.abc import Mapping

from webapp.domain.event import EventKind
from webapp.domain.wording import say
from webapp.platforms import webhook_values as values
from webapp.platforms.webhook_item import Item, Reading

Part = Mapping[str, object]


def passed(item: Item, part: Part) -> Reading:
    return _handover(item, part, "pass", "new_owner_app_id")


def taken(item: Item, part: Part) -> Reading:
    return _handover(item, part, "take", "previous_owner_app_id")


def requested(item: Item, part: Part) -> Reading:
    return _handover(item, part, "request", "requested_owner_app_id")


def app_roles(item: Item, part: Part) -> Reading:
    """`{app id: [roles]}` of the page; no person is meant."""
    parts = ("app_roles", values.digest("roles", part), item.stamp)
    app = next(iter(part), None)
    return item.event(
        EventKind.HANDOVER, *parts, person=None, action="app_roles", app_id=values.identity(app)
    )


def account_linking(item: Item, part: Part) -> Reading:
    if item.sender is None:
        return item.nobody()
    status = values.text(part.get("status"), values.ID_LIMIT)
    parts = (item.sender, item.stamp, status)
    return item.event(EventKind.ACCOUNT_LINKING, *parts, person=item.sender, action=status)


def policy(item: Item, part: Part) -> Reading:
    """The platform warns, blocks or unblocks the page: `action` says which, in lower case."""
    action = values.text(part.get("action"), values.ID_LIMIT)
    if action is None:
        return item.aside(say("This notice of the platform does not say what was done."))
    reason = values.text(part.get("reason"))
    parts = (action, reason, item.stamp)
    return item.event(
        EventKind.POLICY, *parts, person=None, action=action.strip().lower(), reason=reason
    )


def _handover(item: Item, part: Part, action: str, app_name: str) -> Reading:
    app = values.identity(part.get(app_name))
    parts = (action, item.sender, item.stamp, app)
    return item.event(
        EventKind.HANDOVER,
        *parts,
        person=item.sender,
        action=action,
        app_id=app,
        payload=values.text(part.get("metadata")),
    )
