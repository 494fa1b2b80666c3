"""The tenant: everything below it belongs to exactly one brand."""

from datetime import datetime

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from webapp.models.base import BigKey, key_field, optional_time, time_field


class Brand(SQLModel, table=True):
    id: int | None = key_field()
    slug: str = Field(unique=True, max_length=60)
    name: str = Field(max_length=120)
    country: str = Field(max_length=2)  # ISO 3166-1 alpha-2: rules and holidays follow it
    timezone: str = Field(default="UTC", max_length=64)  # for plans, charts and fallbacks
    currency: str = Field(default="USD", max_length=3)
    quiet_hours: dict[str, object] | None = Field(default=None, sa_type=JSON, nullable=True)
    cap: dict[str, object] | None = Field(default=None, sa_type=JSON, nullable=True)  # domain.cap
    house_rules_at: datetime | None = optional_time()  # when the two above were last changed
    created_at: datetime = time_field()
    archived_at: datetime | None = optional_time()


class Installation(SQLModel, table=True):
    """Facts of the whole installation, one row a name: `halt`, `identity` ..."""

    name: str = Field(primary_key=True, max_length=60)
    value: str = ""
    at: datetime = time_field()
    user_id: int | None = Field(default=None, foreign_key="user.id", sa_type=BigKey)
