"""A person's wish, passed on by the platform, that everything known of them be deleted."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from webapp.models.base import BigKey, key_field, optional_time, time_field


class Deletion(SQLModel, table=True):
    """One per person and app: asked again, it keeps its code. Of no brand: an app may serve many.

    `key` is the platform's id of the person, sealed, and only as long as there is work to do.
    """

    __table_args__ = (UniqueConstraint("app_id", "key_hash"),)
    id: int | None = key_field()
    app_id: int = Field(foreign_key="meta_app.id", sa_type=BigKey)
    code: str = Field(unique=True, max_length=40)
    key_hash: str = Field(max_length=64)
    key: str | None = None  # sealed
    asked_at: datetime = time_field()
    done_at: datetime | None = optional_time(index=True)
    people: int = 0  # how many rows of people it has erased, over all channels
