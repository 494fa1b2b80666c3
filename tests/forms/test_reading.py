from __future__ import annotations

from typing import Annotated

import pytest
from pydantic import Field, field_validator
from werkzeug.datastructures import MultiDict

from webapp.domain.errors import Invalid
from webapp.domain.wording import say
from webapp.forms import reading


class Shop(reading.Form):
    name: Annotated[str, Field(max_length=5)]
    rate: Annotated[int, Field(ge=1)] = 40
    note: str | None = None
    open: bool = False
    days: tuple[str, ...] = ()

    @field_validator("name")
    @classmethod
    def _not_taken(cls, value: str) -> str:
        if value == "taken":
            raise reading.Wrong(say("This name is taken."))
        return value


def test_an_empty_control_counts_as_not_filled_in() -> None:
    shop = reading.read(Shop, MultiDict({"name": " Rose ", "rate": "", "note": "  "}))
    assert (shop.name, shop.rate, shop.note) == ("Rose", 40, None)


def test_what_is_empty_through_any_door_is_asked_for_in_the_same_words() -> None:
    class Town(reading.Form):
        name: Annotated[str, Field(min_length=1)]
        code: Annotated[str, Field(min_length=2)]

    with pytest.raises(Invalid) as refused:
        reading.check(Town, {"name": "", "code": "A"})
    said = {name: [str(it) for it in found] for name, found in refused.value.errors.items()}
    assert said == {"name": ["Fill this in."], "code": ["Write at least 2 characters."]}


def test_a_ticked_box_is_true_and_an_absent_one_false() -> None:
    assert reading.read(Shop, MultiDict({"name": "a", "open": "1"})).open
    assert not reading.read(Shop, MultiDict({"name": "a"})).open


def test_a_repeated_name_is_a_list() -> None:
    shop = reading.read(Shop, MultiDict([("name", "a"), ("days", "mon"), ("days", "tue")]))
    assert shop.days == ("mon", "tue")


@pytest.mark.parametrize(
    ("given", "field", "sentence"),
    [
        ({"name": ""}, "name", "Fill this in."),
        ({"name": "longer"}, "name", "Write at most 5 characters."),
        ({"name": "taken"}, "name", "This name is taken."),
        ({"name": "a", "rate": "x"}, "rate", "Write a whole number."),
        ({"name": "a", "rate": "0"}, "rate", "Write 1 or more."),
        ({"name": "a", "open": "perhaps"}, "open", str(reading.OTHERWISE)),
    ],
)
def test_what_is_wrong_is_said_by_field(given: dict[str, str], field: str, sentence: str) -> None:
    with pytest.raises(Invalid) as caught:
        reading.read(Shop, MultiDict(given))
    assert [str(said) for said in caught.value.errors[field]] == [sentence]
