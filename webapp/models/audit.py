from datetime import datetime

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from webapp.models.base import BigKey, key_field, time_field


class Audit(SQLModel, table=True):
    """Who did what, chained by hash so that a missing or changed row shows."""

    __table_args__ = (Index("ix_audit_brand", "brand_id", "id"),)
    id: int | None = key_field()
    brand_id: int | None = Field(default=None, foreign_key="brand.id", sa_type=BigKey)
    at: datetime = time_field()
    user_id: int | None = Field(default=None, foreign_key="user.id", sa_type=BigKey)
    door: str = Field(default="web", max_length=10)  # web | api | cli | job | platform
    action: str = Field(max_length=60)  # broadcast.approve
    noun_id: int | None = Field(default=None, sa_type=BigKey)
    detail: dict[str, object] = Field(default_factory=dict, sa_type=JSON)
    previous_hash: str = Field(max_length=64)
    hash: str = Field(max_length=64)


class IdempotencyKey(SQLModel, table=True):
    """The answer a POST was given, for the caller who asks again."""

    __tablename__ = "idempotency_key"
    __table_args__ = (UniqueConstraint("token_id", "key"),)
    id: int | None = key_field()
    token_id: int = Field(foreign_key="api_token.id", sa_type=BigKey)
    key: str = Field(max_length=200)
    request_hash: str = Field(max_length=64)
    status: int
    body: str
    content_type: str = Field(default="application/json", max_length=80)
    created_at: datetime = time_field()
