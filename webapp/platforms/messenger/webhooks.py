"""A webhook of a Facebook Page, read to events (facts 5.4)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from webapp.domain.event import Event, SetAside
from webapp.platforms import messaging_webhooks, thread_webhooks
from webapp.platforms.messaging_webhooks import Tongue
from webapp.platforms.messenger import (
    changes_webhooks,
    consent_webhooks,
    handover_webhooks,
    paid_webhooks,
)

FLAT = {**changes_webhooks.TEMPLATE_READERS, **paid_webhooks.READERS}
TONGUE = Tongue(
    happenings={
        "message": thread_webhooks.message,
        "message_edit": thread_webhooks.edit,
        "postback": thread_webhooks.postback,
        "reaction": thread_webhooks.reaction,
        "referral": thread_webhooks.referral,
        "delivery": thread_webhooks.delivery,
        "read": thread_webhooks.read,
        "optin": consent_webhooks.optin,
        "optout": consent_webhooks.optout,
        "opt_out": consent_webhooks.optout,
        "account_linking": handover_webhooks.account_linking,
        "pass_thread_control": handover_webhooks.passed,
        "take_thread_control": handover_webhooks.taken,
        "request_thread_control": handover_webhooks.requested,
        "app_roles": handover_webhooks.app_roles,
        "policy_enforcement": handover_webhooks.policy,
        "policy-enforcement": handover_webhooks.policy,
        **FLAT,
    },
    changes={"feed": changes_webhooks.feed},
    flat=tuple(FLAT),
)


def read(body: Mapping[str, object], received: datetime) -> list[Event | SetAside]:
    return messaging_webhooks.read(body, received, TONGUE)
