"""Templates as values: what is read from the platform, what is open, what is sent."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain import message as messages
from webapp.domain import promotion, template, template_layout, template_samples
from webapp.domain.broadcast import Kind
from webapp.domain.content import Content
from webapp.domain.errors import Invalid
from webapp.domain.subscriber import Facts
from webapp.domain.template import Category, TemplateState
from webapp.domain.template_draft import DraftButton, TemplateDraft
from webapp.domain.templated import Templated

COMPONENTS: list[dict[str, object]] = [
    {"type": "HEADER", "format": "TEXT", "text": "{{1}} update"},
    {"type": "BODY", "text": "Hi {{2}}, order {{1}} left."},
    {"type": "FOOTER", "text": "Rosewood"},
    {
        "type": "BUTTONS",
        "buttons": [
            {"type": "QUICK_REPLY", "text": "Thanks"},
            {"type": "URL", "text": "Follow", "url": "https://r.example/o/{{1}}"},
        ],
    },
]
VALUES = {
    "header.1": "Order",
    "body.1": "{{attr.order|none}}",
    "body.2": "{{first_name|there}}",
    "buttons.1": "{{attr.order|none}}",
}


def filling(platform: str = "whatsapp", components: object = COMPONENTS, **values: str) -> Content:
    used = {
        "name": "order_update",
        "language": "en",
        "category": "utility",
        "platform": platform,
        "components": components,
        "values": {**VALUES, **values},
    }
    return Content.parse({"template": used})


def used(content: Content) -> Templated:
    assert content.template is not None
    return content.template


def test_open_places_come_in_order_and_numbers_by_their_value() -> None:
    assert [slot.key for slot in used(filling()).slots] == [
        "header.1",
        "body.1",
        "body.2",
        "buttons.1",
    ]


def test_a_message_is_filled_for_one_person_and_what_is_seen_is_what_is_sent() -> None:
    ana = Facts(first_name="Ana", attributes={"order": "A 17"})
    rendered = used(messages.render(filling(), ana))
    shown = rendered.filled
    assert (shown.header, shown.body) == ("Order update", "Hi Ana, order A 17 left.")
    assert shown.buttons[1].url == "https://r.example/o/A%2017"
    header, body, button = rendered.parts()
    assert [it.value for it in header.parameters] == ["Order"]
    assert [it.value for it in body.parameters] == ["A 17", "Ana"]  # by number
    assert (button.index, button.parameters[0].value) == (1, "A%2017")


def test_a_value_stands_on_one_line() -> None:
    content = filling(**{"header.1": "Order\n\t  of   the day"})
    assert used(messages.render(content, Facts())).filled.header == "Order of the day update"


def test_a_place_without_a_value_shows_as_it_is_written_and_is_never_sent() -> None:
    content = messages.render(filling(**{"header.1": ""}), Facts())
    assert used(content).filled.header == "{{1}} update"
    assert messages.unfilled(content)
    assert not messages.unfilled(messages.render(filling(), Facts()))


def test_variables_of_a_template_are_those_of_its_values() -> None:
    names = [variable.name for variable in messages.variables_of(filling())]
    assert names == ["attr.order", "first_name"]
    assert messages.uses_fallback(filling(), Facts(first_name="Ana"))


def test_named_places_are_sent_by_name() -> None:
    content = filling(components=[{"type": "BODY", "text": "Hi {{who}}, it left."}],
                      **{"body.who": "Ana"})  # fmt: skip
    (part,) = used(messages.render(content, Facts())).parts()
    assert (part.parameters[0].name, part.parameters[0].value) == ("who", "Ana")


@pytest.mark.parametrize(("platform", "open_"), [("whatsapp", True), ("messenger", False)])
def test_a_picture_is_given_with_each_message_on_whatsapp_alone(platform: str, open_: bool) -> None:  # noqa: FBT001
    components = [{"type": "HEADER", "format": "IMAGE"}, {"type": "BODY", "text": "Here."}]
    keys = [slot.key for slot in used(filling(platform, components)).slots]
    assert ("header.image" in keys) == open_


@pytest.mark.parametrize(
    ("component", "part"),
    [
        ({"type": "HEADER", "format": "VIDEO"}, "video"),
        ({"type": "CAROUSEL", "cards": []}, "carousel"),
        ({"type": "BUTTONS", "buttons": [{"type": "COPY_CODE", "text": "x"}]}, "copy_code"),
        ({"type": "BUTTONS", "buttons": [{"type": "POSTBACK", "payload": "o_{{1}}"}]}, "postback"),
        ({"type": "OF_TOMORROW"}, "of_tomorrow"),
    ],
)
def test_a_part_that_cannot_be_filled_here_is_named(component: object, part: str) -> None:
    content = filling(components=[*COMPONENTS[:3], component])
    (sentence,) = messages.problems(content, messages.MESSENGER_2026)["template"]
    assert part in str(sentence)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"header.1": ""}, "template.header.1"),
        ({"buttons.1": ""}, "template.buttons.1"),
        ({"body.2": "{{first_name}}"}, "template.body.2"),
        ({"body.2": "{{name|x}}"}, "template.body.2"),
        ({"body.2": "x" * 1100}, "template"),
        ({"header.1": "x" * 61}, "template.header"),
    ],
)
def test_what_is_wrong_with_its_values_is_said_by_place(values: dict[str, str], field: str) -> None:
    assert list(messages.problems(filling(**values), messages.MESSENGER_2026)) == [field]


def test_a_picture_wants_a_whole_address() -> None:
    components = [{"type": "HEADER", "format": "IMAGE"}, {"type": "BODY", "text": "Here."}]
    wrong = filling(components=components, **{"header.image": "picture.png"})
    assert "https://" in str(
        messages.problems(wrong, messages.MESSENGER_2026)["template.header.image"][0]
    )


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (7, "template"),
        ({}, "template.name"),
        ({"name": "a", "language": 7}, "template.language"),
        ({"name": "a", "language": "en", "values": []}, "template.values"),
        ({"name": "a", "language": "en", "values": {"body.1": 7}}, "template.body.1"),
        ({"name": "a", "language": "en", "values": {"body.1": "x\x07"}}, "template.body.1"),
        ({"name": "a", "language": "en", "more": 1}, "template.more"),
    ],
)
def test_what_is_no_template_is_refused_by_field(given: object, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        Content.parse({"template": given})
    assert field in refused.value.errors


def test_a_message_without_a_template_keeps_the_form_and_hash_it_had() -> None:
    assert "template" not in Content(text="Hi").to_json()


def test_words_that_sell_are_found_in_the_fixed_text() -> None:
    content = filling(components=[{"type": "BODY", "text": "The sale begins."}])
    assert promotion.words(content) == ["sale"]


@given(st.recursive(st.none() | st.integers() | st.text(max_size=8),
                    lambda inner: st.lists(inner, max_size=3)
                    | st.dictionaries(st.sampled_from(["type", "text", "buttons", "format",
                                                       "example", "url", "payload"]),
                                      inner, max_size=4)))  # fmt: skip
def test_reading_components_never_fails_and_a_kept_layout_reads_the_same(given_: object) -> None:
    layout = template_layout.read(given_)
    assert template_layout.read(layout.to_json()) == layout
    template_samples.read(given_)


@given(st.dictionaries(st.sampled_from(list(VALUES)), st.text(max_size=30), max_size=4))
def test_a_message_with_a_template_survives_its_json(values: dict[str, str]) -> None:
    try:
        content = filling(**values)
    except Invalid:
        return  # control characters
    assert Content.parse(content.to_json()) == content
    rendered = messages.render(content, Facts())
    assert all("\n" not in value for _, value in used(rendered).values)


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("APPROVED", TemplateState.APPROVED),
        (" reinstated ", TemplateState.APPROVED),
        ("PENDING_DELETION", TemplateState.DELETED),
        ("LOCKED", TemplateState.DISABLED),
        ("", TemplateState.UNKNOWN),
        ("of_tomorrow", TemplateState.UNKNOWN),
    ],
)
def test_a_platforms_word_is_a_state_or_unknown(word: str, state: TemplateState) -> None:
    assert template.state_of(word) is state


@pytest.mark.parametrize("state", list(TemplateState))
@pytest.mark.parametrize("category", list(Category))
def test_only_an_approved_template_of_the_right_category_may_be_sent(
    state: TemplateState, category: Category
) -> None:
    said = template.trouble("a", state, category, Category.UTILITY)
    good = state is TemplateState.APPROVED and category is Category.UTILITY
    assert (said is None) == good


@pytest.mark.parametrize(
    ("platform", "kind", "category"),
    [
        ("messenger", Kind.UTILITY, Category.UTILITY),
        ("whatsapp", Kind.UTILITY, Category.UTILITY),
        ("whatsapp", Kind.SPONSORED, Category.MARKETING),
        ("messenger", Kind.SPONSORED, None),
        ("messenger", Kind.STANDARD, None),
        ("instagram", Kind.UTILITY, None),
    ],
)
def test_each_kind_fills_templates_of_one_category(
    platform: str, kind: Kind, category: Category | None
) -> None:
    assert template.needed(platform, kind) is category


def test_samples_are_read_from_either_platforms_form() -> None:
    components = [
        {"type": "HEADER", "text": "{{1}} news", "example": {"header_text": ["Order"]}},
        {"type": "BODY", "text": "Hi {{1}}, {{2}} left", "example": {"body_text": [["Ana", "A"]]}},
        {
            "type": "BUTTONS",
            "buttons": [
                {"url": "https://r.example/{{1}}", "example": ["https://r.example/17"]},
                {"url": "https://r.example/{{1}}", "example": {"url_suffix_example": "18"}},
            ],
        },
    ]
    assert template_samples.read(components) == {
        "header.1": "Order",
        "body.1": "Ana",
        "body.2": "A",
        "buttons.0": "17",
        "buttons.1": "18",
    }


GOOD = TemplateDraft(
    name="order_update",
    category="utility",
    language="en",
    body="Hi {{1}}, order {{2}} left.",
    samples={"1": "Ana", "2": "A-17"},
)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "Order"}, "name"),
        ({"name": "order-update"}, "name"),
        ({"name": "a" * 513}, "name"),
        ({"language": "English"}, "language"),
        ({"category": "marketing"}, "category"),  # Messenger has utility alone
        ({"body": ""}, "body"),
        ({"body": "x" * 1025}, "body"),
        ({"body": "{{1}}, hello", "samples": {"1": "Ana"}}, "body"),
        ({"body": "Hello {{1}}", "samples": {"1": "Ana"}}, "body"),
        ({"body": "Hi {1}, it left."}, "body"),
        ({"body": "Hi {{²}}, it left."}, "body"),
        ({"body": "Hi {{1}}, {{3}} left.", "samples": {"1": "a", "3": "b"}}, "body"),
        ({"body": "Hi {{1}}, {{day}} it left.", "samples": {"1": "a", "day": "b"}}, "body"),
        ({"samples": {"1": "Ana"}}, "samples.2"),
        ({"header": "x" * 61}, "header"),
        ({"header": "{{1}} news"}, "header"),
        ({"footer": "small"}, "footer"),  # of WhatsApp alone
        ({"buttons": (DraftButton("", "https://r.example"),)}, "buttons.0.text"),
        ({"buttons": (DraftButton("x" * 26, "https://r.example"),)}, "buttons.0.text"),
        ({"buttons": (DraftButton("Go", "http://r.example"),)}, "buttons.0.url"),
        ({"buttons": (DraftButton("Go", "https://r.example/{{1}}/x", "1"),)}, "buttons.0.url"),
        ({"buttons": (DraftButton("Go", "https://r.example/{{1}}"),)}, "buttons.0.sample"),
        ({"buttons": (DraftButton("Go", "https://r.example"),) * 4}, "buttons"),
    ],
)
def test_what_the_platform_would_refuse_of_a_new_template_is_said_first(
    change: dict[str, object], field: str
) -> None:
    assert field in replace(GOOD, **change).problems("messenger")  # type: ignore[arg-type]


def test_a_good_draft_has_no_problem_and_reads_back_as_what_was_meant() -> None:
    button = DraftButton("Follow", "https://r.example/{{1}}", "17")
    draft = replace(GOOD, header="News", buttons=(button,))
    assert draft.problems("messenger") == {}
    layout = template_layout.read(draft.components())
    assert (layout.header, layout.body) == ("News", GOOD.body)
    assert layout.beyond == ()
    assert template_samples.read(draft.components())["buttons.0"] == "17"


def test_named_variables_are_submitted_by_name() -> None:
    draft = replace(GOOD, body="Hi {{who}}, it left.", samples={"who": "Ana"})
    assert draft.to_platform()["parameter_format"] == "NAMED"
    assert draft.components()[0]["example"] == {
        "body_text_named_params": [{"param_name": "who", "example": "Ana"}]
    }


def test_a_utility_draft_that_sells_is_noticed() -> None:
    assert replace(GOOD, body="Hi {{1}}, the sale is on.").promotional() == ["sale"]
    assert replace(GOOD, body="The sale is on.", category="marketing").promotional() == []
