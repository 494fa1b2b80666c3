"""From a request's bytes and query to values, or to errors by field. Nothing here can be 500."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from flask import Request
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from webapp.api import problems
from webapp.domain.errors import Invalid
from webapp.domain.wording import Sentence, say
from webapp.forms import reading

MOST_BYTES = 1024 * 1024  # of a JSON body; content, trees and schedules are far smaller
_BROKEN = re.compile("[\x00\ud800-\udfff]")
MOST_DEPTH = 50
AnyModel = TypeVar("AnyModel", bound=BaseModel)
JSON = "application/json"
NOT_JSON = say("This body is not JSON.")
NO_OBJECT = say("Send a JSON object.")
UNUSABLE = say("Remove characters that no text has: NUL, or half of a surrogate pair.")
ENDLESS = say("Give a finite number.")
WORDS: Mapping[str, Sentence] = {
    "extra_forbidden": say("There is no such field here."),
    "missing": say("This field is needed."),
    "string_type": say("Give a text."),
    "int_type": say("Give a whole number."),
    "int_parsing_size": say("This number is too large."),
    "bool_type": say("Give true or false."),
    "bool_parsing": say("Give true or false."),
    "list_type": say("Give a list."),
    "dict_type": say("Give an object."),
    "model_type": say("Give an object."),
    "too_long": say("Give fewer entries."),
}


def _no_constant(name: str) -> None:
    raise ValueError(name)


_DECODER = json.JSONDecoder(parse_constant=_no_constant)  # made once: a load has a million lines


def json_object(request: Request, *, needed: bool) -> dict[str, Any]:
    """The body as an object; raises Unreadable (400), 413 or 415."""
    if (request.content_length or 0) > MOST_BYTES:
        raise RequestEntityTooLarge
    data = request.get_data()
    if not data and not needed:
        return {}
    if data and request.mimetype != JSON:
        raise UnsupportedMediaType(JSON)
    found = parsed(data)
    if not isinstance(found, dict):
        raise problems.Unreadable(NO_OBJECT)
    return found


def parsed(data: bytes) -> object:
    """JSON without NaN, or Unreadable: also for broken UTF-8 and endless nesting."""
    try:
        return _DECODER.decode(data.decode("utf-8"))
    except (ValueError, RecursionError):
        raise problems.Unreadable(NOT_JSON) from None


def read(model: type[AnyModel], given: Mapping[str, Any]) -> AnyModel:
    """The model's value; raises Invalid by field."""
    faults = dict(_unusable(given, (), 0))
    if faults:
        raise Invalid(faults)
    try:
        return model.model_validate(dict(given))
    except ValidationError as invalid:
        raise Invalid(_by_field(invalid.errors())) from None


def query(request: Request) -> dict[str, Any]:
    """The query's values; `brand` was read before. A name given twice is refused."""
    found: dict[str, Any] = {}
    for name, values in request.args.lists():
        if name == "brand":
            continue
        if len(values) > 1:
            raise Invalid({name: [say("Give this once.")]})
        found[name] = values[0]
    return found


def _unusable(
    value: object, path: tuple[str, ...], depth: int
) -> Iterator[tuple[str, list[Sentence]]]:
    """Texts a database refuses, numbers without end, and nesting nobody needs."""
    if depth > MOST_DEPTH:
        yield _name(path), [say("Nest at most %(most)s deep.", most=MOST_DEPTH)]
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            if _broken(str(key)):
                yield _name(path), [UNUSABLE]
            yield from _unusable(inner, (*path, _printable(str(key))), depth + 1)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _unusable(inner, (*path, str(index)), depth + 1)
    elif isinstance(value, str) and _broken(value):
        yield _name(path), [UNUSABLE]
    elif isinstance(value, float) and not math.isfinite(value):
        yield _name(path), [ENDLESS]


def _broken(text: str) -> bool:
    return _BROKEN.search(text) is not None


def _printable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()[:80]


def _name(path: tuple[str, ...]) -> str:
    return ".".join(path) or "body"


def _by_field(found: list[ErrorDetails]) -> dict[str, list[Sentence]]:
    by_field: dict[str, list[Sentence]] = {}
    for error in found:
        name = _name(tuple(_printable(str(part)) for part in error["loc"]))
        by_field.setdefault(name, []).append(_words(error))
    return by_field


def _words(error: ErrorDetails) -> Sentence:
    return WORDS.get(error["type"]) or reading.words(error)
