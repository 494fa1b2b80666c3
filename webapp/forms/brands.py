from __future__ import annotations

from typing import Annotated

from pydantic import Field

from webapp.forms.places import Country, Currency, Zone
from webapp.forms.reading import Form


class BrandForm(Form):
    name: Annotated[str, Field(max_length=120)]
    country: Country
    timezone: Zone = "UTC"
    currency: Currency = "USD"


class NewBrandForm(BrandForm):
    """`slug` is the brand's address; made from the name when left out."""

    slug: Annotated[str, Field(max_length=60)] | None = None
