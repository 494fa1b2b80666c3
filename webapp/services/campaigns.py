"""Campaigns of the year plan: added, changed, moved by days, put away."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from webapp import db
from webapp.domain import plan
from webapp.domain.broadcast import Kind
from webapp.domain.errors import Invalid
from webapp.domain.permission import Actor
from webapp.domain.wording import say
from webapp.models.campaign import Campaign
from webapp.store import audits, campaigns, members

FURTHEST = 366  # days one move may carry


def add(
    session: Session, actor: Actor, wanted: plan.Campaign, owner_id: int | None, now: datetime
) -> Campaign:
    """Raises Invalid by field."""
    actor.require("campaign.edit")
    _check(session, wanted, owner_id)
    brand_id = db.brand_of(session)
    row = Campaign(
        brand_id=brand_id,
        name=wanted.name,
        starts_on=wanted.starts_on,
        ends_on=wanted.ends_on,
        owner_id=owner_id,
        created_at=now,
        updated_at=now,
    )
    _take(row, wanted)
    session.add(row)
    return _kept(session, actor, row, "campaign.create", now, name=row.name)


def edit(
    session: Session,
    actor: Actor,
    campaign_id: int,
    wanted: plan.Campaign,
    owner_id: int | None,
    now: datetime,
) -> Campaign:
    """Raises Invalid by field, NotFound for one put away."""
    actor.require("campaign.edit")
    _check(session, wanted, owner_id)
    row = campaigns.lock(session, campaign_id)
    _take(row, wanted)
    row.owner_id, row.updated_at = owner_id, now
    return _kept(session, actor, row, "campaign.edit", now, name=row.name)


def move(
    session: Session, actor: Actor, campaign_id: int, days: int, year: int, now: datetime
) -> Campaign:
    """`days` later, or earlier when negative; kept whole inside the year that is being looked at.
    Its broadcasts keep their own times: they were approved with them."""
    actor.require("campaign.edit")
    if abs(days) > FURTHEST:
        raise Invalid({"days": [say("A campaign moves by at most a year at a time.")]})
    row = campaigns.lock(session, campaign_id)
    moved = plan.moved(value(row), days, year)
    if moved.starts_on == row.starts_on:
        return row
    row.starts_on, row.ends_on, row.updated_at = moved.starts_on, moved.ends_on, now
    span = {"starts_on": row.starts_on.isoformat(), "ends_on": row.ends_on.isoformat()}
    return _kept(session, actor, row, "campaign.move", now, **span)


def archive(session: Session, actor: Actor, campaign_id: int, now: datetime) -> Campaign:
    """Off the plan; its broadcasts stay, and so do the numbers."""
    actor.require("campaign.edit")
    row = campaigns.lock(session, campaign_id)
    row.archived_at = now
    return _kept(session, actor, row, "campaign.archive", now, name=row.name)


def value(row: Campaign) -> plan.Campaign:
    """A kind this release does not know is drawn as a standard one."""
    known = row.kind in set(Kind)
    return plan.Campaign(
        id=row.id,
        name=row.name,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        kind=Kind(row.kind) if known else Kind.STANDARD,
        goal=row.goal,
        lane=row.lane,
        budget_micros=row.budget_micros,
        target_reach=row.target_reach,
    )


def _check(session: Session, wanted: plan.Campaign, owner_id: int | None) -> None:
    found = plan.problems(wanted)
    if owner_id is not None and members.of_user(session, owner_id) is None:
        found["owner"] = [say("Choose somebody who works for this brand.")]
    if found:
        raise Invalid(found)


def _take(row: Campaign, wanted: plan.Campaign) -> None:
    row.name, row.goal, row.lane, row.kind = (
        wanted.name,
        wanted.goal,
        wanted.lane,
        wanted.kind.value,
    )
    row.starts_on, row.ends_on = wanted.starts_on, wanted.ends_on
    row.budget_micros, row.target_reach = wanted.budget_micros, wanted.target_reach


def _kept(
    session: Session, actor: Actor, row: Campaign, action: str, now: datetime, **detail: object
) -> Campaign:
    session.flush()
    audits.add(session, actor, row.brand_id, action, row.id, now, **detail)
    session.commit()
    return row
