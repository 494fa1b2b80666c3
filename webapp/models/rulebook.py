"""The rulebooks this installation has had, whole, and when each was in force. Never deleted."""

from datetime import date, datetime

from sqlmodel import Field, SQLModel

from webapp.models.base import BigKey, key_field, optional_time, time_field


class StoredRulebook(SQLModel, table=True):
    """One book as it came. `content` is exactly what the signature covers (domain.rulebook_file);
    a release's own book has no signature."""

    __tablename__ = "rulebook"
    id: int | None = key_field()
    version: str = Field(unique=True, max_length=64)  # the hash of what it says
    content: str
    key: str = Field(default="", max_length=200)  # the public key that signed it
    signature: str = Field(default="", max_length=200)
    checked_on: date  # the latest day any of its rows was checked
    issued_at: datetime | None = optional_time()  # when it was signed
    loaded_at: datetime = time_field()
    loaded_by: str = Field(max_length=120)


class RulebookTerm(SQLModel, table=True):
    """From `since` on this book is in force, until the next row. The last row is the present."""

    __tablename__ = "rulebook_term"
    id: int | None = key_field()
    rulebook_id: int = Field(foreign_key="rulebook.id", sa_type=BigKey)
    since: datetime = time_field()
    by: str = Field(max_length=120)
    user_id: int | None = Field(default=None, foreign_key="user.id", sa_type=BigKey)
