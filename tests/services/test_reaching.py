"""The count by route of a segment is what a broadcast's plan made for that time would be."""

from __future__ import annotations

from datetime import timedelta

from tests.stage import Stage
from tests.store.test_situations import enter_strangers
from webapp.domain.policy.verdict import Route
from webapp.domain.segment import EVERYONE
from webapp.models.broadcast import Broadcast
from webapp.services import planning, reaching

KINDS = {Route.WINDOW: "standard", Route.SUBSCRIPTION: "subscription", Route.SPONSORED: "sponsored"}
TIMES = (timedelta(), timedelta(hours=13), timedelta(days=6))


def test_each_route_reaches_whom_a_plan_for_that_time_reaches(stage: Stage) -> None:
    people, now = stage.people, stage.clock.now()
    enter_strangers(stage.house.db, people, now)
    rows = {
        route: stage.broadcast(kind=kind, topic_id=people.topic if kind == "subscription" else None)
        for route, kind in KINDS.items()
    }
    with stage.house.db.reader(people.rosewood) as session:
        for at in (now + later for later in TIMES):
            reach = reaching.reach(session, EVERYONE, at, stage.house.book, people.channel)
            plans = {
                route: planning.forecast(
                    session, session.get_one(Broadcast, row), at, stage.house.book
                )
                for route, row in rows.items()
            }
            assert {plan.audience for plan in plans.values()} == {reach.total}
            assert plans[Route.WINDOW].reached == reach.by_route[Route.WINDOW] > 0
            assert plans[Route.SPONSORED].reached == reach.by_route[Route.SPONSORED]
            assert plans[Route.SUBSCRIPTION].reached == reach.by_topic["price-drops"]
