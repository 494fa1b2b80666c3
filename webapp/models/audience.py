"""The audience index: the people for whom each condition in use holds, and who changed since.

Everything here can be made again from the people; losing it costs time only.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, LargeBinary, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from webapp.models.base import BigKey, BrandOwned, key_field, time_field

MARKED: Any = dict.fromkeys(("sqlite_where", "postgresql_where"), text("mark > 0"))
MANY: Any = dict.fromkeys(("sqlite_where", "postgresql_where"), text("until_id IS NOT NULL"))


class AudiencePart(BrandOwned, table=True):
    """The people for whom one condition held at `at`, as a roaring bitmap of their ids. Whoever is
    in its log of changes from `mark` on has to be looked at again. With a `ladder` the people are
    in the order of a moment: see `store/audience_ladders.py`."""

    __tablename__ = "audience_part"
    __table_args__ = (UniqueConstraint("brand_id", "name"),)
    id: int | None = key_field()
    name: str = Field(max_length=64)  # fingerprint of the condition
    leaf: str  # the condition as JSON, for who looks at the table
    people: bytes = Field(sa_type=LargeBinary)
    ladder: bytes | None = Field(default=None, sa_type=LargeBinary)
    log: int = Field(default=1, sa_column_kwargs={"server_default": "1"})  # of changes: its row
    mark: int = Field(sa_type=BigInteger)
    epoch: str = Field(default="", max_length=40)  # whose marks these are
    at: datetime = time_field()
    used_at: datetime = time_field()


class AudienceChange(SQLModel, table=True):
    """Somebody changed, or came with many. Written by triggers, so no brand is checked here; see
    `store/audience_changes.py`."""

    __tablename__ = "audience_change"
    __table_args__: Any = (
        Index("ix_audience_change_mark", "mark", **MARKED),
        Index("ix_audience_change_many", "subscriber_id", "until_id", **MANY),
        {"sqlite_autoincrement": True},
    )
    id: int | None = key_field()
    brand_id: int
    subscriber_id: int = Field(sa_type=BigKey)
    until_id: int | None = Field(default=None, sa_type=BigKey)  # many new people: the last of them
    mark: int = Field(default=0, sa_type=BigInteger)  # PostgreSQL: the transaction; else 0


class AudienceDoing(SQLModel, table=True):
    """Somebody did something, or was sent something: the same for conditions about that alone."""

    __tablename__ = "audience_doing"
    __table_args__: Any = (
        Index("ix_audience_doing_mark", "mark", **MARKED),
        Index("ix_audience_doing_many", "subscriber_id", "until_id", **MANY),
        {"sqlite_autoincrement": True},
    )
    id: int | None = key_field()
    brand_id: int
    subscriber_id: int = Field(sa_type=BigKey)
    until_id: int | None = Field(default=None, sa_type=BigKey)
    mark: int = Field(default=0, sa_type=BigInteger)


class AudienceHorizon(SQLModel, table=True):
    """From which mark on each log of changes is whole; a row for each."""

    __tablename__ = "audience_horizon"
    id: int | None = key_field()
    mark: int = Field(default=0, sa_type=BigInteger)
