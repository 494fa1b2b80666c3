from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from webapp.api.schemas.base import (
    Answer,
    Body,
    Day,
    Id,
    Json,
    Micros,
    Name,
    PageQuery,
    Query,
)

KindName = Literal["standard", "subscription", "sponsored", "utility"]
Content = Annotated[
    Json,
    Field(
        description="text, subtitle, image_url, buttons, quick_replies; or for kinds that fill a "
        "template: template with name, language and values by place; see the README."
    ),
]
Schedule = Annotated[
    Json,
    Field(
        description='{"mode": "now" | "at" | "local" | "recurring" | "window", "zone": '
        '"Europe/Paris"}; with '
        '"at": time with offset in mode at; with "day": "2026-12-03", "time": "10:00" by each '
        'person\'s own clock and "past": "skip" | "now" | "next_day" in mode local, where "zone" '
        'is for whoever has none; and with "day" (the first), "time" and "rule": '
        '"FREQ=WEEKLY;COUNT=8" in mode recurring; and with "from" (left out: when it is sent) and '
        '"until", times with offset at most 30 days apart, in mode window, for kind standard: each '
        "person gets it when their window is open next. In modes now, at and recurring "
        '"spread_minutes": 5 to 1440 sends evenly over that time, left out as fast as the channel '
        "allows."
    ),
]
Rate = Annotated[int, Field(ge=1, le=1000)]


class Totals(Answer):
    """audience = sent + skipped + failed + cancelled + unknown + waiting, at every read."""

    audience: int
    sent: int
    skipped: int
    failed: int
    cancelled: int
    unknown: int
    waiting: int
    queued: int
    claimed: int
    adds_up: bool


class Broadcast(Answer):
    id: int
    name: str
    kind: str
    state: str
    state_reason: str | None
    channel_id: int
    campaign_id: int | None
    topic_id: int | None
    segment_id: int | None = Field(description="Null: everyone on the channel.")
    content: Json
    schedule: Json
    scheduled_at: datetime | None
    budget_micros: int | None
    rate_per_second: int | None
    cap_exempt: bool = Field(description="The brand's own cap does not count for it.")
    version: int
    asked_by: int | None
    asked_at: datetime | None
    approved_by: int | None
    approved_at: datetime | None
    approval_hash: str | None
    created_at: datetime
    updated_at: datetime
    totals: Totals | None = None


class BroadcastQuery(PageQuery):
    """Newest first."""

    state: Annotated[str, Field(max_length=20)] | None = None


class NewBroadcast(Body):
    """A draft. `topic` is a slug, for those who do not know its id."""

    name: Name
    kind: KindName
    channel_id: Id | None = Field(default=None, description="May be left out with one channel.")
    campaign_id: Id | None = None
    topic_id: Id | None = None
    topic: Annotated[str, Field(max_length=60)] | None = None
    segment_id: Id | None = None
    budget_micros: Micros | None = Field(default=None, description="Millionths of a US dollar.")
    rate_per_second: Rate | None = None
    content: Content | None = None
    schedule: Schedule | None = None


class BroadcastChange(Body):
    """What is left out stays. With `version`, a change of another one is refused (409)."""

    version: Annotated[int, Field(ge=1)] | None = None
    name: Name | None = None
    kind: KindName | None = None
    channel_id: Id | None = None
    campaign_id: Id | None = None
    topic_id: Id | None = None
    topic: Annotated[str, Field(max_length=60)] | None = None
    segment_id: Id | None = None
    budget_micros: Micros | None = None
    rate_per_second: Rate | None = None
    content: Content | None = None
    schedule: Schedule | None = None


class Line(Answer):
    """A finding: good, warn or bad. A bad one stops the approval."""

    mood: str
    step: str
    field: str
    sentence: str
    rule: str | None
    source: str | None


class Reason(Answer):
    code: str
    sentence: str
    people: int
    source: str | None = None
    changes: str | None = None
    state: str | None = None


class Forecast(Answer):
    audience: int
    reached: int
    by_route: dict[str, int]
    reasons: list[Reason]
    cost_micros: int
    waiting: int = Field(description="Of those reached: who has a later turn, by quiet hours.")
    waits_until: datetime | None = Field(description="The last of these turns.")
    awaiting: int = Field(
        description="Beside those reached: who gets it if their window opens by `awaits_until`."
    )
    awaits_until: datetime | None
    closing: int | None = Field(
        default=None, description="Spread over a period: whose window closes before its end."
    )
    closing_late: int | None = Field(
        default=None, description="Of these: about how many have their turn too late, an estimate."
    )


class Check(Answer):
    """The pre-flight: what a send would do at that time."""

    at: datetime
    mood: str
    lines: list[Line]
    errors: dict[str, list[str]]
    forecast: Forecast | None
    hash: str = Field(description="What an approval given now would be bound to.")


class Seen(Body):
    """`hash` of the check that was read; refused (409) when the broadcast is another one now."""

    hash: Annotated[str, Field(max_length=64)] | None = None


class NoteQuery(Query):
    note: Annotated[str, Field(max_length=500)] = ""


class Cancelled(Answer):
    broadcast: Broadcast
    cancelled: int = Field(description="People who were waiting and get nothing.")


class DeliveryQuery(PageQuery):
    format: Literal["json", "csv"] | None = None
    state: (
        Literal["queued", "claimed", "sent", "failed", "skipped", "cancelled", "unknown"] | None
    ) = None
    reason: Annotated[str, Field(max_length=80)] | None = None


class Delivery(Answer):
    """One recipient's row in the ledger."""

    id: int
    key: str = Field(description="Our mark on the message: echoes bring it back.")
    subscriber_id: int
    subscriber_key: str
    occurrence: int
    state: str
    route: str
    reason: str | None
    reason_sentence: str | None
    detail: str | None
    rule_ids: str
    rulebook_version: str
    decided_at: datetime | None
    due_at: datetime | None = Field(description="Not sent before; null: it waits for no moment.")
    awaits_until: datetime | None = Field(
        description="It waits for their window, which opens when they write, until then."
    )
    window_ends_at: datetime | None
    opt_in_id: int | None
    claimed_at: datetime | None
    sent_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None
    clicked_at: datetime | None
    replied_at: datetime | None
    finished_at: datetime | None
    platform_message_id: str | None
    price_micros: int
    fallback: bool


class Report(Answer):
    broadcast_id: int
    state: str
    at: datetime
    totals: Totals
    planned: int = Field(description="The audience as the planner counted it.")
    facts: dict[str, int]
    routes: dict[str, int]
    reasons: list[Reason]
    spent_micros: int
    awaiting: int = Field(description="Of those queued: who waits for their window.")
    awaits_until: datetime | None = Field(description="Until when they do.")
    retryable: int = Field(
        description="Of those failed in the last run: whom POST .../retries asks once more."
    )


class BacktestQuery(Query):
    """A day whose rules are tried, in UTC; left out, today's."""

    at: Day | None = None


class Side(Answer):
    """What becomes of the audience under the rules of one day."""

    rules_of: date
    reached: int
    by_route: dict[str, int]
    reasons: list[Reason]
    cost_micros: int


class Moved(Answer):
    """People who would fare otherwise; a route's name, or the code of the reason against it."""

    before: str
    after: str
    people: int


class Backtest(Answer):
    """`before` is as planned, or with `sent` as the ledger has it, which stays as it is."""

    broadcast_id: int
    at: datetime = Field(description="When the people are looked at.")
    sent: bool
    audience: int
    before: Side
    after: Side
    moved: list[Moved]
    breaks: bool = Field(description="It would reach nobody any more.")
    finding: str
