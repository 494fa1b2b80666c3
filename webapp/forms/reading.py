"""From what a browser posts to a value, or to errors by field in words.

A form is a frozen pydantic class (`Form`). An empty control counts as not filled in, an unticked
box as absent, a repeated name as a list. Validators raise `Wrong(say(...))`.
"""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from webapp.domain import errors
from webapp.domain.wording import Sentence, say


class Form(BaseModel):
    """The values of one form, read."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True, extra="ignore")


class Wrong(ValueError):
    """Raised by a validator: the reason as a sentence."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


class Posted(Protocol):
    """What a request's form or query is: names that may repeat."""

    def getlist(self, key: str) -> Sequence[str]: ...


AnyForm = TypeVar("AnyForm", bound=Form)
SEVERAL = (list, tuple, set, frozenset)
WORDS: Mapping[str, Sentence] = {
    "missing": say("Fill this in."),
    "string_too_long": say("Write at most %(max_length)s characters."),
    "string_too_short": say("Write at least %(min_length)s characters."),
    "int_parsing": say("Write a whole number."),
    "int_from_float": say("Write a whole number."),
    "float_parsing": say("Write a number."),
    "decimal_parsing": say("Write a number."),
    "greater_than_equal": say("Write %(ge)s or more."),
    "greater_than": say("Write more than %(gt)s."),
    "less_than_equal": say("Write %(le)s or less."),
    "less_than": say("Write less than %(lt)s."),
    "literal_error": say("Choose one of the list."),
    "enum": say("Choose one of the list."),
    "date_from_datetime_parsing": say("Write a date, such as 2026-11-27."),
    "date_parsing": say("Write a date, such as 2026-11-27."),
    "time_parsing": say("Write a time, such as 18:00."),
    "timezone_naive": say("Write the time with its zone, such as 2026-11-27T18:00:00-03:00."),
}
OTHERWISE = say("This cannot be used here. Check it and try again.")


def read(form: type[AnyForm], posted: Posted) -> AnyForm:
    """The form's value; raises `Invalid` with sentences by field."""
    given = {
        name: value
        for name, field in form.model_fields.items()
        if (value := _given(posted, name, several=_is_several(field.annotation))) is not None
    }
    return check(form, given)


def check(form: type[AnyForm], given: Mapping[str, Any]) -> AnyForm:
    """The same from plain values, for doors that read JSON or options."""
    try:
        return form.model_validate(dict(given))
    except ValidationError as invalid:
        raise errors.Invalid(_by_field(invalid.errors())) from None


def words(error: ErrorDetails) -> Sentence:
    """One reason of pydantic's as a sentence."""
    context = error.get("ctx", {})
    cause = context.get("error")
    if isinstance(cause, Wrong):
        return cause.sentence
    nothing = error["type"] == "string_too_short" and context.get("min_length") == 1
    known = WORDS.get("missing" if nothing else error["type"])
    return OTHERWISE if known is None else Sentence(known.text, context)


def _by_field(found: Sequence[ErrorDetails]) -> dict[str, list[Sentence]]:
    by_field: dict[str, list[Sentence]] = {}
    for error in found:
        name = ".".join(str(part) for part in error["loc"]) or "form"
        by_field.setdefault(name, []).append(words(error))
    return by_field


def _given(posted: Posted, name: str, *, several: bool) -> str | list[str] | None:
    values = [value for value in posted.getlist(name) if value.strip()]
    if several:
        return values
    return values[0] if values else None


def _is_several(annotation: object) -> bool:
    if get_origin(annotation) in (Union, types.UnionType):
        return any(_is_several(part) for part in get_args(annotation))
    return annotation in SEVERAL or get_origin(annotation) in SEVERAL
