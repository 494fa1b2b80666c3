"""One person on one channel, keyed by the platform's id for them.

A phone number is the key only of a WhatsApp person of whom no user id is known yet."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Index, String, UniqueConstraint, false, text
from sqlmodel import Field, SQLModel

from webapp.models.base import Amount, BigKey, BrandOwned, key_field, optional_time, time_field

# Lists and counts never show erased people: an index without them answers without the rows.
LIVING: Any = dict.fromkeys(("sqlite_where", "postgresql_where"), text("erased_at IS NULL"))
FREE: Any = dict.fromkeys(
    ("sqlite_where", "postgresql_where"),
    text("erased_at IS NULL AND free_entry_ends_at IS NOT NULL"),
)
OF_ADS: Any = dict.fromkeys(
    ("sqlite_where", "postgresql_where"),
    text("erased_at IS NULL AND window_opener = 'ad_message'"),
)

# As long as a WhatsApp user id may be. SQLite counts no letters, and a wider column would mean to
# write the whole table anew: there it is declared as it was made.
PersonKey: Any = String(140).with_variant(String(64), "sqlite")


class Subscriber(BrandOwned, table=True):
    __table_args__ = (
        UniqueConstraint("channel_id", "key"),
        Index(  # with who said STOP, so that closing windows are counted without the rows
            "ix_subscriber_brand_window",
            "brand_id",
            "channel_id",
            "window_ends_at",
            "opted_out_at",
            **LIVING,
        ),
        Index("ix_subscriber_brand_inbound", "brand_id", "last_inbound_at", **LIVING),
        Index("ix_subscriber_brand_seen", "brand_id", "first_seen_at", **LIVING),
        Index("ix_subscriber_brand_country", "brand_id", "country", **LIVING),
        Index("ix_subscriber_brand_name", "brand_id", "name_folded", **LIVING),
        Index(  # reach by hour counts ranges of it: see store/reaches.py
            "ix_subscriber_reach",
            "brand_id",
            "channel_id",
            "opted_out_at",
            "unavailable_at",
            "region",
            "timezone",
            "window_ends_at",
            "window_opener",
            "opted_in",
            **LIVING,
        ),
        Index(  # the few whose window an ad opened, and how fresh it is: read without their rows
            "ix_subscriber_ads",
            "brand_id",
            "channel_id",
            "opted_out_at",
            "unavailable_at",
            "region",
            "window_ends_at",
            "window_opener",
            "window_opened_at",
            "last_inbound_at",
            **OF_ADS,
        ),
        Index(  # the few inside a free entry point, and all that reach by hour asks of them
            "ix_subscriber_free",
            "brand_id",
            "channel_id",
            "opted_out_at",
            "unavailable_at",
            "free_entry_ends_at",
            "region",
            "window_ends_at",
            "window_opener",
            "window_opened_at",
            "last_inbound_at",
            "opted_in",
            **FREE,
        ),
    )
    id: int | None = key_field()
    channel_id: int = Field(foreign_key="channel.id", sa_type=BigKey)
    key: str = Field(sa_type=PersonKey)  # PSID, IGSID, WhatsApp user id
    first_name: str | None = Field(default=None, max_length=200)
    last_name: str | None = Field(default=None, max_length=200)
    name_folded: str = Field(default="", max_length=401)  # "first last" for search: `folding`
    locale: str | None = Field(default=None, max_length=20)
    timezone: str | None = Field(default=None, max_length=64)
    country: str | None = Field(default=None, max_length=2)
    city: str | None = Field(default=None, max_length=200)
    gender: str | None = Field(default=None, max_length=40)
    source: str | None = Field(default=None, max_length=80)
    region: int = 0  # domain.policy.situation.Region of `country`, kept with it
    first_seen_at: datetime | None = optional_time()
    last_inbound_at: datetime | None = optional_time()
    window_opener: str | None = Field(default=None, max_length=20)  # domain.event opener
    window_opened_at: datetime | None = optional_time()
    window_ends_at: datetime | None = optional_time()
    window_closed_at: datetime | None = optional_time()  # by the platform: what came before is void
    free_entry_ends_at: datetime | None = optional_time()  # WhatsApp: all is free until then
    opted_in: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    # to whatever topic: kept by the database, see store/agreements.py
    opted_out_at: datetime | None = optional_time()  # said STOP; cleared by START
    unavailable_at: datetime | None = optional_time()  # the platform says so; next inbound clears
    last_sent_at: datetime | None = optional_time()
    erased_at: datetime | None = optional_time()
    created_at: datetime = time_field()
    updated_at: datetime = time_field()


class SubscriberKey(BrandOwned, table=True):
    """Another id of a person than their key: a WhatsApp number, or an id they had before.

    It is theirs until `ended_at`; a number may be somebody else's after that.
    """

    __tablename__ = "subscriber_key"
    __table_args__ = (
        UniqueConstraint("channel_id", "key", "subscriber_id"),
        Index("ix_subscriber_key_person", "subscriber_id"),
    )
    id: int | None = key_field()
    channel_id: int = Field(foreign_key="channel.id", sa_type=BigKey)
    key: str = Field(max_length=140)
    subscriber_id: int = Field(foreign_key="subscriber.id", sa_type=BigKey)
    ended_at: datetime | None = optional_time()


class Tag(BrandOwned, table=True):
    __table_args__ = (UniqueConstraint("brand_id", "name"),)
    id: int | None = key_field()
    name: str = Field(max_length=80)


class SubscriberTag(BrandOwned, table=True):
    __tablename__ = "subscriber_tag"
    __table_args__ = (Index("ix_subscriber_tag_tag", "tag_id", "subscriber_id"),)
    subscriber_id: int = Field(foreign_key="subscriber.id", primary_key=True, sa_type=BigKey)
    tag_id: int = Field(foreign_key="tag.id", primary_key=True, sa_type=BigKey)


class Attribute(BrandOwned, table=True):
    """A custom field of a brand: `attr.<name>` in segments and messages."""

    __table_args__ = (UniqueConstraint("brand_id", "name"),)
    id: int | None = key_field()
    name: str = Field(max_length=60)  # lower case, digits, underscores
    label: str = Field(max_length=120)
    type: str = Field(max_length=10)  # text number money date time yesno list


class AttributeValue(BrandOwned, table=True):
    """One value in the column of its type; lists are several rows by `position`."""

    __tablename__ = "attribute_value"
    __table_args__ = (
        Index("ix_attribute_value_text", "attribute_id", "text"),
        Index("ix_attribute_value_number", "attribute_id", "number"),
        Index("ix_attribute_value_day", "attribute_id", "day"),
    )
    subscriber_id: int = Field(foreign_key="subscriber.id", primary_key=True, sa_type=BigKey)
    attribute_id: int = Field(foreign_key="attribute.id", primary_key=True, sa_type=BigKey)
    position: int = Field(default=0, primary_key=True)
    text: str | None = Field(default=None, max_length=1000)
    number: Decimal | None = Field(default=None, sa_type=Amount)
    day: date | None = None
    at: datetime | None = optional_time()


class Erasure(SQLModel, table=True):
    """A tombstone: a keyed hash of an erased person's id, so that no import brings them back."""

    id: int | None = key_field()
    channel_id: int = Field(foreign_key="channel.id", index=True, sa_type=BigKey)
    key_hash: str = Field(max_length=64, index=True)
    erased_at: datetime = time_field()
