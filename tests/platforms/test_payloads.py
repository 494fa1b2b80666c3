from __future__ import annotations

import dataclasses
import hashlib
import hmac
import json
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from webapp.domain.message import Content, PostbackButton, QuickReply, UrlButton
from webapp.domain.policy.verdict import Route
from webapp.domain.templated import Parameter, Part
from webapp.platforms import registry, template_parts
from webapp.platforms.protocol import (
    Alike,
    ChannelAccess,
    Made,
    Outgoing,
    PaidCampaign,
    Recipient,
    TemplateUse,
)
from webapp.platforms.wire import Reply, Request

REGISTRY = registry.default()
MESSENGER = REGISTRY.get("messenger")
PAID = REGISTRY.paid("messenger")
ACCESS = ChannelAccess("123", "EAAB-token", "https://graph.example/", "v25.0", ad_account="act_9")
ANA = Recipient("id", "ana")
DAO = Recipient("token", "dao-token")


def outgoing(content: Content, route: Route = Route.WINDOW, **more: object) -> Outgoing:
    recipient = ANA if route in {Route.WINDOW, Route.UTILITY} else DAO
    return dataclasses.replace(Outgoing("b7:o1:s42", recipient, route, content), **more)


def sent(request: Request) -> dict[str, object]:
    return dict(json.loads(request.body or b"null"))


def message(content: Content) -> object:
    return MESSENGER.payload(outgoing(content))["message"]


def test_a_text_in_the_window_is_an_update_that_carries_our_key() -> None:
    assert MESSENGER.payload(outgoing(Content(text="Olá"))) == {
        "recipient": {"id": "ana"},
        "messaging_type": "UPDATE",
        "message": {"text": "Olá", "metadata": "b7:o1:s42"},
    }


def test_text_with_buttons_is_a_button_template() -> None:
    content = Content(
        text="Roses",
        buttons=(UrlButton("Shop", "https://r.example/"), PostbackButton("More", "MORE")),
    )
    assert message(content) == {
        "attachment": {
            "type": "template",
            "payload": {
                "template_type": "button",
                "text": "Roses",
                "buttons": [
                    {"type": "web_url", "title": "Shop", "url": "https://r.example/"},
                    {"type": "postback", "title": "More", "payload": "MORE"},
                ],
            },
        },
        "metadata": "b7:o1:s42",
    }


def test_a_picture_alone_is_an_image() -> None:
    assert message(Content(image_url="https://r.example/rose.jpg")) == {
        "attachment": {
            "type": "image",
            "payload": {"url": "https://r.example/rose.jpg", "is_reusable": True},
        },
        "metadata": "b7:o1:s42",
    }


def test_a_picture_with_text_is_a_card() -> None:
    content = Content(
        text="Roses",
        subtitle="Red",
        image_url="https://r.example/rose.jpg",
        buttons=(UrlButton("Shop", "https://r.example/"),),
    )
    assert message(content) == {
        "attachment": {
            "type": "template",
            "payload": {
                "template_type": "generic",
                "elements": [
                    {
                        "title": "Roses",
                        "image_url": "https://r.example/rose.jpg",
                        "subtitle": "Red",
                        "buttons": [
                            {"type": "web_url", "title": "Shop", "url": "https://r.example/"}
                        ],
                    }
                ],
            },
        },
        "metadata": "b7:o1:s42",
    }


def test_quick_replies_stand_beside_text_and_pictures() -> None:
    replies = (QuickReply("Yes", "YES"), QuickReply("STOP", "STOP"))
    expected = [
        {"content_type": "text", "title": "Yes", "payload": "YES"},
        {"content_type": "text", "title": "STOP", "payload": "STOP"},
    ]
    for content in (
        Content(text="Roses?", quick_replies=replies),
        Content(image_url="https://r.example/a.jpg", quick_replies=replies),
    ):
        said = message(content)
        assert isinstance(said, dict)
        assert said["quick_replies"] == expected


def test_a_subscription_goes_by_token_and_without_a_type() -> None:
    assert MESSENGER.payload(outgoing(Content(text="Down 20%"), Route.SUBSCRIPTION)) == {
        "recipient": {"notification_messages_token": "dao-token"},
        "message": {"text": "Down 20%", "metadata": "b7:o1:s42"},
    }


def text(value: str) -> dict[str, str]:
    return {"type": "text", "text": value}


def test_a_utility_message_fills_its_template() -> None:
    parts = (
        Part("header", (Parameter("text", "Order"),)),
        Part("body", (Parameter("text", "Ana"), Parameter("text", "A-17"))),
        Part("button", (Parameter("url", "17"),), 0),
    )
    template = TemplateUse("order_update", "pt_BR", template_parts.messenger(parts))
    payload = MESSENGER.payload(outgoing(Content(), Route.UTILITY, template=template))
    assert payload["messaging_type"] == "UTILITY"
    assert payload["message"] == {
        "template": {
            "name": "order_update",
            "language": {"code": "pt_BR"},
            "components": [
                {"type": "header", "parameters": [text("Order")]},
                {
                    "type": "body",
                    "parameters": [
                        {"type": "text", "text": "Ana"},
                        {"type": "text", "text": "A-17"},
                    ],
                },
                {"type": "buttons", "parameters": [{"type": "URL", "url": "17"}]},
            ],
        },
        "metadata": "b7:o1:s42",
    }


@pytest.mark.parametrize("route", [Route.SPONSORED, Route.HUMAN_AGENT, Route.NONE])
def test_routes_the_send_api_does_not_carry_are_refused(route: Route) -> None:
    with pytest.raises(ValueError, match=route):
        MESSENGER.payload(outgoing(Content(text="x"), route))


def test_the_request_is_the_payload_byte_for_byte() -> None:
    out = outgoing(Content(text="Olá 🌹 \ud800"))
    request = MESSENGER.request(ACCESS, out)
    assert (request.method, request.url) == ("POST", "https://graph.example/v25.0/123/messages")
    assert request.headers["Content-Type"] == "application/json"
    assert "🌹".encode() in (request.body or b"")
    assert sent(MESSENGER.request(ACCESS, outgoing(Content(text="🌹")))) == MESSENGER.payload(
        outgoing(Content(text="🌹"))
    )


def test_the_token_travels_in_a_header_and_never_in_the_address() -> None:
    for request in (
        MESSENGER.request(ACCESS, outgoing(Content(text="x"))),
        MESSENGER.check_request(ACCESS),
        MESSENGER.subscribe_request(ACCESS),
        MESSENGER.profile_request(ACCESS, "ana"),
    ):
        assert request.headers["Authorization"] == "Bearer EAAB-token"
        assert "EAAB" not in request.url
        assert "EAAB" not in repr(request)
    assert "EAAB" not in repr(ACCESS)


def test_an_app_secret_adds_its_proof() -> None:
    access = dataclasses.replace(ACCESS, app_secret="s3cret")
    expected = hmac.new(b"s3cret", b"EAAB-token", hashlib.sha256).hexdigest()
    for request in (
        MESSENGER.request(access, outgoing(Content(text="x"))),
        MESSENGER.check_request(access),
    ):
        assert parse_qs(urlsplit(request.url).query)["appsecret_proof"] == [expected]


def test_a_person_key_cannot_leave_its_place_in_the_address() -> None:
    request = MESSENGER.profile_request(ACCESS, "../me?x=#y")
    assert urlsplit(request.url).path == "/v25.0/..%2Fme%3Fx%3D%23y"


def test_a_wide_profile_asks_for_more() -> None:
    assert "timezone" not in MESSENGER.profile_request(ACCESS, "ana").url
    assert "timezone" in MESSENGER.profile_request(ACCESS, "ana", wide=True).url


def test_subscribing_asks_for_everything_we_read() -> None:
    request = MESSENGER.subscribe_request(ACCESS)
    assert request.url.endswith("/123/subscribed_apps")
    fields = str(sent(request)["subscribed_fields"]).split(",")
    assert {"messages", "message_echoes", "messaging_optins", "standby"} <= set(fields)


def test_a_paid_message_belongs_to_its_campaign() -> None:
    out = outgoing(Content(text="Roses"), Route.SPONSORED, campaign_key="c1")
    request = REGISTRY.carrying("messenger", Route.SPONSORED).request(ACCESS, out)
    assert request.url == "https://graph.example/v25.0/act_9/messages"
    assert sent(request) == {
        "message_id": "c1",
        "messenger_delivery_data": {"subscription_token": "dao-token"},
        "message": {"text": "Roses"},
    }


def test_a_paid_message_needs_campaign_token_and_account() -> None:
    no_campaign = outgoing(Content(text="x"), Route.SPONSORED)
    no_token = outgoing(Content(text="x"), Route.SPONSORED, campaign_key="c1", recipient=ANA)
    for out in (no_campaign, no_token):
        with pytest.raises(ValueError, match="campaign"):
            PAID.payload(out)
    with pytest.raises(ValueError, match="ad account"):
        PAID.campaign_request(dataclasses.replace(ACCESS, ad_account=None), PaidCampaign("x"))


def test_a_campaign_is_made_with_what_is_known() -> None:
    starts = datetime(2026, 12, 1, 8, tzinfo=UTC)
    request = PAID.campaign_request(ACCESS, PaidCampaign("Xmas", 30000, starts))
    assert request.url == "https://graph.example/v25.0/act_9/message_campaign"
    assert sent(request) == {
        "name": "Xmas",
        "page_id": "123",
        "lifetime_budget": 30000,
        "start_time": 1796112000,
    }
    bare = dataclasses.replace(ACCESS, ad_account="9")
    assert "act_9" in PAID.campaign_request(bare, PaidCampaign("x")).url


def test_a_campaign_made_has_a_key_and_a_refusal_is_an_answer() -> None:
    assert PAID.campaign_of(Reply(200, {}, b'{"id": "77"}')) == Made("77")
    assert not isinstance(PAID.campaign_of(Reply(200, {}, b"{}")), Made)
    assert not isinstance(PAID.campaign_of(Reply(500, {}, b'{"id": "77"}')), Made)
    error = b'{"error": {"code": 2300067, "message": "Add a payment method"}}'
    assert "payment method" in str(getattr(PAID.campaign_of(Reply(400, {}, error)), "sentence", ""))


SAYS = (
    Content(text='Olá "Ana" \\ \ud83c'),
    Content(text="Roses", buttons=(UrlButton("Shop", "https://r.example/?a=1&b=2"),)),
    Content(text="Yes?", quick_replies=(QuickReply("Yes", "YES"),)),
    Content(image_url="https://r.example/rose.png"),
)
TO = ("ana", "447700900123", 'a"b\\c', "Ünïcode", "٣٤")


@pytest.mark.parametrize("content", SAYS)
@pytest.mark.parametrize("name", ["messenger", "instagram", "whatsapp"])
def test_a_message_that_is_the_same_for_all_has_the_bytes_of_one_made_alone(
    name: str, content: Content
) -> None:
    platform, alike = REGISTRY.get(name), Alike()
    for index, value in enumerate(TO):
        alone = Outgoing(f"fl:{index}", Recipient("id", value), Route.WINDOW, content)
        shared = dataclasses.replace(alone, alike=alike)
        assert platform.request(ACCESS, shared) == platform.request(ACCESS, alone)


def test_a_message_without_our_key_is_made_alone_for_each_person() -> None:
    alike = Alike()
    for token in ("one", "two"):
        alone = Outgoing("fl:1", Recipient("token", token), Route.SPONSORED, SAYS[0], "77")
        shared = dataclasses.replace(alone, alike=alike)
        assert PAID.request(ACCESS, shared) == PAID.request(ACCESS, alone)
