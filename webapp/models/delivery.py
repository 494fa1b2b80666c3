"""The ledger: one recipient's row in one run of a broadcast, and the decisions behind the rows."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import JSON, BigInteger, Index, SmallInteger, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from webapp.models.base import BigKey, BrandOwned, key_field, optional_time, time_field

PAID_ROUTES = ("sponsored", "utility")
CLAIMED = "claimed_at IS NOT NULL"
AWAITS = "state = 0 AND reason = 'schedule.awaits_window'"  # DeliveryState.QUEUED, `domain.period`
REACHED = f"{CLAIMED} AND route IN {PAID_ROUTES}"


class Delivery(BrandOwned, table=True):
    """State is `domain.delivery.DeliveryState`. The row explains itself: invariant 6."""

    __table_args__ = (
        UniqueConstraint("broadcast_id", "occurrence", "step", "subscriber_id"),
        # Rows of a run in the order they are claimed: those that wait for a moment lie by it, and
        # are passed over in one step until it has come.
        Index("ix_delivery_queue", "broadcast_id", "occurrence", "state", "due_at", "id"),
        Index("ix_delivery_worker", "worker_id", "state"),
        Index("ix_delivery_person", "subscriber_id", "id"),
        Index(  # what a person has had lately: see `store.caps`
            "ix_delivery_had",
            "subscriber_id",
            "claimed_at",
            sqlite_where=text(CLAIMED),
            postgresql_where=text(CLAIMED),
        ),
        Index(  # whose row waits for their window: see `store.awaited`
            "ix_delivery_awaits",
            "subscriber_id",
            sqlite_where=text(AWAITS),
            postgresql_where=text(AWAITS),
        ),
        Index("ix_delivery_platform_message", "platform_message_id"),
        Index(  # whom a WhatsApp business reached in a day: see `store.portfolios`
            "ix_delivery_reached",
            "channel_id",
            "claimed_at",
            "subscriber_id",
            sqlite_where=text(REACHED),
            postgresql_where=text(REACHED),
        ),
        Index(  # what people were sent and did with it, for segments: see `store.doings`
            "ix_delivery_told",
            "subscriber_id",
            "sent_at",
            "delivered_at",
            "read_at",
            "clicked_at",
            "replied_at",
            "broadcast_id",
            "brand_id",
            sqlite_where=text("sent_at IS NOT NULL"),
            postgresql_where=text("sent_at IS NOT NULL"),
        ),
        Index(  # few rows, asked for on every page: what nobody can know yet
            "ix_delivery_unknown",
            "brand_id",
            "broadcast_id",
            sqlite_where=text("state = 6"),
            postgresql_where=text("state = 6"),
        ),
    )
    id: int | None = key_field()
    broadcast_id: int = Field(foreign_key="broadcast.id", sa_type=BigKey)
    occurrence: int = Field(default=1, sa_type=SmallInteger)
    step: int = Field(default=0, sa_type=SmallInteger)
    subscriber_id: int = Field(foreign_key="subscriber.id", sa_type=BigKey)
    channel_id: int = Field(foreign_key="channel.id", sa_type=BigKey)
    state: int = Field(default=0, sa_type=SmallInteger)
    route: str = Field(default="none", max_length=20)
    reason: str | None = Field(default=None, max_length=80)  # rule id, or error code/subcode
    detail: str | None = Field(default=None, max_length=500)  # the platform's words
    decision_id: int | None = Field(default=None, foreign_key="decision.id", sa_type=BigKey)
    rule_ids: str = Field(default="", max_length=300)
    rulebook_version: str = Field(default="", max_length=64)
    decided_at: datetime | None = optional_time()
    window_ends_at: datetime | None = optional_time()
    opt_in_id: int | None = Field(default=None, sa_type=BigKey)
    message_id: int | None = Field(default=None, sa_type=BigKey)
    due_at: datetime | None = optional_time()  # not before; set by a hold
    worker_id: int | None = Field(default=None, sa_type=BigKey)  # the fence
    claimed_at: datetime | None = optional_time()
    epoch: int | None = None  # in which it was claimed: part of its key, see `domain.mark`
    platform_message_id: str | None = Field(default=None, max_length=200)
    price_micros: int = Field(default=0, sa_type=BigInteger)
    fallback: bool = False  # somebody's variable was unknown
    finished_at: datetime | None = optional_time()
    sent_at: datetime | None = optional_time()
    delivered_at: datetime | None = optional_time()
    read_at: datetime | None = optional_time()
    clicked_at: datetime | None = optional_time()
    replied_at: datetime | None = optional_time()
    settled_by: int | None = Field(default=None, sa_type=BigKey)  # the person who settled it


class DeliverySum(BrandOwned, table=True):
    """What counting a broadcast's rows would say; written by triggers alone: see `store.sums`.

    No foreign keys: their checks would make every writer wait for whoever holds the broadcast.
    """

    __tablename__ = "delivery_sum"
    __table_args__: ClassVar[dict[str, bool]] = {"sqlite_with_rowid": False}  # one tree, not two
    brand_id: int = Field(sa_type=BigKey)
    broadcast_id: int = Field(primary_key=True, sa_type=BigKey)
    occurrence: int = Field(primary_key=True, sa_type=SmallInteger)
    state: int = Field(primary_key=True, sa_type=SmallInteger)
    route: str = Field(primary_key=True, max_length=20)
    reason: str = Field(primary_key=True, max_length=80)  # "" where the rows have none
    writer: int = Field(primary_key=True)  # a connection on PostgreSQL, 0 on SQLite
    people: int = Field(sa_type=BigInteger)
    price_micros: int = Field(sa_type=BigInteger)
    delivered: int = Field(sa_type=BigInteger)
    read: int = Field(sa_type=BigInteger)
    clicked: int = Field(sa_type=BigInteger)
    replied: int = Field(sa_type=BigInteger)


class Decision(BrandOwned, table=True):
    """What the rules said of one situation, for one run of one broadcast."""

    __table_args__ = (UniqueConstraint("broadcast_id", "occurrence", "situation"),)
    id: int | None = key_field()
    broadcast_id: int = Field(foreign_key="broadcast.id", sa_type=BigKey)
    occurrence: int = Field(default=1, sa_type=SmallInteger)
    situation: int = Field(sa_type=BigInteger)  # domain.policy.situation code
    stance: str = Field(max_length=10)  # allows | holds | denies
    route: str = Field(max_length=20)
    reason: str = Field(max_length=80)
    verdicts: list[dict[str, object]] = Field(sa_type=JSON)
    price_micros: int = Field(default=0, sa_type=BigInteger)
    rulebook_version: str = Field(max_length=64)
    decided_at: datetime = time_field()


class Worker(SQLModel, table=True):
    """A sending process. Its id fences its writes: a row is only its own while it is alive."""

    id: int | None = key_field()
    host: str = Field(max_length=120)
    pid: int
    started_at: datetime = time_field()
    alive_at: datetime = time_field(index=True)
    ended_at: datetime | None = optional_time()


class Heartbeat(SQLModel, table=True):
    name: str = Field(primary_key=True, max_length=60)
    at: datetime = time_field()
    detail: str = Field(default="", max_length=500)
