"""The index of names: who has which letters in a row in their name, and who is not in it yet.

Everything here can be made again from the people; losing it costs time only. It holds ids alone,
no names. See `services/name_upkeep.py`.
"""

from typing import Any

from sqlalchemy import Index, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from webapp.models.base import BigKey, BrandOwned, key_field


class NameGram(BrandOwned, table=True):
    """The people of one shelf (ids that follow one another) in whose name this gram is, or was when
    they were looked at last, as a roaring bitmap of their ids."""

    __tablename__ = "name_gram"
    __table_args__ = (UniqueConstraint("brand_id", "gram", "shelf"),)
    id: int | None = key_field()
    gram: str = Field(max_length=3)
    shelf: int
    people: bytes = Field(sa_type=LargeBinary)


class NameIndex(BrandOwned, table=True):
    """Everybody of the brand up to this id is in, but for whom `NameChange` has a line."""

    __tablename__ = "name_index"
    __table_args__ = (UniqueConstraint("brand_id"),)
    id: int | None = key_field()
    until_id: int = Field(sa_type=BigKey)


class NameChange(SQLModel, table=True):
    """People whose names are to be looked at. Written by triggers, so no brand is checked here; see
    `store/name_watch.py`."""

    __tablename__ = "name_change"
    __table_args__: Any = (
        Index("ix_name_change_brand", "brand_id", "id"),
        {"sqlite_autoincrement": True},
    )
    id: int | None = key_field()
    brand_id: int
    first_id: int = Field(sa_type=BigKey)
    last_id: int = Field(sa_type=BigKey)
    known: bool  # they may have been looked at before, under another name
