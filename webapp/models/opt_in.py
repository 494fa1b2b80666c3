"""Consent. `OptIn` is the ledger, appended and never edited; `Consent` is what it says now."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from webapp.models.base import BigKey, BrandOwned, key_field, optional_time, time_field


class Topic(BrandOwned, table=True):
    __table_args__ = (UniqueConstraint("brand_id", "slug"),)
    id: int | None = key_field()
    slug: str = Field(max_length=60)
    name: str = Field(max_length=120)
    wording: str = Field(default="", max_length=500)  # what people are shown when they opt in
    archived_at: datetime | None = optional_time()


class TopicWording(BrandOwned, table=True):
    """How a topic was called and what people were shown, from a moment on; appended only."""

    __tablename__ = "topic_wording"
    __table_args__ = (Index("ix_topic_wording_topic", "topic_id", "at"),)
    id: int | None = key_field()
    topic_id: int = Field(foreign_key="topic.id", sa_type=BigKey)
    at: datetime = time_field()
    name: str = Field(max_length=120)
    wording: str = Field(default="", max_length=500)


class OptIn(BrandOwned, table=True):
    """One act of consent or its withdrawal; each row's hash covers the row before it."""

    __tablename__ = "opt_in"
    __table_args__ = (
        Index("ix_opt_in_person", "subscriber_id", "id"),
        UniqueConstraint("subscriber_id", "previous_hash"),  # no two acts follow the same one
    )
    id: int | None = key_field()
    subscriber_id: int = Field(foreign_key="subscriber.id", sa_type=BigKey)
    topic_id: int | None = Field(default=None, foreign_key="topic.id", sa_type=BigKey)
    action: str = Field(max_length=20)  # domain.consent.Action
    at: datetime = time_field()  # when the person did it
    recorded_at: datetime = time_field()
    wording: str = Field(default="", max_length=500)
    source: str = Field(default="", max_length=120)  # webhook | import | api | person
    evidence: str = Field(default="", max_length=200)  # raw event, import line, user
    token: str | None = Field(default=None, max_length=500)
    token_expires_at: datetime | None = optional_time()
    salt: str = Field(default="", max_length=32)  # goes with the content when a person is erased
    content_hash: str = Field(default="", max_length=64)
    previous_hash: str = Field(default="", max_length=64)
    hash: str = Field(default="", max_length=64)


ENDING: Any = dict.fromkeys(
    ("sqlite_where", "postgresql_where"), text("token_expires_at IS NOT NULL")
)
USED: Any = dict.fromkeys(("sqlite_where", "postgresql_where"), text("last_used_at IS NOT NULL"))
WAITING: Any = dict.fromkeys(
    ("sqlite_where", "postgresql_where"), text("next_eligible_at IS NOT NULL")
)


class Consent(BrandOwned, table=True):
    """The present state of one person's consent to one topic."""

    __table_args__ = (
        UniqueConstraint("topic_id", "subscriber_id"),
        Index("ix_consent_person", "subscriber_id"),
        Index("ix_consent_ending", "topic_id", "token_expires_at", **ENDING),
        # Whose tokens rest is read from these alone: see store/tokens_of_topics. The moment comes
        # first, or SQLite would rather use them than the person's where one person is asked about.
        Index("ix_consent_used", "last_used_at", "brand_id", "topic_id", "subscriber_id", **USED),
        Index(
            "ix_consent_waiting",
            "next_eligible_at",
            "brand_id",
            "topic_id",
            "subscriber_id",
            **WAITING,
        ),
    )
    id: int | None = key_field()
    subscriber_id: int = Field(foreign_key="subscriber.id", sa_type=BigKey)
    topic_id: int = Field(foreign_key="topic.id", sa_type=BigKey)
    state: str = Field(max_length=20)  # active | stopped
    opt_in_id: int = Field(foreign_key="opt_in.id", sa_type=BigKey)  # the act it rests on
    since: datetime = time_field()
    token: str | None = Field(default=None, max_length=500)
    token_expires_at: datetime | None = optional_time()
    last_used_at: datetime | None = optional_time()
    next_eligible_at: datetime | None = optional_time()
