"""The calls of a channel in the last day, over all processes: see `domain.call_limit`."""

from datetime import datetime

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from webapp.models.base import BigKey, optional_time


class CallBucket(SQLModel, table=True):
    """`engaged`: so many people at least, as counted then."""

    __tablename__ = "call_bucket"
    channel_id: int = Field(foreign_key="channel.id", primary_key=True, sa_type=BigKey)
    calls: dict[str, int] = Field(default_factory=dict, sa_type=JSON)
    engaged: int = 0
    counted_at: datetime | None = optional_time()
