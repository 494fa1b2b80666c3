from __future__ import annotations

from datetime import datetime

from pydantic import Field

from webapp.api.schemas.base import Answer, CostPoint, Query, Time


class ReachQuery(Query):
    """By the hour, `from` included; at most 31 days. Left out: the coming 7 days."""

    since: Time | None = Field(default=None, alias="from")
    until: Time | None = Field(default=None, alias="to")


class Joining(Answer):
    """People not reachable today who are expected to write: a forecast with its likely span."""

    people: int
    low: int
    high: int


class ReachHour(Answer):
    at: datetime
    audience: int
    by_route: dict[str, int] = Field(description="What is known today: exact.")
    expected: Joining | None = Field(default=None, description="On top of it; null: none made.")


class BestHour(Answer):
    at: datetime
    people: int = Field(description="Known and expected together.")
    known: int


class Reach(Answer):
    items: list[ReachHour]
    best: BestHour | None
    sentence: str
    forecast: str = Field(description="How far off the same forecast was, or why there is none.")
    forecast_error: float | None = Field(description="A fraction: the median of 4 weeks.")
    cost: list[CostPoint] = Field(description="At `cost_at`, the cheapest people first.")
    cost_at: datetime
    cost_sentence: str
    currency: str
    budget_micros: int | None
    reached_with_budget: int
    unknown_country: int = Field(description="People counted as of the strictest region.")
    unknown_country_sentence: str | None
    house_sentence: str | None = Field(description="Which of the brand's rules it leaves out.")
