"""A year's plan beside what came of it: everything the year screen, its feed and its print show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session

from webapp import db
from webapp.domain import fatigue, plan
from webapp.domain.broadcast import OVER, BroadcastState
from webapp.domain.engagement_counts import MonthCounts
from webapp.domain.fatigue import Week
from webapp.domain.permission import Actor
from webapp.domain.plan import Conflict, Moment, Planned
from webapp.domain.policy.rulebook import Change, Rulebook
from webapp.domain.wording import Sentence
from webapp.models.brand import Brand
from webapp.models.broadcast import Broadcast, Occurrence
from webapp.models.campaign import Campaign, Target
from webapp.services import campaigns as planning
from webapp.services import engagement, house_rules, moments, pricing
from webapp.store import audits, campaigns, rollups, targets
from webapp.store.rollups import DayCounts


@dataclass(frozen=True)
class Send:
    """A run of a broadcast on its day in the brand's zone; `number` tells it from its others."""

    planned: Planned
    at: datetime
    state: str
    kind: str
    number: int = 1

    @property
    def is_coming(self) -> bool:
        return self.state not in OVER


@dataclass(frozen=True)
class Month:
    """Actual against target; `aside` is the campaigns' own budgets spread over their days.

    What was spent is in the platforms' currency, budgets are in the brand's.
    """

    first: date
    sent: int
    reach_target: int | None
    spent: int
    budget: int | None
    aside: int


@dataclass(frozen=True)
class YearPlan:
    year: int
    today: date
    campaigns: Sequence[plan.Campaign]
    sends: Sequence[Send]
    moments: Sequence[Moment]
    months: Sequence[Month]
    weeks: Sequence[Week]
    changes: Sequence[Change]
    week_cap: int  # broadcasts, or messages a person, that a week should hold
    conflicts: Sequence[Conflict]
    findings: Sequence[Sentence]
    spent_in: str = pricing.CURRENCY

    @property
    def is_empty(self) -> bool:
        return not (self.campaigns or self.sends)


@dataclass(frozen=True)
class Copied:
    campaigns: int
    targets: int


def of_year(
    session: Session, brand: Brand, book: Rulebook, year: int, now: datetime, language: str = "en"
) -> YearPlan:
    """`language` names the public holidays."""
    cap = _week_cap(brand)
    today = engagement.today_of(brand, now)
    first, last = date(year, 1, 1), date(year, 12, 31)
    planned = [planning.value(row) for row in campaigns.between(session, first, last)]
    sends = _sends(session, brand, first, last)
    rows = engagement.days(session, year)
    reach = engagement.reach(session, rows, year, today)
    spend = engagement.spend(session, rows, brand.currency, year, today)
    met = rollups.people_met(session, fatigue.monday_of(first))
    weeks = fatigue.weeks([*rows, *_rest_of_its_week(session, last)], met, year, today)
    return YearPlan(
        year=year,
        today=today,
        campaigns=planned,
        sends=sends,
        moments=moments.of_year(session, brand.country, year, language),
        months=_months(reach.months, spend.months, plan.budget_by_month(planned)),
        weeks=weeks,
        changes=book.changes(date(year - 1, 12, 31), last),
        week_cap=cap,
        conflicts=_conflicts(session, brand, first, last, cap),
        findings=_findings(reach.finding, weeks, cap),
    )


def copy_year(session: Session, actor: Actor, year: int, now: datetime) -> Copied:
    """The campaigns and targets of `year` once more in the next, each on the same date.

    What is there already stays: a campaign of the same name and day, a month's target.
    """
    actor.require("campaign.edit")
    following = year + 1
    known = {(row.name, row.starts_on) for row in _beginning_in(session, following)}
    made = [
        copy
        for row in _beginning_in(session, year)
        if ((copy := _copy(row, following, now)).name, copy.starts_on) not in known
    ]
    aims = _aims(session, year) if actor.can("target.edit") else []
    session.add_all([*made, *aims])
    copied = Copied(len(made), len(aims))
    detail = {"campaigns": copied.campaigns, "targets": copied.targets, "year": year}
    audits.add(session, actor, db.brand_of(session), "plan.copy", None, now, **detail)
    session.commit()
    return copied


def _week_cap(brand: Brand) -> int:
    cap = house_rules.of(brand).cap
    return cap.a_week if cap else plan.WEEK_CAP


def _rest_of_its_week(session: Session, day: date) -> Sequence[DayCounts]:
    """What was counted after a day, up to the Sunday of its week."""
    sunday = fatigue.monday_of(day) + fatigue.A_WEEK - timedelta(days=1)
    return rollups.days(session, day + timedelta(days=1), sunday)


def _findings(reached: Sentence, weeks: Sequence[Week], cap: int) -> Sequence[Sentence]:
    """Of the weeks only when there is something to say."""
    if fatigue.busiest(weeks) is None:
        return (reached,)
    return reached, fatigue.finding(weeks, cap)


def _sends(session: Session, brand: Brand, first: date, last: date) -> list[Send]:
    zone = ZoneInfo(brand.timezone)
    since = datetime.combine(first, time(), zone).astimezone(UTC)
    until = datetime.combine(last + timedelta(days=1), time(), zone).astimezone(UTC)
    return [_send(row, run, zone) for row, run in campaigns.sends_between(session, since, until)]


def _conflicts(session: Session, brand: Brand, first: date, last: date, cap: int) -> list[Conflict]:
    """Of what reaches people, in every week that touches the days."""
    monday = fatigue.monday_of(first)
    sunday = fatigue.monday_of(last) + fatigue.A_WEEK - timedelta(days=1)
    reaching = [
        send.planned
        for send in _sends(session, brand, monday, sunday)
        if send.state != BroadcastState.MISSED
    ]
    found = plan.conflicts(reaching, cap)
    return [each for each in found if each.last >= first and each.day <= last]


def _send(row: Broadcast, run: Occurrence | None, zone: ZoneInfo) -> Send:
    at = (run.due_at if run else row.scheduled_at) or row.created_at
    planned = Planned(
        id=row.id or 0,
        name=row.name,
        day=at.astimezone(zone).date(),
        channel_id=row.channel_id,
        segment_id=row.segment_id,
        campaign_id=row.campaign_id,
    )
    return Send(planned, at, _state(row, run), row.kind, run.number if run else 1)


def _state(row: Broadcast, run: Occurrence | None) -> str:
    """Of several runs each has its own; only the one under way is paused with its broadcast."""
    if run is None:
        return row.state
    if run.state == "due":
        return BroadcastState.SCHEDULED.value
    return run.state if run.state in OVER else row.state


def _months(
    reach: Sequence[MonthCounts], spend: Sequence[MonthCounts], asides: dict[date, int]
) -> list[Month]:
    return [
        Month(
            first=reached.month,
            sent=reached.counts.sent,
            reach_target=reached.target,
            spent=spent.counts.spend_micros,
            budget=spent.target,
            aside=asides.get(reached.month, 0),
        )
        for reached, spent in zip(reach, spend, strict=True)
    ]


def _beginning_in(session: Session, year: int) -> list[Campaign]:
    """A campaign over New Year belongs to the year it begins in, so that it is copied once."""
    found = campaigns.between(session, date(year, 1, 1), date(year, 12, 31))
    return [row for row in found if row.starts_on.year == year]


def _copy(row: Campaign, year: int, now: datetime) -> Campaign:
    dates = plan.copied(planning.value(row), year)
    kept = row.model_dump(exclude={"id", "starts_on", "ends_on", "created_at", "updated_at"})
    return Campaign(
        **kept, starts_on=dates.starts_on, ends_on=dates.ends_on, created_at=now, updated_at=now
    )


def _aims(session: Session, year: int) -> list[Target]:
    """The next year's targets that are missing, as this year has them."""
    known = {(row.month, row.measure) for row in targets.rows(session, year + 1)}
    wished = [(row, row.month.replace(year=year + 1)) for row in targets.rows(session, year)]
    return [
        Target(brand_id=row.brand_id, month=month, measure=row.measure, value=row.value)
        for row, month in wished
        if (month, row.measure) not in known
    ]
