"""A broadcast under the rules of another day: only the rules differ, and nothing is changed."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlmodel import select

from tests.services import broadcast_stage
from tests.services import test_house_rules as house_rules_stage
from tests.services.broadcast_stage import BOOK
from tests.stage import Stage
from webapp import db as database
from webapp.domain.backtest import Backtest
from webapp.domain.broadcast import Kind
from webapp.domain.errors import Invalid
from webapp.domain.policy.situation import Region
from webapp.domain.policy.verdict import Route
from webapp.models.broadcast import Broadcast
from webapp.models.delivery import Delivery
from webapp.models.subscriber import Subscriber
from webapp.services import backtesting, planning, preflight, steering
from webapp.store import deliveries

TOKENS_BEGAN, TOKENS_ENDED = date(2022, 5, 19), date(2026, 2, 10)
NOW_PLEASE: dict[str, object] = {"mode": "now"}


@pytest.fixture
def drafts(db: database.Database, now: datetime) -> broadcast_stage.Stage:
    return broadcast_stage.enter(db, now)


def reasons(test: Backtest) -> dict[str, tuple[int, int]]:
    return {line.fate.code: (line.before, line.after) for line in test.reasons}


@pytest.mark.parametrize("kind", [Kind.STANDARD, Kind.SUBSCRIPTION, Kind.SPONSORED])
def test_under_its_own_day_a_plan_is_the_plan(drafts: broadcast_stage.Stage, kind: Kind) -> None:
    with drafts.session() as session:
        topic = drafts.cast.topic if kind is Kind.SUBSCRIPTION else None
        made = drafts.ready(session, NOW_PLEASE, kind=kind, topic_id=topic)
        plan = planning.forecast(session, made, drafts.now, BOOK)
        test = backtesting.backtest(session, made, drafts.now.date(), BOOK, drafts.now)
    assert test.moves == ()
    assert (test.audience, test.reached_after) == (plan.audience, plan.reached)
    assert {line.fate.route: line.after for line in test.routes} == dict(plan.by_route)
    assert reasons(test) == {it.verdict.rule_id: (it.people,) * 2 for it in plan.reasons}
    assert test.cost_before == test.cost_after == plan.cost_micros
    assert "nothing would be different" in str(test.finding)


LOCAL: dict[str, object] = {
    "mode": "local", "day": "2026-11-24", "time": "23:00", "zone": "Europe/Paris", "past": "next",
}  # fmt: skip


@pytest.mark.parametrize("chosen", [NOW_PLEASE, LOCAL])
@pytest.mark.parametrize("then", ["hold", "skip"])
def test_quiet_hours_and_own_clocks_are_those_of_the_plan(
    stage: Stage, chosen: dict[str, object], then: str
) -> None:
    """Late in the evening of Paris, where some windows end before the morning does."""
    house_rules_stage.enter_crowd(stage)
    house_rules_stage.put_rules(stage, house_rules_stage.night(then), {"messages": 9, "days": 1})
    broadcast, now = stage.broadcast(state="draft", schedule=chosen), stage.clock.now()
    with stage.house.db.reader(stage.people.rosewood) as session:
        row, book = session.get_one(Broadcast, broadcast), stage.house.book
        at = preflight.moment(row, now)
        plan = planning.forecast(session, row, at, book)
        test = backtesting.backtest(session, row, at.date(), book, now)
        ended = backtesting.backtest(session, row, date(2017, 1, 1), book, now)
    assert test.moves == ()
    assert {line.fate.route: line.after for line in test.routes} == dict(plan.by_route)
    assert reasons(test) == {it.verdict.rule_id: (it.people,) * 2 for it in plan.reasons}
    assert {code for code in reasons(test) if code.startswith(("brand.", "schedule."))}
    assert ended.audience == plan.audience


def test_people_stay_as_they_are_and_only_the_rules_are_another_days(
    drafts: broadcast_stage.Stage,
) -> None:
    """Dao, in the United States, opted in: a way to her until 2026-02-09, for a brand of there."""
    with drafts.session() as session:
        made = drafts.ready(session, NOW_PLEASE, kind=Kind.SUBSCRIPTION, topic_id=drafts.cast.topic)
        dao = session.get_one(Subscriber, drafts.cast.dao)
        dao.country, dao.region = "US", int(Region.US)
        session.commit()
        last = TOKENS_ENDED - timedelta(days=1)
        before = backtesting.backtest(session, made, last, BOOK, drafts.now)
        after = backtesting.backtest(session, made, TOKENS_ENDED, BOOK, drafts.now)
    assert (before.reached_before, before.reached_after) == (0, 1)
    assert [(m.before.code, m.after.code, m.people) for m in before.moves] == [
        ("messenger.subscription.regions", "subscription", 1)
    ]
    assert "1 of 4 people could be written to, 1 more than planned" in str(before.finding)
    assert before.why is not None
    assert "Messages to opted-in topics ended" in str(before.why)
    assert after.moves == ()


def test_a_plan_whose_kind_had_no_way_then_breaks(drafts: broadcast_stage.Stage) -> None:
    with drafts.session() as session:
        made = drafts.ready(session, NOW_PLEASE, kind=Kind.SUBSCRIPTION, topic_id=drafts.cast.topic)
        test = backtesting.backtest(session, made, date(2021, 1, 1), BOOK, drafts.now)
    assert test.breaks
    assert test.refused_by is not None
    assert test.refused_by.source.startswith("https://")
    assert test.reached_after == 0


def test_days_before_the_book_are_told_when_it_begins(drafts: broadcast_stage.Stage) -> None:
    with drafts.session() as session:
        made = drafts.ready(session)
        with pytest.raises(Invalid, match="begins on 2016-11-14"):
            backtesting.backtest(session, made, date(2016, 11, 13), BOOK, drafts.now)
        backtesting.backtest(session, made, date(2016, 11, 14), BOOK, drafts.now)
        backtesting.backtest(session, made, date.max, BOOK, drafts.now)


def test_the_days_offered_are_those_on_which_a_rule_of_its_kind_changes(
    drafts: broadcast_stage.Stage,
) -> None:
    with drafts.session() as session:
        made = drafts.ready(session, kind=Kind.SUBSCRIPTION, topic_id=drafts.cast.topic)
        days = [turn.day for turn in backtesting.turns(session, made, BOOK)]
    assert {TOKENS_BEGAN, TOKENS_ENDED, date(2025, 9, 1)} <= set(days)
    assert days == sorted(days, reverse=True)
    assert date(2024, 8, 1) not in days  # when sponsored messages ended


def test_the_spacing_of_tokens_is_of_the_day_too(drafts: broadcast_stage.Stage) -> None:
    """Used 30 hours ago: too soon since 2025-09-01, when 24 hours became 48."""
    from webapp.models.opt_in import Consent

    with drafts.session() as session:
        made = drafts.ready(session, NOW_PLEASE, kind=Kind.SUBSCRIPTION, topic_id=drafts.cast.topic)
        session.exec(select(Consent)).one().last_used_at = drafts.now - timedelta(hours=30)
        dao = session.get_one(Subscriber, drafts.cast.dao)
        dao.country, dao.region = "AU", int(Region.AU)
        session.commit()
        test = backtesting.backtest(session, made, date(2025, 8, 31), BOOK, drafts.now)
    assert (test.reached_before, test.reached_after) == (0, 1)
    assert test.moves[0].before.code == "messenger.subscription.spacing"


def test_a_sent_ledger_under_its_own_day_is_itself_and_stays(stage: Stage) -> None:
    made = stage.broadcast()
    stage.start()
    stage.run(stage.sender())
    test = of(stage, made, stage.clock.now().date())
    assert (test.sent, test.moves, test.audience) == (True, (), 4)
    assert {line.fate.route: (line.before, line.after) for line in test.routes} == {
        Route.WINDOW: (1, 1)
    }
    assert reasons(test) == {"messenger.window.24h": (2, 2), "consent.stop": (1, 1)}


def test_a_sent_ledger_is_decided_again_and_not_touched(stage: Stage) -> None:
    """No Instagram rule of 2020 allows anything, and a Messenger standard message did."""
    made = stage.broadcast()
    stage.start()
    stage.run(stage.sender())
    with stage.house.db.reader(stage.people.rosewood) as session:
        before = [row.model_dump() for row in session.exec(select(Delivery))]
    test = of(stage, made, date(2019, 6, 1))
    assert test.reached_after == 1
    with stage.house.db.reader(stage.people.rosewood) as session:
        assert [row.model_dump() for row in session.exec(select(Delivery))] == before


def test_rows_skipped_at_the_claim_are_tried_as_they_were_then(stage: Stage) -> None:
    """Ana's window closed between the plan and her turn."""
    made = stage.broadcast()
    stage.start()
    stage.clock.advance(hours=23)
    stage.run(stage.sender())
    test = of(stage, made, date(2026, 11, 22))
    assert test.moves == ()
    assert reasons(test) == {"messenger.window.24h": (3, 3), "consent.stop": (1, 1)}


def test_whom_a_person_stopped_is_not_sent_to_by_other_rules(stage: Stage) -> None:
    made = stage.broadcast()
    stage.start()
    with stage.house.db.writer(stage.people.rosewood) as session:
        steering.cancel(session, stage.actor(), made, stage.clock.now())
    test = of(stage, made, date(2019, 6, 1))
    assert (test.reached_before, test.reached_after) == (0, 0)
    assert reasons(test)["broadcast.cancelled"] == (1, 1)


def test_what_is_planned_is_listed_by_its_time(drafts: broadcast_stage.Stage) -> None:
    with drafts.session() as session:
        late = drafts.ready(session, name="Later")
        soon = drafts.ready(session, NOW_PLEASE, name="Now")
        found = backtesting.planned(session, drafts.now)
        assert [row.id for row in found] == [soon.id, late.id]
        assert backtesting.own_day(session, late, drafts.now) == date(2026, 11, 23)
        assert preflight.moment(late, drafts.now).date() == date(2026, 11, 23)


def of(stage: Stage, broadcast_id: int, day: date) -> Backtest:
    with stage.house.db.reader(stage.people.rosewood) as session:
        row = session.get_one(Broadcast, broadcast_id)
        assert deliveries.totals(session, broadcast_id).adds_up
        return backtesting.backtest(session, row, day, stage.house.book, stage.clock.now())
