"""A broadcast under the rules of another day, through the API."""

from __future__ import annotations

import pytest

from tests.api import conftest
from tests.api.conftest import World
from tests.api.test_broadcasts import scheduled, sent, started


def test_a_plan_is_tried_under_the_rules_of_a_day(world: World) -> None:
    admin = world.program("admin")
    made = admin.post(
        "/broadcasts",
        {"name": "Hi", "kind": "subscription", "topic": "price-drops",
         "content": {"text": "Hello"}, "schedule": {"mode": "now"}},
    )  # fmt: skip
    found = admin.get(f"/broadcasts/{made['id']}/backtest?at=2021-06-01")
    assert (found["sent"], found["audience"], found["breaks"]) == (False, 4, True)
    assert found["before"]["rules_of"] == "2026-11-22"
    assert found["after"]["rules_of"] == "2021-06-01"
    assert found["after"]["reached"] == 0
    for side in (found["before"], found["after"]):
        reached = sum(side["by_route"].values())
        assert reached == side["reached"]
        assert reached + sum(it["people"] for it in side["reasons"]) == 4
        assert all(it["sentence"] and it["source"] for it in side["reasons"])
    assert found["finding"]


def test_a_sent_one_is_its_ledger_under_its_own_day(world: World) -> None:
    number = scheduled(world)
    started(world)
    sent(world)
    viewer = world.program("viewer")
    found = viewer.get(f"/broadcasts/{number}/backtest")
    report = viewer.get(f"/broadcasts/{number}/report")
    assert (found["sent"], found["moved"]) == (True, [])
    assert found["before"]["reached"] == report["totals"]["sent"] == 1
    assert found["before"]["by_route"] == found["after"]["by_route"] == {"window": 1}


@pytest.mark.parametrize(
    ("day", "words"),
    [("2016-11-13", "The rulebook begins on 2016-11-14"), ("tomorrow", "Give a date")],
)
def test_a_day_that_cannot_be_tried_is_refused_by_its_name(
    world: World, day: str, words: str
) -> None:
    number = scheduled(world)
    refused = world.program("viewer").ask("GET", f"/broadcasts/{number}/backtest?at={day}")
    assert refused.status_code in (400, 422)
    found = conftest.problem(refused, refused.status_code)
    assert words in str(found)
