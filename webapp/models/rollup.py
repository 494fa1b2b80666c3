"""Counts kept in the transaction that makes them true. Charts read only these."""

from datetime import date, datetime

from sqlalchemy import BigInteger
from sqlmodel import Field

from webapp.models.base import BigKey, BrandOwned, UtcDateTime


class RollupDay(BrandOwned, table=True):
    """A day (in the brand's zone) of one channel and message kind ("" where none applies)."""

    __tablename__ = "rollup_day"
    brand_id: int = Field(foreign_key="brand.id", primary_key=True, sa_type=BigKey)
    channel_id: int = Field(foreign_key="channel.id", primary_key=True, sa_type=BigKey)
    day: date = Field(primary_key=True)
    kind: str = Field(default="", primary_key=True, max_length=20)
    planned: int = 0
    sent: int = 0
    failed: int = 0
    skipped: int = 0
    cancelled: int = 0
    unknown: int = 0
    delivered: int = 0
    read: int = 0
    clicked: int = 0
    replied: int = 0
    inbound: int = 0
    new_subscribers: int = 0
    opt_ins: int = 0
    opt_outs: int = 0
    spend_micros: int = Field(default=0, sa_type=BigInteger)


class RollupHour(BrandOwned, table=True):
    """An hour (UTC) of one channel: when people write, read and answer."""

    __tablename__ = "rollup_hour"
    brand_id: int = Field(foreign_key="brand.id", primary_key=True, sa_type=BigKey)
    channel_id: int = Field(foreign_key="channel.id", primary_key=True, sa_type=BigKey)
    hour: datetime = Field(primary_key=True, sa_type=UtcDateTime)
    sent: int = 0
    read: int = 0
    replied: int = 0
    inbound: int = 0
