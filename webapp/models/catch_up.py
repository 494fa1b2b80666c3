"""What people may have written on a channel while nobody here listened, and how far it is read."""

from datetime import datetime

from sqlalchemy import JSON
from sqlmodel import Field

from webapp.models.base import BigKey, BrandOwned, optional_time, time_field


class CatchUp(BrandOwned, table=True):
    """The last one of a channel; under way until `ended_at`.

    `after` is the platform's cursor of the next page, `read_up_to` the newest kept post once there
    is no further page: when that is applied, it is done. `due_at` None: only a person can go on.
    """

    __tablename__ = "catch_up"
    channel_id: int = Field(foreign_key="channel.id", primary_key=True, sa_type=BigKey)
    since: datetime = time_field()  # what was written before is known
    began_at: datetime = time_field()
    due_at: datetime | None = optional_time()
    after: str | None = Field(default=None, max_length=2000)
    calls: int = 0
    messages: int = 0
    cut: int = 0  # conversations of which the platform told only the newest messages
    trouble: dict[str, object] | None = Field(default=None, sa_type=JSON, nullable=True)
    read_up_to: int | None = Field(default=None, sa_type=BigKey)
    ended_at: datetime | None = optional_time()
    note: dict[str, object] | None = Field(default=None, sa_type=JSON, nullable=True)
    # what could not be read, until somebody has seen it
