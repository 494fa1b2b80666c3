"""A person as JSON names them, made into the row that imports know: one reading, one spelling."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime

from webapp.api.schemas.people import Person
from webapp.domain import import_cells, schedule
from webapp.domain.errors import Invalid
from webapp.domain.import_cells import Options
from webapp.domain.import_columns import READERS
from webapp.domain.import_row import Row
from webapp.domain.subscriber import AttributeType
from webapp.domain.subscriber import AttributeValue as Value
from webapp.domain.wording import Sentence, say

Errors = dict[str, list[Sentence]]
TEXTS = (
    "first_name", "last_name", "locale", "timezone", "country", "city", "gender", "source",
)  # fmt: skip
PAST = ("first_seen_at", "last_inbound_at", "opted_in_at")
NUMBERS = frozenset({AttributeType.NUMBER, AttributeType.MONEY})
AS_WRITTEN = Options(zone=None, day_first=False)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
UNDATED = say("Topics need the time of consent: give opted_in_at.")
AHEAD = say("This time lies ahead.")


def row_of(person: Person, known: Mapping[str, AttributeType], now: datetime, line: int = 0) -> Row:
    """Raises Invalid by field. `known` are the brand's attributes."""
    errors: Errors = {}
    values = {name: _text(person, name, errors) for name in TEXTS}
    for name in PAST:
        if (moment := getattr(person, name)) is not None and moment > now:
            errors[name] = [AHEAD]
    if person.topics and person.opted_in_at is None:
        errors["opted_in_at"] = [UNDATED]
    key = import_cells.platform_id(person.key, AS_WRITTEN)
    if isinstance(key, Sentence):
        errors["key"] = [key]
    tags = entries(person.tags, 80, "tags", errors)
    topics = entries(person.topics, 60, "topics", errors)
    attributes = _attributes(person.attributes, known, errors)
    if errors:
        raise Invalid(errors)
    return Row(
        line=line,
        key=str(key),
        values={name: value for name, value in values.items() if value},
        tags=tags,
        topics=topics,
        attributes=attributes,
        **{name: getattr(person, name) for name in PAST},
    )


def _text(person: Person, name: str, errors: Errors) -> str:
    given = (getattr(person, name) or "").strip()
    read = READERS[name](given, AS_WRITTEN) if given else ""
    if isinstance(read, Sentence):
        errors[name] = [read]
    return str(read)


def entries(given: list[str], most: int, name: str, errors: Errors) -> tuple[str, ...]:
    read = import_cells.text(most)
    found = [read(entry.strip(), AS_WRITTEN) for entry in given if entry.strip()]
    for index, entry in enumerate(found):
        if isinstance(entry, Sentence):
            errors[f"{name}.{index}"] = [entry]
        elif any(mark in entry for mark in "|;,"):
            errors[f"{name}.{index}"] = [say("Write it without | ; and commas.")]
    return tuple(dict.fromkeys(str(entry) for entry in found))


def _attributes(
    given: Mapping[str, object], known: Mapping[str, AttributeType], errors: Errors
) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for name, raw in given.items():
        if raw is None:
            continue
        if name not in known:
            errors[f"attributes.{name}"] = [say("This brand has no attribute %(name)s.", name=name)]
            continue
        read = value(raw, known[name])
        if isinstance(read, Sentence):
            errors[f"attributes.{name}"] = [read]
        elif read != "":
            found[name] = read
    return found


def value(raw: object, type_: AttributeType) -> Value | Sentence:
    if type_ is AttributeType.YESNO:
        return raw if isinstance(raw, bool) else say("Give true or false.")
    if type_ in NUMBERS:
        return _number(raw, type_)
    if type_ is AttributeType.LIST:
        return _list(raw)
    return _written(raw, type_) if isinstance(raw, str) else say("Give a text.")


def _written(raw: str, type_: AttributeType) -> Value | Sentence:
    if type_ is AttributeType.TIME:
        return schedule.read_time(raw)
    if type_ is AttributeType.DATE:
        return _day(raw)
    return import_cells.ATTRIBUTES[type_](raw.strip(), AS_WRITTEN)


def _number(raw: object, type_: AttributeType) -> Value | Sentence:
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        return say("Give a number.")
    text = f"{raw:.6f}" if isinstance(raw, float) else str(raw)
    return import_cells.ATTRIBUTES[type_](text[:100], AS_WRITTEN)


def _list(raw: object) -> Value | Sentence:
    if not isinstance(raw, list) or not all(isinstance(entry, str) for entry in raw):
        return say("Give a list of texts.")
    errors: Errors = {}
    read = entries(raw[:101], 1000, "list", errors)
    if errors or len(raw) > import_cells.MOST_ENTRIES:
        return next(iter(errors.values()), [say("Give fewer entries.")])[0]
    return read


def _day(raw: str) -> date | Sentence:
    try:
        if _DAY.fullmatch(raw):
            return date.fromisoformat(raw)
    except ValueError:
        pass
    return say("Give a date, such as 2026-11-27.")
