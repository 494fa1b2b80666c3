"""Whether the platform still sends us a channel's webhooks: when it was asked, what it said."""

from datetime import datetime

from sqlalchemy import JSON
from sqlmodel import Field

from webapp.models.base import BigKey, BrandOwned, optional_time, time_field


class WebhookCheck(BrandOwned, table=True):
    """One a channel. `trouble`: why the platform gave no answer that says so, the last time."""

    __tablename__ = "webhook_check"
    channel_id: int = Field(foreign_key="channel.id", primary_key=True, sa_type=BigKey)
    due_at: datetime = time_field(index=True)
    checked_at: datetime | None = optional_time()  # the last time it was answered
    trouble: dict[str, object] | None = Field(default=None, sa_type=JSON, nullable=True)
