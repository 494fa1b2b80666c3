from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from webapp.api.schemas.base import Answer, Body, Day, Id, Micros, Name, PageQuery, Query

KindName = Literal["standard", "subscription", "sponsored", "utility"]
Measure = Literal["reach", "budget"]
Year = Annotated[int, Field(ge=2010, le=2100)]


class Campaign(Answer):
    """Days are in the brand's zone; `ends_on` is the last one."""

    id: int
    name: str
    goal: str
    lane: str
    kind: str
    starts_on: date
    ends_on: date
    budget_micros: int
    target_reach: int
    owner_id: int | None


class CampaignQuery(PageQuery):
    """Those that touch the days between `from` and `to`; left out: this year."""

    since: Day | None = Field(default=None, alias="from")
    until: Day | None = Field(default=None, alias="to")


class NewCampaign(Body):
    name: Name
    starts_on: Day
    ends_on: Day
    goal: Annotated[str, Field(max_length=500)] = ""
    lane: Annotated[str, Field(max_length=60)] = ""
    kind: KindName = "standard"
    budget_micros: Micros = Field(default=0, description="Millionths of the brand's currency.")
    target_reach: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0
    owner_id: Id | None = None


class CampaignChange(Body):
    """What is left out stays."""

    name: Name | None = None
    starts_on: Day | None = None
    ends_on: Day | None = None
    goal: Annotated[str, Field(max_length=500)] | None = None
    lane: Annotated[str, Field(max_length=60)] | None = None
    kind: KindName | None = None
    budget_micros: Micros | None = None
    target_reach: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = None
    owner_id: Id | None = None


class Moment(Answer):
    """A date that matters; a public holiday has no id."""

    id: int | None
    day: date
    name: str
    public: bool


class YearQuery(Query):
    year: Year | None = Field(default=None, description="Left out: this one.")


class NewMoment(Body):
    day: Day
    name: Name


class Moments(Answer):
    year: int
    items: list[Moment]


class Target(Answer):
    month: date
    measure: str
    value: int


class Targets(Answer):
    """`reach` counts messages, `budget` millionths of the brand's currency."""

    year: int
    items: list[Target]


class Aim(Body):
    """`month` is its first day; a null value takes the target away."""

    month: Day
    measure: Measure
    value: Micros | None


class Aims(Body):
    items: Annotated[list[Aim], Field(max_length=24)]


class Send(Answer):
    broadcast_id: int
    name: str
    at: datetime
    day: date
    state: str
    kind: str
    campaign_id: int | None
    occurrence: int = Field(description="Its run: what repeats has one each time.")


class Month(Answer):
    first: date
    sent: int
    reach_target: int | None
    spent: int
    budget: int | None
    aside: int = Field(description="The campaigns' own budgets, spread over their days.")


class Conflict(Answer):
    broadcasts: list[int]
    day: date
    sentence: str


class Plan(Answer):
    """A year: what is planned beside what came of it. Budgets are in millionths of `currency`, what
    was spent in millionths of `spend_currency`."""

    year: int
    today: date
    currency: str
    spend_currency: str
    campaigns: list[Campaign]
    sends: list[Send]
    moments: list[Moment]
    months: list[Month]
    conflicts: list[Conflict]
    findings: list[str]


class Copied(Answer):
    campaigns: int
    targets: int


class EngagementQuery(Query):
    """Both days are included; at most ten years."""

    since: Day = Field(alias="from")
    until: Day = Field(alias="to")
    by: Literal["day", "week", "month", "year"] = "month"


class Counts(Answer):
    planned: int = 0
    sent: int = 0
    failed: int = 0
    skipped: int = 0
    cancelled: int = 0
    unknown: int = 0
    delivered: int = 0
    read: int = 0
    clicked: int = 0
    replied: int = 0
    inbound: int = 0
    new_subscribers: int = 0
    opt_ins: int = 0
    opt_outs: int = 0
    spend_micros: int = 0


class Period(Counts):
    """`day` is the first one of the period that could have counts."""

    day: date


class Engagement(Answer):
    """Counts of days in the brand's zone, as the charts show them."""

    by: str
    currency: str = Field(description="Of `spend_micros`: the platforms'.")
    total: Counts
    items: list[Period]


class WeeksQuery(Query):
    """Both days are included; at most ten years."""

    since: Day = Field(alias="from")
    until: Day = Field(alias="to")


class Week(Answer):
    """A week that is over, from its Monday in the brand's zone. `people` are those known at its
    end."""

    monday: date
    people: int
    got_none: int
    got_one: int
    got_two: int
    got_three: int
    got_four_or_more: int
    messages: int


class Weeks(Answer):
    items: list[Week]
