"""Campaigns of the year plan."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from webapp.api import cursors
from webapp.api.calls import Call
from webapp.api.routes import Table
from webapp.api.schemas.base import Page
from webapp.api.schemas.plans import Campaign, CampaignChange, CampaignQuery, NewCampaign
from webapp.domain import plan
from webapp.domain.broadcast import Kind
from webapp.domain.errors import Invalid
from webapp.domain.wording import say
from webapp.services import campaigns as planning
from webapp.services import engagement
from webapp.store import campaigns

table = Table("campaigns")


@table.get("/campaigns", "view", answers=Page[Campaign], query=CampaignQuery)
def index(call: Call, query: CampaignQuery) -> Page[Campaign]:
    """Campaigns that touch a span of days."""
    today = engagement.today_of(call.brand, call.now)
    first = query.since or date(today.year, 1, 1)
    found = campaigns.between(call.session, first, query.until or date(first.year, 12, 31))
    rows, cursor = cursors.of_all(found, query, lambda row: row.id or 0)
    return Page(items=[Campaign.model_validate(row) for row in rows], next_cursor=cursor)


@table.post("/campaigns", "campaign.edit", answers=Campaign, body=NewCampaign, status=201)
def create(call: Call, body: NewCampaign) -> Campaign:
    """Put a campaign on the plan."""
    given = body.model_dump(exclude={"owner_id", "kind"})
    wanted = plan.Campaign(id=None, kind=Kind(body.kind), **given)
    made = planning.add(call.session, call.actor, wanted, body.owner_id, call.now)
    return Campaign.model_validate(made)


@table.get("/campaigns/{campaign_id}", "view", answers=Campaign)
def show(call: Call, campaign_id: int) -> Campaign:
    """One campaign."""
    return Campaign.model_validate(campaigns.get(call.session, campaign_id))


@table.patch("/campaigns/{campaign_id}", "campaign.edit", answers=Campaign, body=CampaignChange)
def change(call: Call, campaign_id: int, body: CampaignChange) -> Campaign:
    """Change or move a campaign; its broadcasts keep their own times."""
    row = campaigns.get(call.session, campaign_id)
    given = body.model_dump(exclude_unset=True)
    owner_id = given.pop("owner_id", row.owner_id)
    empty = {name: [say("This field cannot be empty.")] for name, it in given.items() if it is None}
    if empty:
        raise Invalid(empty)
    if "kind" in given:
        given["kind"] = Kind(given["kind"])
    wanted = replace(planning.value(row), **given)
    made = planning.edit(call.session, call.actor, campaign_id, wanted, owner_id, call.now)
    return Campaign.model_validate(made)


@table.delete("/campaigns/{campaign_id}", "campaign.edit")
def archive(call: Call, campaign_id: int) -> None:
    """Off the plan; its broadcasts and numbers stay."""
    planning.archive(call.session, call.actor, campaign_id, call.now)
