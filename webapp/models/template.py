"""A channel's message templates as the platform last told of them, and when we asked."""

from datetime import datetime

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field

from webapp.models.base import BigKey, BrandOwned, key_field, optional_time, time_field


class Template(BrandOwned, table=True):
    __table_args__ = (UniqueConstraint("channel_id", "name", "language"),)
    id: int | None = key_field()
    channel_id: int = Field(foreign_key="channel.id", sa_type=BigKey)
    key: str = Field(max_length=200)  # the platform's id
    name: str = Field(max_length=512)
    language: str = Field(max_length=20)  # en, pt_BR
    category: str = Field(max_length=20)  # domain.template.Category, or a word we do not know
    coming_category: str = Field(default="", max_length=20)  # the platform will change it to this
    state: str = Field(max_length=20)  # domain.template.TemplateState
    quality: str = Field(default="", max_length=20)  # green, yellow, red, unknown or ""
    rejected_reason: str = Field(default="", max_length=500)  # the platform's word
    components: list[dict[str, object]] = Field(default_factory=list, sa_type=JSON)
    told_at: datetime = time_field()  # when the state was last said: by a list or by a webhook
    fetched_at: datetime | None = optional_time()


class TemplateFetch(BrandOwned, table=True):
    """When a channel's list is asked for again, and what came of the last time."""

    __tablename__ = "template_fetch"
    channel_id: int = Field(foreign_key="channel.id", primary_key=True, sa_type=BigKey)
    due_at: datetime = time_field(index=True)
    fetched_at: datetime | None = optional_time()  # the last time it was answered
    trouble: dict[str, object] | None = Field(default=None, sa_type=JSON, nullable=True)
