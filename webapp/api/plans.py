"""The year: what is planned beside what came of it; its dates and its targets."""

from __future__ import annotations

from datetime import date

from webapp.api.calls import Call
from webapp.api.routes import Table
from webapp.api.schemas import plans as shapes
from webapp.domain import plan
from webapp.domain.errors import Invalid, NotFound
from webapp.domain.wording import say
from webapp.services import engagement, plans
from webapp.services import moments as dating
from webapp.services import targets as aiming
from webapp.store import campaigns, targets

table = Table("plans")


@table.get("/plans/{year}", "view", answers=shapes.Plan)
def show(call: Call, year: int) -> shapes.Plan:
    """Campaigns, sends, moments, targets against actual, and what collides."""
    _check(year)
    found = plans.of_year(call.session, call.brand, call.house.book, year, call.now)
    rows = campaigns.between(call.session, date(year, 1, 1), date(year, 12, 31))
    return shapes.Plan(
        year=year,
        today=found.today,
        currency=call.brand.currency,
        spend_currency=found.spent_in,
        campaigns=[shapes.Campaign.model_validate(row) for row in rows],
        sends=[_send(it) for it in found.sends],
        moments=[shapes.Moment.model_validate(it) for it in found.moments],
        months=[shapes.Month.model_validate(it) for it in found.months],
        conflicts=[_conflict(it) for it in found.conflicts],
        findings=[str(it) for it in found.findings],
    )


@table.post("/plans/{year}/copy", "campaign.edit", answers=shapes.Copied)
def copy(call: Call, year: int) -> shapes.Copied:
    """The campaigns and targets of this year once more in the next."""
    _check(year)
    _check(year + 1)
    made = plans.copy_year(call.session, call.actor, year, call.now)
    return shapes.Copied.model_validate(made)


@table.get("/moments", "view", answers=shapes.Moments, query=shapes.YearQuery)
def moments(call: Call, query: shapes.YearQuery) -> shapes.Moments:
    """The dates of a year that matter: the brand's own and its country's public holidays."""
    year = _year(call, query)
    found = dating.of_year(call.session, call.brand.country, year)
    return shapes.Moments(year=year, items=[shapes.Moment.model_validate(it) for it in found])


@table.post("/moments", "moment.edit", answers=shapes.Moment, body=shapes.NewMoment, status=201)
def add_moment(call: Call, body: shapes.NewMoment) -> shapes.Moment:
    """Mark a date of the brand's own."""
    row = dating.add(call.session, call.actor, body.day, body.name, call.now)
    return shapes.Moment(id=row.id, day=row.on, name=row.name, public=False)


@table.delete("/moments/{moment_id}", "moment.edit")
def remove_moment(call: Call, moment_id: int) -> None:
    """Take a date of the brand's own away."""
    dating.remove(call.session, call.actor, moment_id, call.now)


@table.get("/targets", "view", answers=shapes.Targets, query=shapes.YearQuery)
def aims(call: Call, query: shapes.YearQuery) -> shapes.Targets:
    """What each month of a year aims for."""
    return _targets(call, _year(call, query))


@table.put("/targets", "target.edit", answers=shapes.Targets, body=shapes.Aims)
def set_aims(call: Call, body: shapes.Aims) -> tuple[shapes.Targets, int]:
    """Set months' targets, of one year at a time; months not named stay."""
    years = {it.month.year for it in body.items}
    if len(years) > 1 or any(it.month.day != 1 for it in body.items):
        raise Invalid({"items": [say("Name months of one year, each by its first day.")]})
    year = years.pop() if years else engagement.today_of(call.brand, call.now).year
    _check(year)
    wanted: dict[tuple[date, str], int | None] = {
        (it.month, it.measure): it.value for it in body.items
    }
    aiming.save(call.session, call.actor, year, wanted, call.now)
    return _targets(call, year), 200


def _targets(call: Call, year: int) -> shapes.Targets:
    found = targets.rows(call.session, year)
    return shapes.Targets(year=year, items=[shapes.Target.model_validate(row) for row in found])


def _year(call: Call, query: shapes.YearQuery) -> int:
    return query.year or engagement.today_of(call.brand, call.now).year


def _check(year: int) -> None:
    if not engagement.FIRST <= year <= engagement.LAST:
        raise NotFound("year", year)


def _send(it: plans.Send) -> shapes.Send:
    return shapes.Send(
        broadcast_id=it.planned.id,
        name=it.planned.name,
        at=it.at,
        day=it.planned.day,
        state=it.state,
        kind=it.kind,
        campaign_id=it.planned.campaign_id,
        occurrence=it.number,
    )


def _conflict(it: plan.Conflict) -> shapes.Conflict:
    return shapes.Conflict(broadcasts=list(it.broadcasts), day=it.day, sentence=str(it.sentence))
