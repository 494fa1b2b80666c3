"""What goes to a WhatsApp number and an Instagram account, and what their answers mean."""

from __future__ import annotations

import json
from typing import Any

import pytest

from webapp.domain import carrying
from webapp.domain.broadcast import Kind
from webapp.domain.message import Content, PostbackButton, QuickReply, UrlButton
from webapp.domain.policy.verdict import Route
from webapp.domain.retry import (
    Accepted,
    Ambiguous,
    Answer,
    ContentWrong,
    PersonEffect,
    RefusedLater,
    RefusedPerson,
    StopChannel,
    WaitScope,
)
from webapp.platforms import answers, registry
from webapp.platforms.protocol import ChannelAccess, Outgoing, Recipient, TemplateUse
from webapp.platforms.wire import Reply

REGISTRY = registry.default()
WHATSAPP, INSTAGRAM = REGISTRY.get("whatsapp"), REGISTRY.get("instagram")
ACCESS = ChannelAccess("123", "token", "https://graph.example", "v26.0", account="900")
ANA, BY_USER = Recipient("id", "5511999990000"), Recipient("id", "BR.77")
SHOP = UrlButton("Shop", "https://r.example/")
YES, NO = PostbackButton("Yes", "YES"), QuickReply("No", "NO")
IMAGE = "https://r.example/r.jpg"


def payload(content: Content, route: Route = Route.WINDOW, **more: Any) -> dict[str, Any]:
    recipient = more.pop("recipient", ANA)
    return WHATSAPP.payload(Outgoing("fl:7", recipient, route, content, **more))


def reply(body: Any, status: int = 200) -> Reply:
    return Reply(status, {}, json.dumps(body).encode())


def refusal(code: int) -> Reply:
    details = {"messaging_product": "whatsapp", "details": "why"}
    error = {"message": f"(#{code}) no", "code": code, "error_data": details}
    return reply({"error": error}, 400)


def test_a_text_names_the_number_with_a_plus_and_carries_our_key() -> None:
    assert payload(Content(text="Olá")) == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "+5511999990000",
        "type": "text",
        "text": {"body": "Olá", "preview_url": True},
        "biz_opaque_callback_data": "fl:7",
    }


def test_a_person_with_a_user_id_is_named_by_it() -> None:
    sent = payload(Content(text="x"), recipient=BY_USER)
    assert sent["recipient"] == "BR.77"
    assert "to" not in sent


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            Content(text="Roses", image_url=IMAGE),
            {"type": "image", "image": {"link": IMAGE, "caption": "Roses"}},
        ),
        (Content(image_url=IMAGE), {"type": "image", "image": {"link": IMAGE}}),
        (
            Content(text="Roses", subtitle="Fresh", image_url=IMAGE),
            {"type": "image", "image": {"link": IMAGE, "caption": "Roses\nFresh"}},
        ),
        (
            Content(text="Roses", buttons=(SHOP,)),
            {
                "type": "interactive",
                "interactive": {
                    "body": {"text": "Roses"},
                    "type": "cta_url",
                    "action": {
                        "name": "cta_url",
                        "parameters": {"display_text": "Shop", "url": "https://r.example/"},
                    },
                },
            },
        ),
        (
            Content(text="Roses?", image_url=IMAGE, buttons=(YES,), quick_replies=(NO,)),
            {
                "type": "interactive",
                "interactive": {
                    "header": {"type": "image", "image": {"link": IMAGE}},
                    "body": {"text": "Roses?"},
                    "type": "button",
                    "action": {
                        "buttons": [
                            {"type": "reply", "reply": {"id": "YES", "title": "Yes"}},
                            {"type": "reply", "reply": {"id": "NO", "title": "No"}},
                        ]
                    },
                },
            },
        ),
    ],
)
def test_every_shape_has_its_form_on_whatsapp(content: Content, expected: dict[str, Any]) -> None:
    sent = payload(content)
    assert {name: sent[name] for name in expected} == expected
    assert not carrying.problems("whatsapp", Kind.STANDARD, content)


@pytest.mark.parametrize(
    ("content", "field"),
    [
        (Content(text="x", buttons=(SHOP, UrlButton("More", "https://r.example/m"))), "buttons"),
        (Content(text="x", buttons=(SHOP, YES)), "buttons"),
        (Content(text="x", buttons=(SHOP,), quick_replies=(NO,)), "buttons"),
        (
            Content(
                text="x",
                buttons=(YES, PostbackButton("b", "b")),
                quick_replies=(NO, QuickReply("c", "c")),
            ),
            "quick_replies",
        ),
    ],
)
def test_what_whatsapp_cannot_carry_is_refused_at_the_draft_and_never_shortened(
    content: Content, field: str
) -> None:
    assert field in carrying.problems("whatsapp", Kind.STANDARD, content)
    assert not carrying.problems("messenger", Kind.STANDARD, content)
    with pytest.raises(ValueError, match="one link or three replies"):
        payload(content)


@pytest.mark.parametrize("route", [Route.UTILITY, Route.SPONSORED])
def test_outside_the_window_a_template_goes_with_this_persons_values(route: Route) -> None:
    parts = ({"type": "body", "parameters": [{"type": "text", "text": "Ana"}]},)
    used = TemplateUse("summer_sale", "pt_BR", parts)
    sent = payload(Content(text="whatever"), route, template=used)
    assert sent["template"] == {
        "name": "summer_sale",
        "language": {"code": "pt_BR"},
        "components": list(parts),
    }
    assert REGISTRY.carrying("whatsapp", route) is WHATSAPP


def test_a_route_whatsapp_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match="no route"):
        payload(Content(text="x"), Route.HUMAN_AGENT)
    with pytest.raises(ValueError, match="tokens"):
        payload(Content(text="x"), recipient=Recipient("token", "t"))


def test_requests_go_to_the_number_and_the_webhooks_to_the_business_account() -> None:
    sent = WHATSAPP.request(ACCESS, Outgoing("fl:7", ANA, Route.WINDOW, Content(text="x")))
    assert sent.url == "https://graph.example/v26.0/123/messages"
    assert WHATSAPP.subscribe_request(ACCESS).url.endswith("/900/subscribed_apps")
    assert "/123?" in WHATSAPP.check_request(ACCESS).url
    check = WHATSAPP.check_of(reply({"id": "123", "verified_name": "Rosewood"}))
    assert (check.alive, check.key, check.name) == (True, "123", "Rosewood")


def test_a_message_id_is_an_acceptance_and_a_held_one_says_so() -> None:
    body = {"contacts": [{"wa_id": "5511"}], "messages": [{"id": "wamid.1"}]}
    assert WHATSAPP.answer(reply(body)) == Accepted("wamid.1", "5511")
    body["messages"][0]["message_status"] = "held_for_quality_assessment"
    assert WHATSAPP.answer(reply(body)) == Accepted("wamid.1", "5511", held=True)
    assert isinstance(WHATSAPP.answer(reply({"messages": []})), Ambiguous)
    assert isinstance(WHATSAPP.answer(reply({"messages": [{"id": ""}]})), Ambiguous)


@pytest.mark.parametrize(
    ("codes", "kind"),
    [
        ((4, 80007, 130429, 131056, 131057, 131016, 133004, 134101, 132069), RefusedLater),
        ((131026, 131047, 131049, 131050, 130472, 131021, 131030, 130403, 130497, 131062),
         RefusedPerson),
        ((190, 10, 0, 131005, 131048, 131064, 368, 131031, 131042, 133010, 131037, 33),
         StopChannel),
        ((100, 131008, 131009, 131051, 131053, 132000, 132001, 132005, 132007, 132008, 132012,
          132015, 132016, 132068, 131055, 134100, 131063, 135000), ContentWrong),
        ((1, 2, 131000, 1357046), Ambiguous),
    ],
)  # fmt: skip
def test_every_documented_code_has_its_answer(codes: tuple[int, ...], kind: type[Answer]) -> None:
    for code in codes:
        answer = WHATSAPP.answer(refusal(code))
        assert isinstance(answer, kind), (code, answer)
        assert str(answer.sentence)


def test_what_a_refusal_says_of_the_person_and_of_what_waits() -> None:
    effects = {131047: PersonEffect.CLOSE_WINDOW, 131026: PersonEffect.UNAVAILABLE,
               131050: PersonEffect.STOP_TOPIC, 131049: PersonEffect.NEXT_ELIGIBLE}  # fmt: skip
    for code, effect in effects.items():
        answer = WHATSAPP.answer(refusal(code))
        assert isinstance(answer, RefusedPerson)
        assert answer.effect is effect
    pair, syncing = WHATSAPP.answer(refusal(131056)), WHATSAPP.answer(refusal(134101))
    assert isinstance(pair, RefusedLater)
    assert isinstance(syncing, RefusedLater)
    assert (pair.wait_seconds, pair.scope) == (6.0, WaitScope.PERSON)
    assert syncing.scope is WaitScope.BROADCAST


def test_every_row_of_the_table_names_its_source() -> None:
    assert all(row.source for row in answers.ROWS.values())


def test_instagram_sends_the_message_to_the_account_behind_the_token() -> None:
    content = Content(text="Olá", quick_replies=(NO,))
    sent = Outgoing("fl:7", Recipient("id", "55"), Route.WINDOW, content)
    assert INSTAGRAM.payload(sent) == {
        "recipient": {"id": "55"},
        "message": {
            "text": "Olá",
            "quick_replies": [{"content_type": "text", "title": "No", "payload": "NO"}],
            "metadata": "fl:7",
        },
    }
    assert INSTAGRAM.request(ACCESS, sent).url == "https://graph.example/v26.0/me/messages"
    assert INSTAGRAM.answer(reply({"recipient_id": "55", "message_id": "m"})) == Accepted("m", "55")


@pytest.mark.parametrize(
    "route", [Route.UTILITY, Route.SUBSCRIPTION, Route.SPONSORED, Route.HUMAN_AGENT]
)
def test_instagram_has_one_route(route: Route) -> None:
    with pytest.raises(ValueError, match="no route"):
        INSTAGRAM.payload(Outgoing("fl:7", Recipient("id", "55"), route, Content(text="x")))


def test_instagram_tells_one_name() -> None:
    profile = INSTAGRAM.profile_of(reply({"name": "Ana de Souza", "username": "ana"}))
    assert profile is not None
    assert (profile.first_name, profile.last_name) == ("Ana", "de Souza")
    assert INSTAGRAM.check_of(reply({"id": "123", "username": "rosewood"})).name == "rosewood"
