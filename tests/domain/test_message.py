from __future__ import annotations

from decimal import Decimal

import pytest

from webapp.domain import message
from webapp.domain.errors import Invalid
from webapp.domain.message import MESSENGER_2026, Content, Count, Shape
from webapp.domain.subscriber import Facts

IMAGE = "https://cdn.example/sale.jpg"
URL = {"type": "url", "title": "See it", "url": "https://shop.example/"}
TAP = {"type": "postback", "title": "Remind me", "payload": "REMIND"}
ANA = Facts(first_name="Ana", city="São Paulo", attributes={"spent": Decimal("12.500000")})


def said(content: dict[str, object], field: str) -> list[str]:
    found = message.problems(Content.parse(content), MESSENGER_2026)
    return [str(sentence) for sentence in found.get(field, [])]


def test_content_keeps_its_one_json_form() -> None:
    given = {
        "text": "Hello",
        "subtitle": "Today",
        "image_url": IMAGE,
        "buttons": [URL, TAP],
        "quick_replies": [{"title": "Yes", "payload": "YES"}],
    }
    content = Content.parse(given)
    assert content.to_json() == given
    assert Content.parse(content.to_json()) == content


def test_browser_line_ends_and_outer_space_are_evened_out() -> None:
    assert Content.parse({"text": "  one\r\ntwo\rthree \r\n"}).text == "one\ntwo\nthree"


def test_an_empty_payload_becomes_the_title() -> None:
    reply = Content.parse({"quick_replies": [{"title": "Yes", "payload": ""}]}).quick_replies[0]
    assert reply.payload == "Yes"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ("Hello", "content"),
        ({"text": 7}, "text"),
        ({"texte": "Hello"}, "texte"),
        ({"text": "a\x00b"}, "text"),
        ({"text": "a\ud800b"}, "text"),
        ({"buttons": "none"}, "buttons"),
        ({"buttons": [{"title": "Go"}]}, "buttons.0.type"),
        ({"buttons": [URL, {**URL, "payload": "P"}]}, "buttons.1.payload"),
        ({"buttons": [{**URL, "title": ["x"]}]}, "buttons.0.title"),
        ({"quick_replies": ["Yes"]}, "quick_replies.0"),
        ({"quick_replies": [{"title": "x"}] * 101}, "quick_replies"),
    ],
)
def test_what_is_no_content_is_refused_by_field(given: object, field: str) -> None:
    with pytest.raises(Invalid) as caught:
        Content.parse(given)
    assert list(caught.value.errors) == [field]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, Shape.EMPTY),
        ({"text": "Hello"}, Shape.TEXT),
        ({"text": "Hello", "buttons": [URL]}, Shape.BUTTONS),
        ({"image_url": IMAGE}, Shape.IMAGE),
        ({"image_url": IMAGE, "text": "Hello"}, Shape.CARD),
        ({"image_url": IMAGE, "text": "Hello", "buttons": [URL]}, Shape.CARD),
        ({"text": "Hello", "quick_replies": [{"title": "Yes"}]}, Shape.TEXT),
    ],
)
def test_the_shape_follows_from_what_is_there(given: object, expected: Shape) -> None:
    assert message.shape(Content.parse(given)) is expected


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "text"),
        ({"quick_replies": [{"title": "Yes"}]}, "text"),
        ({"buttons": [URL]}, "text"),
        ({"image_url": IMAGE, "buttons": [URL]}, "text"),
        ({"image_url": IMAGE, "subtitle": "s"}, "text"),
        ({"text": "Hello", "subtitle": "s"}, "subtitle"),
        ({"text": "x" * 2001}, "text"),
        ({"text": "x" * 641, "buttons": [URL]}, "text"),
        ({"text": "x" * 81, "image_url": IMAGE}, "text"),
        ({"text": "x", "image_url": IMAGE, "subtitle": "s" * 81}, "subtitle"),
        ({"text": "x", "buttons": [{**TAP, "title": f"b{n}"} for n in range(4)]}, "buttons"),
        ({"text": "x", "buttons": [{**URL, "title": "t" * 21}]}, "buttons.0.title"),
        ({"text": "x", "buttons": [{**URL, "title": ""}]}, "buttons.0.title"),
        ({"text": "x", "buttons": [URL, {**TAP, "title": "SEE IT"}]}, "buttons.1.title"),
        ({"text": "x", "buttons": [{**TAP, "payload": "p" * 1001}]}, "buttons.0.payload"),
        ({"text": "x", "buttons": [{**URL, "url": ""}]}, "buttons.0.url"),
        ({"text": "x", "buttons": [{**URL, "url": "http://shop.example/"}]}, "buttons.0.url"),
        ({"text": "x", "buttons": [{**URL, "url": "https://"}]}, "buttons.0.url"),
        ({"text": "x", "buttons": [{**URL, "url": "https://[x"}]}, "buttons.0.url"),
        ({"text": "x", "buttons": [{**URL, "url": "https://a b/"}]}, "buttons.0.url"),
        ({"image_url": "cdn.example/sale.jpg"}, "image_url"),
        ({"image_url": "https://cdn.example/{{city|x}}.jpg"}, "image_url"),
        ({"text": "x", "quick_replies": [{"title": str(n)} for n in range(14)]}, "quick_replies"),
        ({"text": "x", "quick_replies": [{"title": "q" * 21}]}, "quick_replies.0.title"),
        ({"text": "x", "quick_replies": [{"title": "A"}, {"title": "a"}]}, "quick_replies.1.title"),
        ({"text": "Hi {{first_name}}"}, "text"),
        ({"text": "Hi {{first_name|}}"}, "text"),
        ({"text": "Hi {{first_nam|there}}"}, "text"),
        ({"text": "Hi {{first_name|there}"}, "text"),
    ],
)
def test_each_fault_is_named_at_its_field_and_alone(given: dict[str, object], field: str) -> None:
    found = message.problems(Content.parse(given), MESSENGER_2026)
    assert {name: len(sentences) for name, sentences in found.items()} == {field: 1}
    assert str(found[field][0]).endswith(".")


@pytest.mark.parametrize(
    "given",
    [
        {"text": "x" * 2000},
        {"text": "x" * 640, "buttons": [URL, TAP]},
        {"text": "x" * 80, "subtitle": "s" * 80, "image_url": IMAGE, "buttons": [URL]},
        {"image_url": IMAGE, "quick_replies": [{"title": str(n)} for n in range(13)]},
        {"text": "Hi {{ first_name | there }} in {{attr.store|our shop}}"},
        {"text": "x", "buttons": [{**URL, "url": "https://shop.example/?n={{first_name|you}}"}]},
        {"text": "{one} brace is a text"},
    ],
)
def test_a_sound_message_has_no_problem(given: object) -> None:
    assert message.problems(Content.parse(given), MESSENGER_2026) == {}


def test_a_problem_says_what_to_do() -> None:
    assert said({"text": "x" * 645, "buttons": [URL]}, "text") == [
        "Above buttons a text holds 640: shorten it by 5 characters."
    ]
    assert said({"text": "Hi {{prenom|toi}} {{firstname|x}}"}, "text")[1] == (
        "There is no variable {{firstname}}; the nearest is {{first_name}}."
    )
    assert said({"text": "{{city}}"}, "text") == [
        "Give {{city}} a fallback for people without one, like {{city|there}}."
    ]


def test_an_attribute_the_brand_lacks_is_a_problem_naming_the_nearest() -> None:
    content = Content.parse({"text": "{{attr.favorite_store|our shop}}"})
    found = message.problems(content, MESSENGER_2026, attributes={"favourite_store"})
    assert "{{attr.favourite_store}}" in str(found["text"][0])


def test_counters_use_the_longest_value_that_is_known() -> None:
    content = Content.parse({"text": "Hi {{first_name|there}}!"})
    assert message.counts(content, MESSENGER_2026)["text"] == Count(9, 2000)
    longest = {"first_name": 1999}
    assert message.counts(content, MESSENGER_2026, longest)["text"].left == -3
    assert message.problems(content, MESSENGER_2026, longest=longest)["text"]


def test_a_person_sees_her_values_and_fallbacks_for_the_rest() -> None:
    content = Content.parse(
        {
            "text": "Hi {{first_name|there}}, {{last_name|friend}} spent {{attr.spent|0}}",
            "buttons": [{**URL, "url": "https://x.example/?c={{city|none}}"}],
        }
    )
    rendered = message.render(content, ANA)
    assert rendered.text == "Hi Ana, friend spent 12.5"
    assert rendered.buttons[0].to_json()["url"] == "https://x.example/?c=S%C3%A3o%20Paulo"
    assert message.uses_fallback(content, ANA)
    assert not message.uses_fallback(Content.parse({"text": "{{first_name|there}}"}), ANA)


def test_a_name_that_looks_like_a_variable_is_put_in_as_text() -> None:
    rendered = message.render(
        Content.parse({"text": "Hi {{first_name|there}}"}), Facts(first_name="{{city|x}}")
    )
    assert rendered.text == "Hi {{city|x}}"


def test_one_person_with_a_long_name_overflows_alone() -> None:
    content = Content.parse({"text": "{{first_name|x}}", "image_url": IMAGE})
    assert message.problems(content, MESSENGER_2026) == {}
    assert message.overflows(message.render(content, ANA), MESSENGER_2026) == {}
    long = message.render(content, Facts(first_name="A" * 81))
    assert list(message.overflows(long, MESSENGER_2026)) == ["text"]


def test_variables_are_listed_once_in_reading_order() -> None:
    content = Content.parse(
        {"text": "{{city|x}} {{first_name|y}}", "quick_replies": [{"title": "{{city|x}}"}]}
    )
    assert [v.name for v in message.variables_of(content)] == ["city", "first_name"]


def test_the_fingerprint_is_the_same_tomorrow_and_changes_with_a_letter() -> None:
    content = Content.parse({"text": "Été"})
    assert message.fingerprint(content).startswith("ab0affa5")
    assert message.fingerprint(content) != message.fingerprint(Content.parse({"text": "été"}))
