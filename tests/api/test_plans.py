"""The year plan and the engagement counts through the API."""

from __future__ import annotations

from datetime import date

from tests.api import conftest
from tests.api.conftest import World
from webapp.models.fatigue import FatigueWeek
from webapp.store import rollups

WINTER = {"name": "Winter", "starts_on": "2026-12-01", "ends_on": "2026-12-31"}


def test_a_campaign_is_planned_moved_and_put_away(world: World) -> None:
    editor = world.program("editor")
    made = editor.post("/campaigns", {**WINTER, "budget_micros": 5_000_000})
    at = f"/campaigns/{made['id']}"
    moved = editor.patch(at, {"starts_on": "2026-12-05"})
    assert (moved["starts_on"], moved["ends_on"]) == ("2026-12-05", "2026-12-31")
    assert moved["budget_micros"] == 5_000_000
    wrong = editor.ask("PATCH", at, {"ends_on": "2026-11-01"})
    assert "ends_on" in conftest.problem(wrong, 422)["errors"]
    assert [it["name"] for it in editor.get("/plans/2026")["campaigns"]] == ["Winter"]
    editor.delete(at)
    assert editor.get("/campaigns")["items"] == []


def test_targets_are_set_by_a_manager_and_stand_in_the_plan(world: World) -> None:
    aim = {"month": "2026-12-01", "measure": "reach", "value": 1200}
    refused = world.program("editor").ask("PUT", "/targets", {"items": [aim]})
    assert conftest.problem(refused, 403)
    manager = world.program("manager")
    assert manager.put("/targets", {"items": [aim]})["items"] == [aim]
    assert manager.get("/plans/2026")["months"][11]["reach_target"] == 1200
    manager.put("/targets", {"items": [{**aim, "value": None}]})
    assert manager.get("/targets?year=2026")["items"] == []


def test_moments_stand_beside_public_holidays(world: World) -> None:
    editor = world.program("editor")
    made = editor.post("/moments", {"day": "2026-12-24", "name": "Launch"})
    found = editor.get("/moments?year=2026")["items"]
    assert {"id": made["id"], "day": "2026-12-24", "name": "Launch", "public": False} in found
    assert any(it["public"] for it in found)


def test_engagement_adds_up_however_it_is_cut(world: World) -> None:
    cast = world.cast
    with world.house.db.writer(cast.rosewood) as session:
        for day, sent in ((date(2026, 10, 31), 3), (date(2026, 11, 1), 4), (date(2026, 11, 8), 5)):
            rollups.add_days(session, cast.rosewood, cast.channel, "opt_ins", {day: sent})
        session.commit()
    viewer = world.program("viewer")
    address = "/engagement?from=2026-10-01&to=2026-11-30&by="
    cut = {by: viewer.get(address + by) for by in ("day", "week", "month", "year")}
    assert all(it["total"]["opt_ins"] == 12 for it in cut.values())
    assert all(sum(p["opt_ins"] for p in it["items"]) == 12 for it in cut.values())
    assert [it["day"] for it in cut["month"]["items"]] == ["2026-10-01", "2026-11-01"]
    assert [it["opt_ins"] for it in cut["week"]["items"]] == [7, 5]


def test_a_year_far_away_is_not_found(world: World) -> None:
    viewer = world.program("viewer")
    assert conftest.problem(viewer.ask("GET", "/plans/1000"), 404)
    assert conftest.problem(viewer.ask("GET", "/plans/99999999999999999999"), 404)


def test_messages_a_person_are_told_week_by_week(both: World) -> None:
    with both.house.db.writer(both.cast.rosewood) as session:
        session.add(FatigueWeek(brand_id=both.cast.rosewood, monday=date(2026, 11, 9), people=10,
                                one=3, two=2, three=1, more=1, messages=15,
                                counted_at=both.clock.now()))  # fmt: skip
        session.commit()
    viewer = both.program("viewer")
    found = viewer.get("/engagement/weeks?from=2026-11-09&to=2026-11-15")["items"]
    assert found == [{
        "monday": "2026-11-09", "people": 10, "got_none": 3, "got_one": 3, "got_two": 2,
        "got_three": 1, "got_four_or_more": 1, "messages": 15,
    }]  # fmt: skip
    assert viewer.get("/engagement/weeks?from=2026-11-10&to=2026-11-15")["items"] == []
    assert (
        both.program("other").get("/engagement/weeks?from=2026-11-09&to=2026-11-15")["items"] == []
    )
    conftest.problem(viewer.ask("GET", "/engagement/weeks?from=2026-11-10&to=2026-11-09"), 422)
