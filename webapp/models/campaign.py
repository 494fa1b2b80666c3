"""The year plan: campaigns, the dates that matter, and what is aimed for each month."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlmodel import Field

from webapp.models.base import BigKey, BrandOwned, key_field, optional_time, time_field


class Campaign(BrandOwned, table=True):
    __table_args__ = (Index("ix_campaign_brand_starts", "brand_id", "starts_on"),)
    id: int | None = key_field()
    name: str = Field(max_length=120)
    goal: str = Field(default="", max_length=500)
    lane: str = Field(default="", max_length=60)  # the strip it is drawn in
    kind: str = Field(default="standard", max_length=20)  # gives its colour
    starts_on: date
    ends_on: date
    budget_micros: int = Field(default=0, sa_type=BigInteger)
    target_reach: int = 0
    owner_id: int | None = Field(default=None, foreign_key="user.id", sa_type=BigKey)
    created_at: datetime = time_field()
    updated_at: datetime = time_field()
    archived_at: datetime | None = optional_time()


class Moment(BrandOwned, table=True):
    """A date of the brand's own; public holidays come from their calendar, not from rows."""

    __table_args__ = (Index("ix_moment_brand_on", "brand_id", "on"),)
    id: int | None = key_field()
    on: date
    name: str = Field(max_length=120)


class Target(BrandOwned, table=True):
    """What a month aims for."""

    __table_args__ = (UniqueConstraint("brand_id", "month", "measure"),)
    id: int | None = key_field()
    month: date  # its first day
    measure: str = Field(max_length=20)  # reach | budget
    value: int = Field(sa_type=BigInteger)  # people, or millionths of the brand's currency
