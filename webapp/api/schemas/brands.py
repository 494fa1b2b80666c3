from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from webapp.api.schemas.base import Answer, Body, Name
from webapp.domain.cap import MOST_DAYS, MOST_MESSAGES
from webapp.forms.places import Country, Currency, Zone

CLOCK = r"^([01]\d|2[0-3]):[0-5]\d$"


class QuietHours(Body):
    """In each person's own zone, else the brand's. `then`: they wait until it ends, or are
    skipped."""

    start: Annotated[str, Field(pattern=CLOCK, examples=["22:00"])]
    end: Annotated[str, Field(pattern=CLOCK, examples=["08:00"])]
    then: Literal["hold", "skip"] = "hold"


class Cap(Body):
    """At most so many messages to a person in so many days, over all broadcasts, rolling."""

    messages: Annotated[int, Field(ge=1, le=MOST_MESSAGES)]
    days: Annotated[int, Field(ge=1, le=MOST_DAYS)]


class Brand(Answer):
    id: int
    slug: str
    name: str
    country: str
    timezone: str
    currency: str
    quiet_hours: QuietHours | None
    cap: Cap | None
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
    """What is left out stays. Quiet hours and the cap are switched off by null."""

    name: Name | None = None
    country: Country | None = None
    timezone: Zone | None = None
    currency: Currency | None = None
    quiet_hours: QuietHours | None = None
    cap: Cap | None = None
