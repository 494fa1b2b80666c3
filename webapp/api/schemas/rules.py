from __future__ import annotations

from datetime import date, datetime

from pydantic import Field

from webapp.api.schemas.base import Answer, Day, Json, Query, Time


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
    at: Time | None = Field(default=None, description="Left out: now.")
    platform: str | None = Field(default=None, max_length=20)


class Change(Answer):
    """A rule that begins (no `before`), ends (no `after`) or changes on that day."""

    day: date
    rule: str
    before: Rule | None
    after: Rule | None


class Changes(Answer):
    version: str
    items: list[Change]


class ChangesQuery(Query):
    """Both days are given; a change counts after `from` and up to and with `to`."""

    since: Day = Field(alias="from")
    until: Day = Field(alias="to")
