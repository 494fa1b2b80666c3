"""One Page, account or number of a brand, and the platform app whose webhooks it hears."""

from datetime import datetime

from sqlalchemy import JSON, BigInteger, UniqueConstraint
from sqlmodel import Field, SQLModel

from webapp.models.base import BigKey, BrandOwned, key_field, optional_time, time_field


class MetaApp(SQLModel, table=True):
    """The developer app of `/webhooks/meta/{slug}`: its secret signs every event."""

    __tablename__ = "meta_app"
    id: int | None = key_field()
    slug: str = Field(unique=True, max_length=60)
    app_secret: str  # sealed
    verify_token: str  # sealed
    deletions_until: datetime | None = optional_time()  # its limiter: see `domain.rate.admit`
    created_at: datetime = time_field()


class Channel(BrandOwned, table=True):
    __table_args__ = (UniqueConstraint("platform", "key"),)
    id: int | None = key_field()
    app_id: int = Field(foreign_key="meta_app.id", index=True, sa_type=BigKey)
    platform: str = Field(max_length=20)  # messenger | instagram | whatsapp
    key: str = Field(max_length=64)  # the Page's, Instagram account's or phone number's id
    account: str | None = Field(default=None, max_length=64)  # WhatsApp: the business account
    name: str = Field(max_length=120)
    access_token: str  # sealed
    graph_url: str | None = Field(default=None, max_length=200)  # None: the installation's
    practice: bool = False
    ad_account: str | None = Field(default=None, max_length=40)  # act_...: paid messages
    people_a_day: int | None = None  # WhatsApp: see `domain.portfolio`; None: not known
    rate_per_second: int = 40  # above it the Page inbox stops showing messages
    batch_size: int | None = None  # messages in one request; None: one by one (`domain.batch`)
    state: str = Field(default="connected", max_length=20)  # connected | stopped
    stopped_at: datetime | None = optional_time()
    stopped_reason: dict[str, object] | None = Field(default=None, sa_type=JSON, nullable=True)
    resume_at: datetime | None = optional_time()  # the platform asked us to wait until then
    checked_at: datetime | None = optional_time()
    last_event_at: datetime | None = optional_time()
    created_at: datetime = time_field()


class RateBucket(SQLModel, table=True):
    """GCRA: the theoretical arrival time of a channel's next send, over all processes, and the
    sender that had the last wave."""

    __tablename__ = "rate_bucket"
    channel_id: int = Field(foreign_key="channel.id", primary_key=True, sa_type=BigKey)
    tat_us: int = Field(default=0, sa_type=BigInteger)  # microseconds since 1970
    worker_id: int | None = Field(default=None, sa_type=BigInteger)
