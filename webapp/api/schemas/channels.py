from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from webapp.api.schemas.base import Answer, Body, Name
from webapp.forms.channels import AdAccount, BatchSize, ChannelId, Rate, Slug

Secret = Annotated[str, Field(max_length=1000, pattern=r"^[\x21-\x7e]+$")]
Address = Annotated[
    str, Field(max_length=200, pattern=r"^https?://[A-Za-z0-9.-]+(:\d{1,5})?(/[A-Za-z0-9._/-]*)?$")
]


class Channel(Answer):
    """Its secrets are never answered."""

    id: int
    platform: str
    key: str = Field(description="The Page's, Instagram account's or phone number's id.")
    name: str
    practice: bool
    graph_url: str | None
    ad_account: str | None
    account: str | None = Field(description="WhatsApp: the business account of the number.")
    rate_per_second: int
    batch_size: int | None = Field(
        description="Messages in one request at most, fewer where the rate is small; null: one by "
        "one. When the answer to a batch is lost, all of its messages are unknown."
    )
    people_a_day: int | None = Field(
        description="WhatsApp: whom the business may reach a day outside their windows, as the "
        "platform told; -1 for any number, null while it has not."
    )
    state: str = Field(
        description="connected, stopped, or reading: what was missed, before it sends again"
    )
    stopped_at: datetime | None
    stopped_reason: str | None
    resume_at: datetime | None
    checked_at: datetime | None
    last_event_at: datetime | None
    created_at: datetime
    webhook_url: str | None = Field(default=None, description="To enter at the platform.")


class NewChannel(Body):
    """`app` names the developer app whose webhooks it hears; a new one needs its secret.

    WhatsApp: `key` is the phone number's id and `account` the business account's.
    """

    key: ChannelId
    access_token: Secret
    platform: Literal["messenger", "instagram", "whatsapp"] = "messenger"
    account: ChannelId | None = None
    name: Annotated[str, Field(max_length=120)] = ""
    app: Slug = "default"
    app_secret: Secret | None = None
    verify_token: Secret | None = None
    graph_url: Address | None = None
    practice: bool = False
    ad_account: AdAccount | None = None
    rate_per_second: Rate = 40


class ChannelChange(Body):
    """What is left out stays; `ad_account` null takes it away, and `batch_size` null sends one by
    one. A new `access_token` is tried."""

    name: Name | None = None
    rate_per_second: Rate | None = None
    ad_account: AdAccount | None = None
    batch_size: BatchSize | None = None
    access_token: Secret | None = None
    state: Literal["connected", "stopped"] | None = None


class Test(Answer):
    """What the platform said of the channel's token."""

    alive: bool
    certain: bool = Field(description="False: the platform did not answer clearly.")
    name: str | None
    detail: str | None
