from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from webapp.api.schemas.base import Answer, Body, Id, Json, PageQuery, Query, Time
from webapp.api.schemas.lengths import Key, Text, Texts, Wording


class Subscriber(Answer):
    """One person on one channel. `key` is the platform's id of them."""

    id: int
    channel_id: int
    key: str
    first_name: str | None
    last_name: str | None
    locale: str | None
    timezone: str | None
    country: str | None
    city: str | None
    gender: str | None
    source: str | None
    first_seen_at: datetime | None
    last_inbound_at: datetime | None
    window_ends_at: datetime | None
    opted_out_at: datetime | None
    unavailable_at: datetime | None
    last_sent_at: datetime | None
    created_at: datetime
    updated_at: datetime
    tags: list[str] = Field(default_factory=list)
    topics: dict[str, str] = Field(
        default_factory=dict, description="opted_in, stopped or expired by topic."
    )
    attributes: Json = Field(default_factory=dict)


class Person(Body):
    """What is left out or null stays as it is; tags and topics are added, never taken away.

    `topics` are opt-ins and need `opted_in_at`, and `wording`, what the person was shown.
    """

    key: Key
    channel_id: Id | None = Field(default=None, description="May be left out with one channel.")
    first_name: Text | None = None
    last_name: Text | None = None
    locale: Text | None = None
    timezone: Text | None = None
    country: Text | None = None
    city: Text | None = None
    gender: Text | None = None
    source: Text | None = None
    first_seen_at: Time | None = None
    last_inbound_at: Time | None = None
    opted_in_at: Time | None = None
    wording: Wording = ""
    tags: Texts = Field(default_factory=list)
    topics: Texts = Field(default_factory=list)
    attributes: Json = Field(default_factory=dict)


class PersonQuery(PageQuery):
    """Those who wrote last come first. `q` is words of a name, or a whole key."""

    q: Annotated[str, Field(max_length=200)] = ""
    key: Annotated[str, Field(max_length=64)] = ""
    tag: Annotated[str, Field(max_length=80)] = ""
    country: Annotated[str, Field(max_length=2)] = ""
    window: Literal["", "open", "closed", "opted_out"] = ""
    channel_id: Id | None = None


class Filter(Body):
    """As the list of subscribers is narrowed; an empty one is everybody."""

    q: Annotated[str, Field(max_length=200)] = ""
    tag: Annotated[str, Field(max_length=80)] = ""
    country: Annotated[str, Field(max_length=2)] = ""
    window: Literal["", "open", "closed", "opted_out"] = ""
    channel_id: Id | None = None


class ListQuery(Query):
    """Everybody, those a filter finds, or those of one segment."""

    q: Annotated[str, Field(max_length=200)] = ""
    tag: Annotated[str, Field(max_length=80)] = ""
    country: Annotated[str, Field(max_length=2)] = ""
    window: Literal["", "open", "closed", "opted_out"] = ""
    channel_id: Id | None = None
    segment_id: Id | None = None


class Tagging(Body):
    """`filter` or `segment_id`; with neither it is everybody."""

    tag: Annotated[str, Field(min_length=1, max_length=80)]
    action: Literal["put", "take"] = "put"
    filter: Filter | None = None
    segment_id: Id | None = None
    only_count: bool = False


class Tagged(Answer):
    people: int = Field(description="How many the filter or segment finds.")
    changed: int | None = Field(description="How many of them got or lost the tag.")


class Whole(Answer):
    """Everything kept about one person, as they may ask for it."""

    person: Json
    channel: Json
    other_ids: list[Json]
    window: Json
    tags: list[str]
    attributes: Json
    topics: list[Json]
    consents: list[Json]
    opt_ins: list[Json]
    segments: list[Json]
    imports: list[Json]
    events: list[Json]
    deliveries: list[Json]
    replies: list[Json]


class BulkQuery(Query):
    channel_id: Id | None = Field(default=None, description="For lines that name none.")


class BulkError(Answer):
    line: int
    field: str
    reason: str


class Bulk(Answer):
    """What became of the lines; `errors` holds the first thousand, `left_out` counts the rest.

    Topics that the lines named and the brand did not have were made: `topics_made` counts them and
    `topics` holds the first hundred titles.
    """

    lines: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0
    errors: list[BulkError] = Field(default_factory=list)
    left_out: int = 0
    topics_made: int = 0
    topics: list[str] = Field(default_factory=list)


class Window(Answer):
    """The time in which the channel may write freely to the person."""

    opener: str | None
    opened_at: datetime | None
    ends_at: datetime | None
    open: bool


class Windows(Answer):
    at: datetime
    items: list[Window]
    free_entry_ends_at: datetime | None = Field(
        description="WhatsApp: until then everything is free, even after the window."
    )


class OptIn(Answer):
    """One act of consent or its withdrawal, as it was written down."""

    id: int
    topic: str | None
    topic_name: str | None = Field(description="As the topic was called then.")
    action: str
    at: datetime
    recorded_at: datetime
    wording: str = Field(description="What was shown at that time.")
    source: str
    evidence: str
    token: str | None = Field(description="Its ends only.")
    token_expires_at: datetime | None
    confirmation: str | None = Field(description="What became of the answer to it, if any.")
    previous_hash: str
    hash: str
    whole: bool = Field(description="Whether it fits the act before it.")


class Consent(Answer):
    """Where the person stands on one topic now."""

    topic: str
    state: str
    since: datetime
    opt_in_id: int = Field(description="The act it rests on.")
    token: str | None = Field(description="Its ends only.")
    token_expires_at: datetime | None
    last_used_at: datetime | None
    next_send_at: datetime | None = Field(description="Null: at once, as far as spacing goes.")


class Consents(Answer):
    at: datetime
    stopped_at: datetime | None = Field(description="Nothing goes out while this is set.")
    items: list[Consent]


class Receipt(Answer):
    """A person's consents as a document: `how_to_check` says how to compute the hashes."""

    receipt_of: Json
    brand: str
    brand_id: int
    channel: str
    made_at: datetime
    stopped_at: datetime | None
    whole: bool
    seal: str
    how_to_check: str
    acts: list[Json]


class Event(Answer):
    id: int
    kind: str
    at: datetime
    mid: str | None
    text: str | None
    delivery_id: int | None
    detail: Json


class ExplanationQuery(Query):
    kind: Literal["standard", "subscription", "sponsored", "utility"] = "standard"
    at: Time | None = Field(default=None, description="Left out: now.")
    topic: Annotated[str, Field(max_length=60)] | None = Field(
        default=None, description="Its slug; needed for subscription messages."
    )


class Verdict(Answer):
    rule: str
    stance: str = Field(description="allows, holds or denies")
    sentence: str
    source: str
    confidence: str
    until: str
    changes: str
    changes_at: datetime | None = Field(description="Where the time is known.")


class LegalRoute(Answer):
    route: str
    price_micros: int | None = Field(description="Millionths of a US dollar.")


class Stretch(Answer):
    """A time in which one answer holds; all its verdicts are found by asking for its start."""

    starts_at: datetime
    ends_at: datetime | None = Field(description="Null: not within the days asked about.")
    allowed: bool
    held: bool = Field(description="Not then, but by itself later.")
    never: bool = Field(description="Nothing known today ends this refusal.")
    route: str
    price_micros: int = Field(description="Millionths of a US dollar.")
    words: str
    rule: str
    sentence: str
    source: str


class Explanation(Answer):
    """Why we may (not) write to this person then, by which rules, and what changes it."""

    at: datetime
    kind: str
    topic: str | None
    allowed: bool
    held: bool = Field(description="Not then, but by itself later.")
    route: str
    routes: list[LegalRoute] = Field(description="All that are legal then, cheapest first.")
    reason: Verdict
    changes: str
    changes_at: datetime | None
    price_micros: int = Field(description="Millionths of a US dollar.")
    next_legal_at: datetime | None = Field(description="Null: never by itself.")
    timeline: list[Stretch] = Field(description="The following 14 days, without gaps.")
    remarks: list[str] = Field(description="What to know to read the answer aright.")
    verdicts: list[Verdict]
    rulebook: str
