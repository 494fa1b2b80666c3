"""Instagram: the Send API of a professional account, its health, its webhooks (facts 1.10, 5.5).

Calls go to `me`: with a Page's token that is the Page the account is linked to, with an Instagram
login it is the account, and both send for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from webapp.domain.event import Event, SetAside
from webapp.domain.rate import Usage
from webapp.domain.retry import Answer
from webapp.platforms import graph_answers, graph_api, health, moulds, webhook_subscription
from webapp.platforms.instagram import payloads, webhooks
from webapp.platforms.protocol import ChannelAccess, Check, Outgoing, Profile
from webapp.platforms.wire import Reply, Request

SUBSCRIBED_FIELDS = (
    "messages",
    "messaging_postbacks",
    "messaging_seen",
    "messaging_referral",
    "message_reactions",
    "message_edit",
    "comments",
    "live_comments",
)
NEEDED_FIELDS = ("messages", "messaging_postbacks")
PROFILE_FIELDS = "name,username,profile_pic"


class Instagram:
    """A `Platform`. A channel's key is the Instagram account's id."""

    name = "instagram"
    subscribed_fields = SUBSCRIBED_FIELDS
    needed_fields = NEEDED_FIELDS

    def payload(self, outgoing: Outgoing) -> dict[str, object]:
        return payloads.payload(outgoing)

    def request(self, access: ChannelAccess, outgoing: Outgoing) -> Request:
        body = moulds.body(self.payload, outgoing)
        return graph_api.post_body(access, "me/messages", body)

    def answer(self, reply: Reply) -> Answer:
        return graph_answers.answer(reply, graph_answers.message_taken(reply))

    def usage(self, reply: Reply) -> Usage | None:
        return graph_api.usage(reply)

    def read_webhook(
        self, body: Mapping[str, object], received: datetime
    ) -> Sequence[Event | SetAside]:
        return webhooks.read(body, received)

    def check_request(self, access: ChannelAccess) -> Request:
        return graph_api.get(access, graph_api.path_of(access.key), fields="id,username,name")

    def check_of(self, reply: Reply) -> Check:
        return health.check_of(reply, "username", "name")

    def subscribe_request(self, access: ChannelAccess) -> Request:
        fields = {"subscribed_fields": ",".join(SUBSCRIBED_FIELDS)}
        return graph_api.post(access, "me/subscribed_apps", fields)

    def subscriptions_request(self, access: ChannelAccess) -> Request:
        return webhook_subscription.request(access, "me")

    def profile_request(
        self,
        access: ChannelAccess,
        person_key: str,
        *,
        wide: bool = False,  # noqa: ARG002 - Instagram tells no locale, timezone or gender
    ) -> Request:
        return graph_api.get(access, graph_api.path_of(person_key), fields=PROFILE_FIELDS)

    def profile_of(self, reply: Reply) -> Profile | None:
        return health.named_profile_of(reply)
