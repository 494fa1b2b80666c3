"""What answers a person's STOP or START, and in which words."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from webapp.models.base import BigKey, BrandOwned, key_field, optional_time, time_field


class Reply(BrandOwned, table=True):
    """The one confirmation of one act; `opt_in_id` is unique, so an act has at most one."""

    __table_args__ = (
        UniqueConstraint("opt_in_id"),
        Index("ix_reply_person", "subscriber_id", "created_at"),
        Index("ix_reply_state", "state", "id"),
    )
    id: int | None = key_field()
    channel_id: int = Field(foreign_key="channel.id", sa_type=BigKey)
    subscriber_id: int = Field(foreign_key="subscriber.id", sa_type=BigKey)
    opt_in_id: int = Field(foreign_key="opt_in.id", sa_type=BigKey)
    kind: str = Field(max_length=10)  # domain.keyword.Keyword
    language: str = Field(max_length=10)
    text: str = Field(max_length=500)
    state: str = Field(default="queued", max_length=10)  # domain.confirmation.ReplyState
    reason: str = Field(default="", max_length=200)
    created_at: datetime = time_field()
    not_before: datetime | None = optional_time()
    claimed_at: datetime | None = optional_time()
    epoch: int | None = None  # in which it was claimed: part of its mark, see `domain.mark`
    finished_at: datetime | None = optional_time()
    message_id: str | None = Field(default=None, max_length=200)


class OwnWord(BrandOwned, table=True):
    """A brand's word for stop or start, besides the built-in ones."""

    __tablename__ = "own_word"
    __table_args__ = (UniqueConstraint("brand_id", "folded"),)
    id: int | None = key_field()
    means: str = Field(max_length=10)  # domain.keyword.Keyword
    phrase: str = Field(max_length=60)
    folded: str = Field(max_length=120)  # as it is compared
    created_at: datetime = time_field()


class ReplyText(BrandOwned, table=True):
    """A brand's own confirmation in one language, instead of the built-in one."""

    __tablename__ = "reply_text"
    __table_args__ = (UniqueConstraint("brand_id", "kind", "language"),)
    id: int | None = key_field()
    kind: str = Field(max_length=10)
    language: str = Field(max_length=10)
    text: str = Field(max_length=500)


class ReplySetting(BrandOwned, table=True):
    """Whether a brand confirms at all; a brand without a row does."""

    __tablename__ = "reply_setting"
    __table_args__ = (UniqueConstraint("brand_id"),)
    id: int | None = key_field()
    confirms: bool = True
