"""Which platform carries what: the only place that knows all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from webapp.domain.event import Event, SetAside
from webapp.domain.policy.verdict import Route
from webapp.domain.wording import say
from webapp.platforms import webhook_values
from webapp.platforms.instagram.platform import Instagram
from webapp.platforms.messenger.platform import Messenger
from webapp.platforms.paid.platform import PaidMessenger
from webapp.platforms.protocol import PaidSender, Platform, Sender
from webapp.platforms.whatsapp.platform import WhatsApp

# What a webhook body calls itself.
WEBHOOK_OBJECTS = {
    "page": "messenger",
    "instagram": "instagram",
    "whatsapp_business_account": "whatsapp",
}


class Registry:
    """Platforms by the name that channels carry."""

    def __init__(self, platforms: Iterable[Platform], paid: Mapping[str, PaidSender]) -> None:
        self._platforms = {platform.name: platform for platform in platforms}
        self._paid = dict(paid)

    def get(self, name: str) -> Platform:
        """KeyError for a platform this installation lacks."""
        return self._platforms[name]

    def paid(self, name: str) -> PaidSender:
        """The paid twin of a platform. KeyError where nothing can be bought."""
        return self._paid[name]

    def carrying(self, name: str, route: Route) -> Sender:
        """Who builds the requests and reads the answers of this route on a channel.

        Where paid messages need a campaign there is a twin; on WhatsApp they are templates that
        go as all others.
        """
        twin = self._paid.get(name) if route is Route.SPONSORED else None
        return twin or self.get(name)

    def read_webhook(self, body: object, received: datetime) -> Sequence[Event | SetAside]:
        """Any JSON value that was posted to us, in our words. Never raises."""
        kind = body.get("object") if isinstance(body, dict) else None
        name = WEBHOOK_OBJECTS.get(kind) if isinstance(kind, str) else None
        if not isinstance(body, dict) or name not in self._platforms:
            reason = say("This webhook is not about a platform we can read.")
            return [SetAside(reason=reason, key=webhook_values.digest("unread", body))]
        return self.get(name).read_webhook(body, received)


def default() -> Registry:
    """All platforms there are."""
    return Registry([Messenger(), Instagram(), WhatsApp()], {"messenger": PaidMessenger()})
