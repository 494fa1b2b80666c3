from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from webapp.api.schemas.base import Answer, Body, CostPoint, Day, Id, Json, Name, Query, Time
from webapp.api.schemas.people import Subscriber

Tree = Annotated[
    Json,
    Field(
        description='Groups {"all": [...]}, {"any": [...]}, {"none": [...]} and conditions '
        '{"field", "op", "value"}. An empty "all" is everyone. What somebody did (wrote, tapped, '
        "received, delivered, read, clicked, replied) takes at_least, at_most or more_than with "
        '{"times": 3, "days": 30, "broadcast": 7}, ever or never without "times"; days and '
        'broadcast may be left out. A random share takes in_share or not_in_share with {"name": '
        '"spring", "percent": 10}, a segment member or not_member with its id.'
    ),
]


class Segment(Answer):
    id: int
    name: str
    tree: Json
    kind: str = Field(description="live, or frozen: then it keeps its people.")
    frozen_at: datetime | None
    frozen_by: int | None = Field(description="The user who froze it.")
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None
    etag: str = Field(description="Another one after each change; send it as If-Match.")


class NewSegment(Body):
    name: Name
    tree: Tree


class SegmentChange(Body):
    name: Name | None = None
    tree: Tree | None = None


class CountQuery(Query):
    at: Time | None = Field(default=None, description="Left out: now.")
    channel_id: Id | None = None


class TreeBody(Body):
    tree: Tree
    at: Time | None = None
    channel_id: Id | None = None


class Count(Answer):
    """`by_route` counts a person on each route that is legal for them, so it need not add up."""

    at: datetime
    total: int
    by_route: dict[str, int]
    by_topic: dict[str, int] = Field(description="The subscription route by the topic's slug.")
    cost: list[CostPoint] = Field(description="Of paid messages, the cheapest people first.")
    cost_sentence: str


class OverlapQuery(Query):
    other: Id
    at: Time | None = Field(default=None, description="Left out: now.")
    channel_id: Id | None = None


class Overlap(Answer):
    """People in this segment, in the other, and in both."""

    at: datetime
    count: int
    other: int
    both: int


class DaysQuery(Query):
    since: Day | None = Field(default=None, alias="from", description="Left out: 30 days ago.")
    until: Day | None = Field(default=None, alias="to", description="Left out: the brand's today.")


class SegmentDay(Answer):
    """As far as was seen: the segment is looked at once an hour."""

    day: date
    people: int = Field(description="At the last look of the day.")
    joined: int
    left: int


class SegmentDays(Answer):
    items: list[SegmentDay]


class SampleQuery(Query):
    limit: int = Field(default=10, ge=1, le=100)
    channel_id: Id | None = None


class Sample(Answer):
    """Some people who are in: those who wrote last."""

    items: list[Subscriber]
