"""The inbox: what the platforms posted, kept before it is understood, and what it meant."""

from datetime import datetime

from sqlalchemy import JSON, Index, LargeBinary, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from webapp.models.base import BigKey, BrandOwned, key_field, optional_time, time_field


class RawEvent(SQLModel, table=True):
    """One signed POST, byte for byte, or what was fetched after a downtime in the same form
    (`services.catching_up`). The same bytes twice are one row."""

    __tablename__ = "raw_event"
    __table_args__ = (
        UniqueConstraint("app_id", "digest"),
        Index("ix_raw_event_state", "state", "id"),
    )
    id: int | None = key_field()
    app_id: int = Field(foreign_key="meta_app.id", sa_type=BigKey)
    digest: str = Field(max_length=64)  # sha256 of the body
    body: bytes = Field(sa_type=LargeBinary)
    received_at: datetime = time_field()
    state: str = Field(default="new", max_length=12)  # new | applied | set_aside | failed
    attempts: int = 0
    reason: str | None = Field(default=None, max_length=500)
    applied_at: datetime | None = optional_time()


class Event(BrandOwned, table=True):
    """One thing that happened with one person. `key` makes twice the same as once."""

    __table_args__ = (
        UniqueConstraint("channel_id", "key"),
        Index("ix_event_person", "subscriber_id", "at"),
        Index("ix_event_delivery", "delivery_id"),
        Index(  # what people did, for segments: see `store.doings`
            "ix_event_act",
            "subscriber_id",
            "act",
            "at",
            "brand_id",
            sqlite_where=text("act IS NOT NULL"),
            postgresql_where=text("act IS NOT NULL"),
        ),
    )
    id: int | None = key_field()
    channel_id: int = Field(foreign_key="channel.id", sa_type=BigKey)
    subscriber_id: int | None = Field(default=None, foreign_key="subscriber.id", sa_type=BigKey)
    raw_event_id: int | None = Field(default=None, foreign_key="raw_event.id", sa_type=BigKey)
    delivery_id: int | None = Field(default=None, sa_type=BigKey)
    kind: str = Field(max_length=30)  # domain.event.EventKind
    act: str | None = Field(default=None, max_length=10)  # domain.event.Act
    key: str = Field(max_length=200)
    at: datetime = time_field()
    mid: str | None = Field(default=None, max_length=200, index=True)
    text: str | None = Field(default=None, max_length=2000)
    detail: dict[str, object] = Field(default_factory=dict, sa_type=JSON)


class SetAside(SQLModel, table=True):
    """A part of a signed POST that could not be used, with the reason in plain words."""

    __tablename__ = "set_aside"
    __table_args__ = (UniqueConstraint("raw_event_id", "position"),)
    id: int | None = key_field()
    raw_event_id: int = Field(foreign_key="raw_event.id", sa_type=BigKey)
    position: int = 0
    reason: str = Field(max_length=500)
    at: datetime = time_field()
