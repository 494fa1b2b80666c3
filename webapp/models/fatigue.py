"""How many people of a brand got how many messages in a week; counted once the week is over."""

from datetime import date, datetime

from sqlalchemy import BigInteger
from sqlmodel import Field

from webapp.models.base import BigKey, BrandOwned, time_field


class FatigueWeek(BrandOwned, table=True):
    """From its Monday in the brand's zone. Whoever is in `people` and in none of the others got
    nothing; `more` got four or more. Charts read this, never the ledger."""

    __tablename__ = "fatigue_week"
    brand_id: int = Field(foreign_key="brand.id", primary_key=True, sa_type=BigKey)
    monday: date = Field(primary_key=True)
    people: int = 0  # known at its end
    one: int = 0
    two: int = 0
    three: int = 0
    more: int = 0
    messages: int = Field(default=0, sa_type=BigInteger)
    counted_at: datetime = time_field()
