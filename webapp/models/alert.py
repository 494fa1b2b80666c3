"""An e-mail to one person about one trouble: written with its cause, sent by a tick."""

from datetime import datetime

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from webapp.models.base import BigKey, key_field, optional_time, time_field


class Alert(SQLModel, table=True):
    """`brand_id` None: it concerns every brand. One a person and cause, however often it is seen.

    `asked_at` without `sent_at`: handed to the mail server, and nobody knows whether it went.
    """

    __table_args__ = (UniqueConstraint("user_id", "cause"),)
    id: int | None = key_field()
    brand_id: int | None = Field(default=None, foreign_key="brand.id", nullable=True)
    user_id: int = Field(foreign_key="user.id", sa_type=BigKey)
    cause: str = Field(max_length=120)
    subject: dict[str, object] = Field(sa_type=JSON)  # domain.remark
    sentence: dict[str, object] = Field(sa_type=JSON)
    advice: dict[str, object] = Field(sa_type=JSON)
    path: str = Field(max_length=200)
    created_at: datetime = time_field(index=True)
    not_before: datetime = time_field()
    attempts: int = 0
    asked_at: datetime | None = optional_time()
    sent_at: datetime | None = optional_time()
    failure: str | None = Field(default=None, max_length=120)  # the kind of error, never its text
