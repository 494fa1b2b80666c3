"""What all answers, bodies and queries of the API share."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from webapp.domain import schedule
from webapp.domain.wording import Sentence, say
from webapp.forms import numbers
from webapp.forms.reading import Wrong

LARGEST_ID, LARGEST_NUMBER = numbers.MOST_ID, numbers.MOST_NUMBER
LARGEST_MICROS = 10**15  # of money, and of people aimed for
MOST_A_PAGE = 200
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class Answer(BaseModel):
    """Something the API answers; read from a row or a value by its names."""

    model_config = ConfigDict(from_attributes=True)


class Body(BaseModel):
    """Something the API takes. Unknown fields are refused by name, types are taken literally."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Query(BaseModel):
    """What may stand behind the question mark; everything there is text."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Nothing(Body):
    """An empty object, or no body at all."""


class CostPoint(Answer):
    """Cumulative: so many people for so much. `route` and `market` are of the last ones added."""

    people: int
    cost_micros: int
    route: str
    market: str = Field(description="A region; empty where it costs nothing.")


Item = TypeVar("Item")


class Page(Answer, Generic[Item]):
    """A part of a list; `next_cursor` is null on the last one."""

    items: list[Item]
    next_cursor: str | None = None


class PageQuery(Query):
    cursor: str | None = Field(default=None, max_length=400)
    limit: int = Field(default=50, ge=1, le=MOST_A_PAGE)


def read_time(value: object) -> object:
    if value is None or isinstance(value, datetime):
        return value
    read = schedule.read_time(value)
    if isinstance(read, Sentence):
        raise Wrong(read)
    return read


def read_day(value: object) -> object:
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    try:
        if isinstance(value, str) and _DAY.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise Wrong(say("Give a date, such as 2026-11-27."))


Time = Annotated[datetime, BeforeValidator(read_time)]
"""RFC 3339 with an offset; a naive one is refused by its name."""
Day = Annotated[date, BeforeValidator(read_day)]
Id = Annotated[int, Field(ge=1, le=LARGEST_ID)]
Micros = Annotated[int, Field(ge=0, le=LARGEST_MICROS)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=120, strip_whitespace=True)]
Json = dict[str, Any]
