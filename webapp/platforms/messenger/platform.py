"""Messenger: the Send API of a Facebook Page, its profiles, its health, its webhooks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from webapp.domain.event import Event, SetAside
from webapp.domain.rate import Usage
from webapp.domain.retry import Answer
from webapp.platforms import graph_answers, graph_api, health, moulds, webhook_subscription
from webapp.platforms.messenger import payloads, webhooks
from webapp.platforms.protocol import ChannelAccess, Check, Outgoing, Profile
from webapp.platforms.wire import Reply, Request

SUBSCRIBED_FIELDS = (
    "messages",
    "message_echoes",
    "message_deliveries",
    "message_reads",
    "message_reactions",
    "message_edits",
    "messaging_optins",
    "messaging_optouts",
    "messaging_postbacks",
    "messaging_referrals",
    "messaging_handovers",
    "messaging_account_linking",
    "messaging_policy_enforcement",
    "message_template_status_update",
    "marketing_message_echoes",
    "marketing_message_deliveries",
    "marketing_message_reads",
    "marketing_message_clicks",
    "marketing_message_delivery_failed",
    "feed",
    "standby",
)
NEEDED_FIELDS = ("messages", "messaging_postbacks", "messaging_optins", "messaging_optouts")
PROFILE_FIELDS = "first_name,last_name,profile_pic"
WIDE_PROFILE_FIELDS = f"{PROFILE_FIELDS},locale,timezone,gender"


class Messenger:
    """A `Platform`."""

    name = "messenger"
    subscribed_fields = SUBSCRIBED_FIELDS
    needed_fields = NEEDED_FIELDS

    def payload(self, outgoing: Outgoing) -> dict[str, object]:
        return payloads.payload(outgoing)

    def request(self, access: ChannelAccess, outgoing: Outgoing) -> Request:
        path = graph_api.path_of(access.key, "messages")
        return graph_api.post_body(access, path, moulds.body(self.payload, outgoing))

    def answer(self, reply: Reply) -> Answer:
        return graph_answers.answer(reply, graph_answers.message_taken(reply))

    def usage(self, reply: Reply) -> Usage | None:
        return graph_api.usage(reply)

    def read_webhook(
        self, body: Mapping[str, object], received: datetime
    ) -> Sequence[Event | SetAside]:
        return webhooks.read(body, received)

    def check_request(self, access: ChannelAccess) -> Request:
        return graph_api.get(access, "me", fields="id,name")

    def check_of(self, reply: Reply) -> Check:
        return health.check_of(reply)

    def subscribe_request(self, access: ChannelAccess) -> Request:
        fields = {"subscribed_fields": ",".join(SUBSCRIBED_FIELDS)}
        return graph_api.post(access, graph_api.path_of(access.key, "subscribed_apps"), fields)

    def subscriptions_request(self, access: ChannelAccess) -> Request:
        return webhook_subscription.request(access, access.key)

    def profile_request(
        self, access: ChannelAccess, person_key: str, *, wide: bool = False
    ) -> Request:
        fields = WIDE_PROFILE_FIELDS if wide else PROFILE_FIELDS
        return graph_api.get(access, graph_api.path_of(person_key), fields=fields)

    def profile_of(self, reply: Reply) -> Profile | None:
        return health.profile_of(reply)
