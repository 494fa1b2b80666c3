"""Templates on the wire: lists, new ones, and filled ones."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from webapp.domain.templated import Parameter, Part
from webapp.platforms import message_templates, template_parts
from webapp.platforms.message_templates import Page, Submitted, Trouble
from webapp.platforms.protocol import ChannelAccess
from webapp.platforms.wire import Reply, TransportError

ACCESS = ChannelAccess("123", "EAAB-token", "https://graph.example/", "v25.0")
PARTS = (
    Part("header", (Parameter("image", "https://r.example/a.jpg"),)),
    Part("body", (Parameter("text", "Ana", "who"),)),
    Part("button", (Parameter("url", "17"),), 1),
)


def ok(body: object) -> Reply:
    return Reply(200, {}, json.dumps(body).encode())


def test_the_list_is_asked_of_its_owner_with_all_its_fields() -> None:
    request = message_templates.list_request(ACCESS, "waba/1", after="next")
    parts = urlsplit(request.url)
    assert (request.method, parts.path) == ("GET", "/v25.0/waba%2F1/message_templates")
    query = parse_qs(parts.query)
    assert query["after"] == ["next"]
    assert {"status", "category", "components", "rejected_reason"} <= set(
        query["fields"][0].split(",")
    )
    assert "EAAB" not in request.url


def test_metas_own_example_of_a_list_is_read() -> None:
    """developers.facebook.com, utility-messages, 2026-03-13: a body and no components or state."""
    item = {
        "name": "delivery_confirmation_1",
        "language": "en",
        "category": "UTILITY",
        "topic": "ORDER_MANAGEMENT",
        "body": "{{1}}, your order was successfully delivered!",
        "body_params": ["Mark"],
        "id": "7635027653257090",
    }
    page = message_templates.page_of(ok({"data": [item]}))
    assert isinstance(page, Page)
    (listed,) = page.templates
    assert listed.components[0] == {"type": "BODY", "text": item["body"]}
    assert listed.state == ""  # which is not sent


@pytest.mark.parametrize(
    ("paging", "after"),
    [
        (None, None),
        ({"cursors": {"after": "x"}}, None),
        ({"cursors": {"after": "x"}, "next": "https://graph.example"}, "x"),
        ({"next": "https://graph.example", "cursors": 7}, None),
    ],
)
def test_a_list_goes_on_only_where_the_platform_says_so(paging: object, after: str | None) -> None:
    page = message_templates.page_of(ok({"data": [], "paging": paging}))
    assert isinstance(page, Page)
    assert page.after == after


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, {}, b"<html>"),
        Reply(200, {}, b"[]"),
        Reply(200, {}, b'{"data": {}}'),
        Reply(500, {}, b""),
        Reply(400, {}, b'{"error": {"code": 100, "message": "no"}}'),
        Reply(0, error=TransportError.TIMEOUT, sent_first_byte=True),
    ],
)
def test_anything_else_is_trouble_with_a_sentence(reply: Reply) -> None:
    for found in (message_templates.page_of(reply), message_templates.submitted_of(reply)):
        assert isinstance(found, Trouble)
        assert str(found.sentence)


def test_a_new_template_has_a_key_and_a_state() -> None:
    body = {"id": 77, "status": "APPROVED", "category": "MARKETING"}
    assert message_templates.submitted_of(ok(body)) == Submitted("77", "approved", "marketing")


def test_on_messenger_the_values_of_buttons_travel_together() -> None:
    image = {"type": "image", "image": {"link": "https://r.example/a.jpg"}}
    named = {"type": "text", "parameter_name": "who", "text": "Ana"}
    assert template_parts.components("messenger", PARTS) == (
        {"type": "header", "parameters": [image]},
        {"type": "body", "parameters": [named]},
        {"type": "buttons", "parameters": [{"type": "URL", "url": "17"}]},
    )


def test_on_whatsapp_each_button_is_a_part_of_its_own() -> None:
    assert template_parts.components("whatsapp", PARTS)[-1] == {
        "type": "button",
        "sub_type": "url",
        "index": "1",
        "parameters": [{"type": "text", "text": "17"}],
    }


@pytest.mark.parametrize("platform", ["messenger", "whatsapp"])
def test_a_closed_template_sends_no_values(platform: str) -> None:
    assert template_parts.components(platform, ()) == ()
