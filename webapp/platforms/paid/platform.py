"""Paid messages on Messenger: the Marketing Message API of an ad account (facts B2).

A campaign once for each broadcast, then one call per person by opt-in token.
"""

from __future__ import annotations

from datetime import datetime

from webapp.domain.rate import Usage
from webapp.domain.retry import Accepted, Answer
from webapp.platforms import graph_answers, graph_api, meta_message, moulds
from webapp.platforms import webhook_values as values
from webapp.platforms.protocol import ChannelAccess, Made, Outgoing, PaidCampaign
from webapp.platforms.wire import Reply, Request


class PaidMessenger:
    """A `PaidSender`. Its webhooks come to the page, so Messenger reads them."""

    name = "messenger_paid"

    def payload(self, outgoing: Outgoing) -> dict[str, object]:
        """ValueError without a campaign or for a person without an opt-in token.

        The documents know no place for our key here: echoes bring the tracking id instead.
        """
        if outgoing.campaign_key is None or outgoing.recipient.kind != "token":
            raise ValueError("a paid message needs its campaign and an opt-in token")
        return {
            "message_id": outgoing.campaign_key,
            "messenger_delivery_data": {"subscription_token": outgoing.recipient.value},
            "message": meta_message.message(outgoing.content),
        }

    def request(self, access: ChannelAccess, outgoing: Outgoing) -> Request:
        body = moulds.body(self.payload, outgoing)
        return graph_api.post_body(access, _path(access, "messages"), body)

    def answer(self, reply: Reply) -> Answer:
        return graph_answers.answer(reply, _accepted(reply))

    def usage(self, reply: Reply) -> Usage | None:
        return graph_api.usage(reply)

    def campaign_request(self, access: ChannelAccess, campaign: PaidCampaign) -> Request:
        payload: dict[str, object] = {"name": campaign.name, "page_id": access.key}
        optional = {
            "lifetime_budget": campaign.lifetime_budget,
            "start_time": _unix(campaign.starts_at),
            "end_time": _unix(campaign.ends_at),
        }
        payload |= {name: value for name, value in optional.items() if value is not None}
        return graph_api.post(access, _path(access, "message_campaign"), payload)

    def campaign_of(self, reply: Reply) -> Made | Answer:
        answer = graph_answers.answer(reply, None)
        key = values.identity((graph_api.body_of(reply) or {}).get("id"))
        good = reply.error is None and reply.status == graph_answers.OK
        if good and key is not None and graph_api.error_of(reply) is None:
            return Made(key)
        return answer


def _path(access: ChannelAccess, edge: str) -> str:
    if not access.ad_account:
        raise ValueError("a channel without an ad account buys no messages")
    return graph_api.path_of(f"act_{access.ad_account.removeprefix('act_')}", edge)


def _accepted(reply: Reply) -> Accepted | None:
    body = graph_api.body_of(reply) or {}
    tracking = values.identity(body.get("marketing_message_tracking_id"))
    return Accepted(tracking) if tracking and body.get("success") is True else None


def _unix(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp())
