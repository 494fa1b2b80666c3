from datetime import date, datetime

from sqlalchemy import JSON, Index, LargeBinary
from sqlmodel import Field

from webapp.models.base import BigKey, BrandOwned, key_field, optional_time, time_field


class Segment(BrandOwned, table=True):
    """A rule tree over subscribers (`domain.segment`); deleted ones are archived."""

    id: int | None = key_field()
    name: str = Field(max_length=120)
    tree: dict[str, object] = Field(sa_type=JSON)
    kind: str = Field(default="live", max_length=10)  # live | frozen
    frozen_at: datetime | None = optional_time()
    frozen_by: int | None = Field(default=None, sa_type=BigKey)  # a user's id
    created_by: int | None = Field(default=None, foreign_key="user.id", sa_type=BigKey)
    created_at: datetime = time_field()
    updated_at: datetime = time_field()
    archived_at: datetime | None = optional_time()


class SegmentMember(BrandOwned, table=True):
    """Whom a frozen segment keeps."""

    __tablename__ = "segment_member"
    __table_args__ = (
        Index("ix_segment_member_person", "subscriber_id"),
        {"sqlite_with_rowid": False},  # one tree, not two
    )
    segment_id: int = Field(foreign_key="segment.id", primary_key=True, sa_type=BigKey)
    subscriber_id: int = Field(foreign_key="subscriber.id", primary_key=True, sa_type=BigKey)


class SegmentDay(BrandOwned, table=True):
    """How many people a segment had at the end of a day of the brand, and who came and went in it,
    as far as it was looked at (`services.segment_days`)."""

    __tablename__ = "segment_day"
    segment_id: int = Field(foreign_key="segment.id", primary_key=True, sa_type=BigKey)
    day: date = Field(primary_key=True)
    people: int = 0
    joined: int = 0
    left: int = 0


class SegmentSeen(BrandOwned, table=True):
    """Who was in when a segment was last looked at, as a roaring bitmap of ids."""

    __tablename__ = "segment_seen"
    segment_id: int = Field(foreign_key="segment.id", primary_key=True, sa_type=BigKey)
    people: bytes = Field(sa_type=LargeBinary)
    at: datetime = time_field()
