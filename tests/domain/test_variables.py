from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from webapp.domain import variables
from webapp.domain.subscriber import Facts
from webapp.domain.variables import Variable

braced = st.text(alphabet="{}| abfirst_name.t", max_size=60) | st.text(max_size=60)
ANA = Facts(first_name="Ana")


@given(braced)
def test_no_text_makes_the_parser_fail(template: str) -> None:
    variables.problems(template, attributes=())
    variables.filled(template, ANA)
    variables.longest(template, {"first_name": 9})


@given(st.text(alphabet=st.characters(exclude_characters="{}")))
def test_a_text_without_braces_stays_as_it_is(template: str) -> None:
    assert variables.filled(template, ANA) == template
    assert variables.problems(template) == []


@given(braced)
def test_what_is_not_a_variable_is_kept_letter_for_letter(template: str) -> None:
    texts = [part for part in variables.parts(template) if isinstance(part, str)]
    position = 0
    for text in texts:
        position = template.index(text, position) + len(text)


@given(st.text(alphabet=st.characters(exclude_characters="{}|")))
def test_a_fallback_stands_in_for_an_unknown_value(fallback: str) -> None:
    assert variables.filled("{{city|" + fallback + "}}", ANA) == fallback.strip()


def test_odd_braces_are_text() -> None:
    assert variables.parts("a {{first_name b }} {{{city|x}}}") == [
        "a ",
        Variable("first_name b", None),
        " {",
        Variable("city", "x"),
        "}",
    ]


def test_a_blank_value_counts_as_unknown() -> None:
    assert variables.filled("{{city|here}}", Facts(city="  ")) == "here"


def test_the_full_name_is_made_of_what_is_known() -> None:
    assert variables.value_of(Facts(last_name="Silva"), "full_name") == "Silva"
    assert variables.value_of(Facts(), "full_name") is None


def test_attributes_are_spelled_plainly() -> None:
    facts = Facts(attributes={"member": True, "sizes": ("S", "M")})
    assert variables.filled("{{attr.member|?}} {{attr.sizes|?}}", facts) == "yes S, M"
