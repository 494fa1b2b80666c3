from datetime import datetime

from sqlalchemy import JSON
from sqlmodel import Field

from webapp.models.base import BigKey, BrandOwned, key_field, optional_time, time_field


class Segment(BrandOwned, table=True):
    """A rule tree over subscribers (`domain.segment`); deleted ones are archived."""

    id: int | None = key_field()
    name: str = Field(max_length=120)
    tree: dict[str, object] = Field(sa_type=JSON)
    kind: str = Field(default="live", max_length=10)  # live | frozen
    created_by: int | None = Field(default=None, foreign_key="user.id", sa_type=BigKey)
    created_at: datetime = time_field()
    updated_at: datetime = time_field()
    archived_at: datetime | None = optional_time()
