"""WhatsApp: the Cloud API of one business number, its health, its webhooks (facts A2-A4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from webapp.domain.event import Event, SetAside
from webapp.domain.rate import Usage
from webapp.domain.retry import Accepted, Answer
from webapp.platforms import graph_answers, graph_api, health, moulds, webhook_subscription
from webapp.platforms import webhook_values as values
from webapp.platforms.protocol import ChannelAccess, Check, Outgoing, Profile
from webapp.platforms.whatsapp import levels, payloads, webhooks
from webapp.platforms.wire import Reply, Request

# Subscribed in the app's settings; the account is subscribed to the app by a call without fields.
SUBSCRIBED_FIELDS = (
    "messages",
    "smb_message_echoes",
    "user_preferences",
    "calls",
    "account_update",
    "business_capability_update",
    "phone_number_quality_update",
    "message_template_status_update",
    "message_template_quality_update",
    "message_template_components_update",
    "template_category_update",
)
NEEDED_FIELDS = ("messages",)
CHECKED = "id,verified_name,display_phone_number,whatsapp_business_manager_messaging_limit"
HELD = frozenset({"held_for_quality_assessment", "paused"})


class WhatsApp:
    """A `Platform`. A channel's key is the phone number's id, its account the business's."""

    name = "whatsapp"
    subscribed_fields = SUBSCRIBED_FIELDS
    needed_fields = NEEDED_FIELDS

    def payload(self, outgoing: Outgoing) -> dict[str, object]:
        return payloads.payload(outgoing)

    def request(self, access: ChannelAccess, outgoing: Outgoing) -> Request:
        path = graph_api.path_of(access.key, "messages")
        return graph_api.post_body(access, path, moulds.body(self.payload, outgoing))

    def answer(self, reply: Reply) -> Answer:
        return graph_answers.answer(reply, _accepted(reply))

    def usage(self, reply: Reply) -> Usage | None:
        return graph_api.usage(reply)

    def read_webhook(
        self, body: Mapping[str, object], received: datetime
    ) -> Sequence[Event | SetAside]:
        return webhooks.read(body, received)

    def check_request(self, access: ChannelAccess) -> Request:
        return graph_api.get(access, graph_api.path_of(access.key), fields=CHECKED)

    def check_of(self, reply: Reply) -> Check:
        check = health.check_of(reply, "verified_name", "display_phone_number")
        told = (graph_api.body_of(reply) or {}).get("whatsapp_business_manager_messaging_limit")
        return replace(check, people_a_day=levels.people(told))

    def subscribe_request(self, access: ChannelAccess) -> Request:
        """Of the business account; a channel without one asks for its own number's."""
        path = graph_api.path_of(access.account or access.key, "subscribed_apps")
        return graph_api.post(access, path, {})

    def subscriptions_request(self, access: ChannelAccess) -> Request:
        return webhook_subscription.bare_request(access, access.account or access.key)

    def profile_request(
        self,
        access: ChannelAccess,
        person_key: str,  # noqa: ARG002 - WhatsApp tells nothing about a person on request
        *,
        wide: bool = False,  # noqa: ARG002
    ) -> Request:
        """Names come with messages: there is nothing to ask, so the number itself is asked for."""
        return self.check_request(access)

    def profile_of(self, reply: Reply) -> Profile | None:  # noqa: ARG002
        return None


def _accepted(reply: Reply) -> Accepted | None:
    """The message's id. A message that is held counts as taken: a later status says what became."""
    body = graph_api.body_of(reply) or {}
    told = values.mapping(next(iter(values.items(body.get("messages"))), None))
    contact = values.mapping(next(iter(values.items(body.get("contacts"))), None))
    key = values.text(told.get("id"), values.ID_LIMIT)
    if key is None:
        return None
    held = told.get("message_status") in HELD
    return Accepted(key, values.identity(contact.get("wa_id")), held=held)
