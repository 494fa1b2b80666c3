"""The practice brand's plan: campaigns of last year and this, its dates, targets and segments."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from sqlmodel import Session

from webapp.db import brand_of
from webapp.domain import plan
from webapp.domain import segment as rules
from webapp.models.campaign import Campaign, Moment, Target
from webapp.models.segment import Segment
from webapp.services.demonstration.seasons import DOLLAR, SEASONS, Season, moments

Key = tuple[str, int]  # a season's name, a year
GROWTH = 1.08  # what is aimed for over the mean of the three months before
BUDGETS = {5: 5, 6: 5, 11: 8, 12: 8}  # dollars, in the months with paid messages
SEGMENTS: Mapping[str, dict[str, object]] = {
    "Wrote to us in the last two days": {
        "all": [{"field": "last_inbound_at", "op": "within_days", "value": 2}]
    },
    "VIP customers": {"all": [{"field": "tag", "op": "has", "value": "vip"}]},
    "Australia": {"all": [{"field": "country", "op": "is", "value": "AU"}]},
    "Quiet for three months": {
        "all": [{"field": "last_inbound_at", "op": "not_within_days", "value": 90}]
    },
}


def campaigns(session: Session, owner_id: int, this_year: int, now: datetime) -> dict[Key, int]:
    """Their ids by season and year."""
    made = {
        (season.name, year): _campaign(brand_of(session), season, year, owner_id, now)
        for year in (this_year - 1, this_year)
        for season in SEASONS
    }
    session.add_all(made.values())
    session.add_all(
        Moment(brand_id=brand_of(session), on=on, name=name)
        for year in (this_year - 1, this_year)
        for on, name in moments(year)
    )
    session.flush()
    return {key: campaign.id or 0 for key, campaign in made.items()}


def segments(session: Session, owner_id: int, now: datetime) -> dict[str, int]:
    made = {
        name: Segment(
            brand_id=brand_of(session),
            name=name,
            tree=rules.to_json(rules.parse(tree, {})),
            created_by=owner_id,
            created_at=now,
            updated_at=now,
        )
        for name, tree in SEGMENTS.items()
    }
    session.add_all(made.values())
    session.flush()
    return {name: segment.id or 0 for name, segment in made.items()}


def targets(session: Session, this_year: int, reached: Mapping[date, int]) -> None:
    """Each month aims a little above the months before it."""
    for month in (*plan.months(this_year - 1), *plan.months(this_year)):
        reach = round(_before(month, reached) * GROWTH, -1)
        budget = BUDGETS.get(month.month, 0) * DOLLAR
        for measure, value in (("reach", reach), ("budget", budget)):
            if value:
                session.add(
                    Target(
                        brand_id=brand_of(session), month=month, measure=measure, value=int(value)
                    )
                )
    session.flush()


def _before(month: date, reached: Mapping[date, int]) -> float:
    """The mean of the last three months before `month` that have counts."""
    known = [n for when, n in sorted(reached.items()) if when < month and n][-3:]
    return sum(known) / len(known) if known else 0


def _campaign(brand_id: int, season: Season, year: int, owner_id: int, now: datetime) -> Campaign:
    starts_on = date(year, season.month, season.day)
    return Campaign(
        brand_id=brand_id,
        name=season.name,
        goal=season.goal,
        lane=season.lane,
        kind=season.kind.value,
        starts_on=starts_on,
        ends_on=starts_on + timedelta(days=season.days - 1),
        budget_micros=season.budget * DOLLAR,
        owner_id=owner_id,
        created_at=now,
        updated_at=now,
    )
