"""The turns of a run that is spread over a period: one row, which its senders move forward."""

from datetime import datetime

from sqlalchemy import BigInteger
from sqlmodel import Field

from webapp.models.base import BigKey, BrandOwned, optional_time, time_field


class Spread(BrandOwned, table=True):
    """`domain.spread.Turns`, over all processes."""

    occurrence_id: int = Field(foreign_key="occurrence.id", primary_key=True, sa_type=BigKey)
    until: datetime = time_field()
    next_at: datetime | None = optional_time()
    apart_us: int = Field(default=0, sa_type=BigInteger)  # microseconds
    counted_at: datetime | None = optional_time()
