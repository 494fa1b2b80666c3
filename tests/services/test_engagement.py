"""The executives' numbers: one query for every screen, of one brand, up to today."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import Session

from tests import cast as casting
from tests.cast import Cast
from webapp import db as database
from webapp.domain.permission import Actor, Role
from webapp.domain.policy import rulebook
from webapp.models.brand import Brand
from webapp.services import engagement, plans, targets
from webapp.services.engagement import Engagement
from webapp.store import rollups


@pytest.fixture
def cast(db: database.Database, now: datetime) -> Cast:
    return casting.enter(db, now)


def read(session: Session, year: int, now: datetime) -> Engagement:
    brand = session.get_one(Brand, database.brand_of(session))
    return engagement.of_year(session, brand, year, now)


def test_the_page_and_the_plan_have_the_same_numbers(
    db: database.Database, cast: Cast, now: datetime
) -> None:
    with db.writer(cast.rosewood) as session:
        for days, sent in ((0, 40), (31, 900), (365, 500)):
            at = now - timedelta(days=days)
            rollups.add(session, cast.rosewood, cast.channel, at, "standard", sent=sent)
        manager = Actor(cast.manager, "", Role.MANAGER)
        targets.save(session, manager, 2026, {(date(2026, 10, 1), "reach"): 1_000}, now)
        seen = read(session, 2026, now)
        brand = session.get_one(Brand, cast.rosewood)
        planned = plans.of_year(session, brand, rulebook.load(), 2026, now)
    assert [month.counts.sent for month in seen.reach.months[9:11]] == [900, 40]
    assert [month.sent for month in planned.months] == [
        month.counts.sent for month in seen.reach.months
    ]
    assert planned.findings[0] == seen.reach.finding
    assert str(seen.reach.finding) == (
        "The months that are over reached 900 of the 1,000 aimed for (90%)."
    )
    assert (seen.reach.total.sent, seen.reach.last_year.sent) == (940, 500)


def test_hours_of_the_week_are_those_of_the_brands_clocks_in_the_last_quarter(
    db: database.Database, cast: Cast, now: datetime
) -> None:
    evening = datetime(2026, 11, 19, 21, tzinfo=UTC)  # Thursday 18:00 in São Paulo
    with db.writer(cast.rosewood) as session:
        session.get_one(Brand, cast.rosewood).timezone = "America/Sao_Paulo"
        session.flush()
        rollups.add(session, cast.rosewood, cast.channel, evening, inbound=120)
        rollups.add(
            session, cast.rosewood, cast.channel, evening - timedelta(days=300), inbound=999
        )
        seen = read(session, 2026, now)
    assert seen.heat.cells[3][18] == seen.heat.total == 120
    assert seen.since == date(2026, 8, 24)


def test_another_brands_people_are_not_counted(
    db: database.Database, cast: Cast, now: datetime
) -> None:
    with db.writer(database.EVERY_BRAND) as session:
        rollups.add(session, cast.other, cast.other_channel, now, sent=9, inbound=9, opt_ins=9)
        session.commit()
    with db.reader(cast.rosewood) as session:
        seen = read(session, 2026, now)
        assert engagement.years(session, now.date(), 2024) == [2024, 2026]
    assert seen.reach.total.sent == seen.heat.total == seen.consents.total.opt_ins == 0
