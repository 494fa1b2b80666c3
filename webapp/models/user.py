"""People who sign in, what they may do in which brand, and their sessions on the server."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from webapp.models.base import BigKey, BrandOwned, key_field, optional_time, time_field


class User(SQLModel, table=True):
    id: int | None = key_field()
    email: str = Field(unique=True, max_length=254)  # lower case
    name: str = Field(max_length=120)
    password_hash: str | None = None
    language: str = Field(default="en", max_length=10)
    timezone: str = Field(default="UTC", max_length=64)
    theme: str = Field(default="auto", max_length=10)  # auto | light | dark
    alerts: bool = True  # wants e-mails about trouble
    operator: bool = False  # may create brands and users, and stop everything
    created_at: datetime = time_field()
    disabled_at: datetime | None = optional_time()


class Membership(BrandOwned, table=True):
    __table_args__ = (UniqueConstraint("brand_id", "user_id"),)
    id: int | None = key_field()
    user_id: int = Field(foreign_key="user.id", index=True, sa_type=BigKey)
    role: str = Field(max_length=10)  # viewer | editor | manager | admin
    created_at: datetime = time_field()


class SignIn(SQLModel, table=True):
    """A session on the server: a stolen cookie dies with the row."""

    __tablename__ = "sign_in"
    id: int | None = key_field()
    token_hash: str = Field(unique=True, max_length=64)
    user_id: int = Field(foreign_key="user.id", index=True, sa_type=BigKey)
    created_at: datetime = time_field()
    seen_at: datetime = time_field()
    expires_at: datetime = time_field()
    agent: str = Field(default="", max_length=200)


class SignInLink(SQLModel, table=True):
    """A one-time link: printed by the demo, mailed to people without a password."""

    __tablename__ = "sign_in_link"
    id: int | None = key_field()
    token_hash: str = Field(unique=True, max_length=64)
    user_id: int = Field(foreign_key="user.id", index=True, sa_type=BigKey)
    created_at: datetime = time_field()
    expires_at: datetime = time_field()
    used_at: datetime | None = optional_time()


class SignInAttempt(SQLModel, table=True):
    """Failed tries by e-mail, to slow guessing down."""

    __tablename__ = "sign_in_attempt"
    email: str = Field(primary_key=True, max_length=254)
    failures: int = 0
    last_at: datetime = time_field()


class ApiToken(SQLModel, table=True):
    """`brand_id` None: the token reaches every brand its user does."""

    __tablename__ = "api_token"
    id: int | None = key_field()
    brand_id: int | None = Field(
        default=None, foreign_key="brand.id", index=True, nullable=True, sa_type=BigKey
    )
    user_id: int = Field(foreign_key="user.id", index=True, sa_type=BigKey)
    name: str = Field(max_length=120)
    prefix: str = Field(max_length=12)  # shown in lists: fl_ab12cd
    token_hash: str = Field(unique=True, max_length=64)
    role: str = Field(max_length=10)  # never more than its user's role
    created_at: datetime = time_field()
    used_at: datetime | None = optional_time()
    expires_at: datetime | None = optional_time()
    revoked_at: datetime | None = optional_time()
