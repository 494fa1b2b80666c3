"""A campaign of the year plan, a move of one, and a date of the brand's own."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from webapp.domain import plan
from webapp.domain.broadcast import Kind
from webapp.domain.figures import MICROS
from webapp.forms.reading import Form

MOST = Decimal(1_000_000_000)  # of a currency's units
MOST_PEOPLE = 2_000_000_000


class CampaignForm(Form):
    """`budget` in whole units of the brand's currency."""

    name: Annotated[str, Field(max_length=120)]
    goal: Annotated[str, Field(max_length=500)] = ""
    lane: Annotated[str, Field(max_length=60)] = ""
    kind: Kind = Kind.STANDARD
    starts_on: date
    ends_on: date
    budget: Decimal = Field(default=Decimal(0), ge=0, le=MOST, decimal_places=2)
    target_reach: int = Field(default=0, ge=0, le=MOST_PEOPLE)
    owner: int | None = None

    def campaign(self) -> plan.Campaign:
        return plan.Campaign(
            id=None,
            name=self.name,
            starts_on=self.starts_on,
            ends_on=self.ends_on,
            kind=self.kind,
            goal=self.goal,
            lane=self.lane,
            budget_micros=int(self.budget * MICROS),
            target_reach=self.target_reach,
        )


class MoveForm(Form):
    """`days` later; earlier when negative."""

    campaign: int
    days: int


class MomentForm(Form):
    on: date
    name: Annotated[str, Field(max_length=120)]
