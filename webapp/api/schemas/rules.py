from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from webapp.api.schemas.base import Answer, Json, Query, read_day, read_time
from webapp.domain.broadcast import Kind
from webapp.domain.policy.rules.row import PLATFORMS
from webapp.domain.wording import Sentence, say
from webapp.forms.reading import Wrong

LENGTH_OF_A_DAY = len("2026-11-27")
BACKWARDS = say("The first day is after the last one. Exchange them.")


def _moment(value: object) -> object:
    """A plain day means its beginning in UTC: rules begin and end with UTC days."""
    if not isinstance(value, str) or len(value) != LENGTH_OF_A_DAY:
        return read_time(value)
    day = read_day(value)
    return datetime.combine(day, time(), UTC) if isinstance(day, date) else day


def _day(value: object) -> object:
    found = _moment(value)
    return found.astimezone(UTC).date() if isinstance(found, datetime) else found


def _known(*words: str) -> AfterValidator:
    sentence = say("Give one of these: %(known)s.", known=", ".join(words))

    def check(value: str) -> str:
        if value not in words:
            raise Wrong(sentence)
        return value

    return AfterValidator(check)


def _schema(description: str) -> WithJsonSchema:
    formats = [{"type": "string", "format": name} for name in ("date", "date-time")]
    return WithJsonSchema({"anyOf": formats, "description": description})


Moment = Annotated[datetime, BeforeValidator(_moment), _schema("A day or a time; left out: now.")]
DayOfMoment = Annotated[date, BeforeValidator(_day), _schema("A day, or a time on that UTC day.")]
KINDS = tuple(Kind)
Platform = Annotated[
    str, _known(*PLATFORMS), WithJsonSchema({"type": "string", "enum": list(PLATFORMS)})
]
KindWord = Annotated[str, _known(*KINDS), WithJsonSchema({"type": "string", "enum": list(KINDS)})]


class Rule(Answer):
    id: str
    platform: str
    kinds: list[str]
    route: str | None
    valid_from: date
    valid_to: date | None
    sentence: str
    source: str
    checked_on: date
    confidence: str
    params: Json
    note: str


class Rules(Answer):
    at: datetime
    version: str
    items: list[Rule]


class RulesQuery(Query):
    at: Moment | None = None
    platform: Platform | None = None
    kind: KindWord | None = None


class Change(Answer):
    """A rule that begins (no `before`), ends (no `after`) or changes on that day."""

    day: date
    rule: str
    before: Rule | None
    after: Rule | None


class AmountField(Answer):
    """A number that is not what it was; "" is none. Prices are millionths of the currency."""

    field: str
    before: str
    after: str


class Amount(Answer):
    """A price card or a limit that begins, ends or changes on that day."""

    day: date
    id: str
    what: Literal["price_card", "limit"]
    platform: str
    becomes: Literal["begins", "ends", "changes"]
    fields: list[AmountField]
    source: str
    checked_on: date
    confidence: str
    note: str


class Changes(Answer):
    """`items` are rules; `amounts` prices and limits."""

    version: str
    items: list[Change]
    amounts: list[Amount]


class ChangesQuery(Query):
    """Both days are given; a change counts after `from` and up to and with `to`."""

    since: DayOfMoment = Field(alias="from")
    until: DayOfMoment = Field(alias="to")
    platform: Platform | None = None


def before_the_book(first_day: date) -> Sentence:
    return say("The rulebook begins on %(day)s; ask for that day or a later one.", day=first_day)
