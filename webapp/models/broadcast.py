"""One send: what is written, to whom, when, who approved it, and each of its occurrences."""

from datetime import datetime

from sqlalchemy import JSON, BigInteger, Index, UniqueConstraint
from sqlmodel import Field

from webapp.models.base import BigKey, BrandOwned, key_field, optional_time, time_field


class Broadcast(BrandOwned, table=True):
    __table_args__ = (Index("ix_broadcast_brand_state", "brand_id", "state"),)
    id: int | None = key_field()
    channel_id: int = Field(foreign_key="channel.id", index=True, sa_type=BigKey)
    campaign_id: int | None = Field(
        default=None, foreign_key="campaign.id", index=True, sa_type=BigKey
    )
    name: str = Field(max_length=120)
    kind: str = Field(max_length=20)  # domain.broadcast.Kind
    state: str = Field(default="draft", max_length=20)  # domain.broadcast.BroadcastState
    topic_id: int | None = Field(default=None, foreign_key="topic.id", sa_type=BigKey)
    segment_id: int | None = Field(default=None, foreign_key="segment.id", sa_type=BigKey)
    schedule: dict[str, object] = Field(default_factory=dict, sa_type=JSON)  # domain.schedule
    scheduled_at: datetime | None = optional_time()  # the instant `schedule` means
    budget_micros: int | None = Field(default=None, sa_type=BigInteger)  # millionths of currency
    rate_per_second: int | None = None  # slower than the channel's, if set
    cap_exempt: bool = False  # the brand's own cap does not count for it
    created_by: int | None = Field(default=None, foreign_key="user.id", sa_type=BigKey)
    created_at: datetime = time_field()
    updated_at: datetime = time_field()
    asked_by: int | None = Field(default=None, foreign_key="user.id", sa_type=BigKey)
    asked_at: datetime | None = optional_time()
    approved_by: int | None = Field(default=None, foreign_key="user.id", sa_type=BigKey)
    approved_at: datetime | None = optional_time()
    approval_hash: str | None = Field(default=None, max_length=64)
    state_reason: dict[str, object] | None = Field(default=None, sa_type=JSON, nullable=True)
    version: int = 1  # raised by every edit: two editors cannot overwrite each other


class Message(BrandOwned, table=True):
    """A version of what is written. A version an occurrence froze is never changed."""

    __table_args__ = (UniqueConstraint("broadcast_id", "locale", "version"),)
    id: int | None = key_field()
    broadcast_id: int = Field(foreign_key="broadcast.id", sa_type=BigKey)
    locale: str = Field(default="", max_length=20)  # "" is the version for everyone else
    version: int = 1
    content: dict[str, object] = Field(sa_type=JSON)  # domain.message.Content
    fingerprint: str = Field(max_length=64)
    created_at: datetime = time_field()


class Occurrence(BrandOwned, table=True):
    """One run of a broadcast; starts at most once."""

    __table_args__ = (
        UniqueConstraint("broadcast_id", "number"),
        Index("ix_occurrence_state_due", "state", "due_at"),
    )
    id: int | None = key_field()
    broadcast_id: int = Field(foreign_key="broadcast.id", sa_type=BigKey)
    number: int = 1
    state: str = Field(default="due", max_length=20)  # due planning sending paused done ...
    due_at: datetime = time_field()
    grace_minutes: int = 30
    message_id: int | None = Field(default=None, foreign_key="message.id", sa_type=BigKey)
    tree: dict[str, object] | None = Field(default=None, sa_type=JSON, nullable=True)
    audience: int | None = None  # people planned; the states below must add up to it
    plan_cursor: int = Field(default=0, sa_type=BigInteger)  # last subscriber id planned
    planned_until: int = Field(default=0, sa_type=BigInteger)  # highest id when frozen
    retry_of: int | None = None  # the number of the run whose failed people it asks once more
    awaits_until: datetime | None = optional_time()  # of `domain.period`: nobody is asked after it
    holds: bool = False  # some of its rows wait for a later moment: Delivery.due_at
    campaign_key: str | None = Field(default=None, max_length=64)  # of the paid platform
    resume_at: datetime | None = optional_time()  # the platform asked this run to wait
    rulebook_version: str = Field(default="", max_length=64)
    started_at: datetime | None = optional_time()
    planned_at: datetime | None = optional_time()
    finished_at: datetime | None = optional_time()
    timed_at: datetime | None = optional_time()  # the house rules its rows wait by; None: its start
    seen_at: datetime | None = optional_time()  # somebody has read that it was missed
    note: dict[str, object] | None = Field(default=None, sa_type=JSON, nullable=True)
