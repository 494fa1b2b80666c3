from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from webapp.api.schemas.base import Answer, Body, Name
from webapp.forms.places import Country, Currency, Zone


class Brand(Answer):
    id: int
    slug: str
    name: str
    country: str
    timezone: str
    currency: str
    created_at: datetime
    role: str | None = Field(default=None, description="What this token may do there.")


class NewBrand(Body):
    """`slug` is its address; made from the name when left out."""

    name: Name
    country: Country
    timezone: Zone = "UTC"
    currency: Currency = "USD"
    slug: Annotated[str, Field(min_length=1, max_length=60)] | None = None


class BrandChange(Body):
    """What is left out stays."""

    name: Name | None = None
    country: Country | None = None
    timezone: Zone | None = None
    currency: Currency | None = None
