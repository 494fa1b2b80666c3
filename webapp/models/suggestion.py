"""A better hour for a broadcast that is planned, as it was found last."""

from datetime import datetime

from sqlmodel import Field

from webapp.models.base import BigKey, BrandOwned, optional_time, time_field


class Suggestion(BrandOwned, table=True):
    """One a broadcast, found for its `broadcast_version`. `better_at` None: its time is good."""

    broadcast_id: int = Field(foreign_key="broadcast.id", primary_key=True, sa_type=BigKey)
    broadcast_version: int
    send_at: datetime = time_field()
    better_at: datetime | None = optional_time()
    reached: int = 0  # at its time
    better: int = 0  # at the better one
    closing: int = 0  # people reachable now and no more at its time
    looked_at: datetime = time_field()
    dismissed_at: datetime | None = optional_time()
    dismissed_by: int | None = Field(default=None, foreign_key="user.id", sa_type=BigKey)
