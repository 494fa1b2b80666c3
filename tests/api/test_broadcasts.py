"""From a draft to a report, through the API only, on both databases."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import update

from tests import fakes
from tests.api import conftest
from tests.api.conftest import Program, World
from webapp.domain.delivery import DeliveryState
from webapp.models.brand import Brand
from webapp.models.delivery import Delivery
from webapp.services import planning, recovering, starting
from webapp.services.sending import Sender

SUM = ("sent", "skipped", "failed", "cancelled", "unknown", "waiting")
DRAFT = {
    "name": "Doors open",
    "kind": "standard",
    "content": {"text": "Oi {{first_name|there}}"},
    "schedule": {"mode": "now"},
}


def scheduled(world: World, **more: Any) -> int:
    """Drafted and asked for by the editor, approved and scheduled by the manager."""
    editor, manager = world.program("editor"), world.program("manager")
    made = editor.post("/broadcasts", {**DRAFT, **more})
    at = f"/broadcasts/{made['id']}"
    seen = editor.get(f"{at}/check")
    assert seen["errors"] == {}
    assert editor.post(f"{at}/review")["state"] == "in_review"
    assert manager.post(f"{at}/approval", {"hash": seen["hash"]})["state"] == "approved"
    assert manager.post(f"{at}/schedule")["state"] == "scheduled"
    return int(made["id"])


def started(world: World) -> None:
    world.clock.advance(seconds=30)
    starting.start_due(world.house.db, world.house.book, world.clock.now())
    planning.plan_due(world.house.db, world.house.book, world.clock.now())


def sent(world: World) -> None:
    sender = Sender(world.house, fakes.FakeTransport())  # type: ignore[arg-type]
    sender.enter()
    for _ in range(20):
        sender.turn()
        world.clock.advance(milliseconds=25)
    recovering.finish_runs(world.house.db, world.clock.now())


def adds_up(totals: dict[str, Any]) -> bool:
    return bool(totals["audience"] == sum(totals[name] for name in SUM)) and totals["adds_up"]


def test_a_broadcast_goes_from_draft_to_a_report_that_adds_up(both: World) -> None:
    number = scheduled(both)
    viewer = both.program("viewer")
    started(both)
    assert adds_up(viewer.get(f"/broadcasts/{number}")["totals"])
    sent(both)
    report = viewer.get(f"/broadcasts/{number}/report")
    assert report["state"] == "done"
    assert adds_up(report["totals"])
    assert report["totals"]["audience"] == report["planned"] == 4
    assert report["totals"]["sent"] == 1
    assert sum(it["people"] for it in report["reasons"]) == report["totals"]["skipped"]
    assert all(it["sentence"] for it in report["reasons"])


def test_what_nobody_can_know_is_settled_together(both: World) -> None:
    number = scheduled(both)
    started(both)
    with both.house.db.writer(both.cast.rosewood) as session:
        unknown = {"state": int(DeliveryState.UNKNOWN), "reason": "no answer"}
        session.exec(update(Delivery).values(**unknown, finished_at=both.clock.now()))
        session.commit()
    manager, at = both.program("manager"), f"/broadcasts/{number}/settlement"
    total = manager.get(f"/broadcasts/{number}/report")["totals"]["unknown"]
    assert both.program("editor").ask("POST", at, {"outcome": "sent"}).status_code == 403
    assert manager.post(at, {"outcome": "sent", "reason": "process.died"})["totals"]["sent"] == 0
    report = manager.post(at, {"outcome": "sent"})
    assert (report["totals"]["sent"], report["totals"]["unknown"]) == (total, 0)
    assert adds_up(report["totals"])


def test_the_ledger_is_the_same_as_json_and_as_a_file(both: World) -> None:
    number = scheduled(both)
    started(both)
    sent(both)
    editor = both.program("editor")
    rows = pages(editor, f"/broadcasts/{number}/deliveries", limit=2)
    ana = next(row for row in rows if row["subscriber_id"] == both.cast.ana)
    assert (ana["state"], ana["route"], ana["reason"]) == ("sent", "window", None)
    assert ana["platform_message_id"] == f"m_{ana['key']}"
    skipped = [row for row in rows if row["state"] == "skipped"]
    assert all(row["reason_sentence"] for row in skipped)
    address = f"/broadcasts/{number}/deliveries"
    file = editor.ask("GET", address, headers={"Accept": "text/csv"}).get_data(as_text=True)
    lines = list(csv.DictReader(io.StringIO(file)))
    assert [int(line["delivery_id"]) for line in lines] == [row["id"] for row in rows]
    assert [line["state"] for line in lines] == [row["state"] for row in rows]


def pages(program: Program, path: str, limit: int) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = program.get(f"{path}?limit={limit}{cursor}")
        assert len(page["items"]) <= limit
        items += page["items"]
        if page["next_cursor"] is None:
            return items
        cursor = f"&cursor={page['next_cursor']}"


def test_cancelled_before_its_turn_nobody_gets_it(both: World) -> None:
    number = scheduled(both)
    started(both)
    manager = both.program("manager")
    assert manager.post(f"/broadcasts/{number}/pause")["state"] == "paused"
    assert manager.delete(f"/broadcasts/{number}/pause")["state"] == "sending"
    done = manager.post(f"/broadcasts/{number}/cancellation")
    assert (done["cancelled"], done["broadcast"]["state"]) == (1, "cancelled")
    assert adds_up(done["broadcast"]["totals"])


def test_what_is_scheduled_can_be_taken_back_and_sent_back(world: World) -> None:
    number = scheduled(world)
    manager = world.program("manager")
    assert manager.delete(f"/broadcasts/{number}/schedule")["state"] == "approved"
    back = manager.delete(f"/broadcasts/{number}/approval?note=Too%20long")
    assert back["state"] == "draft"
    assert "Too long" in back["state_reason"]


def test_a_change_voids_the_approval(world: World) -> None:
    number = scheduled(world)
    editor = world.program("editor")
    changed = editor.patch(f"/broadcasts/{number}", {"content": {"text": "Other"}})
    assert changed["state"] == "draft"
    assert changed["approval_hash"] is None
    refused = world.program("manager").ask("POST", f"/broadcasts/{number}/schedule")
    assert conftest.problem(refused, 409)


def test_an_approval_of_something_else_is_a_conflict(world: World) -> None:
    editor, manager = world.program("editor"), world.program("manager")
    made = editor.post("/broadcasts", DRAFT)
    editor.post(f"/broadcasts/{made['id']}/review")
    refused = manager.ask("POST", f"/broadcasts/{made['id']}/approval", {"hash": "0" * 64})
    assert conftest.problem(refused, 409)


def test_whoever_asked_does_not_approve(world: World) -> None:
    manager = world.program("manager")
    made = manager.post("/broadcasts", DRAFT)
    assert conftest.problem(manager.ask("POST", f"/broadcasts/{made['id']}/approval"), 409)
    manager.post(f"/broadcasts/{made['id']}/review")
    assert conftest.problem(manager.ask("POST", f"/broadcasts/{made['id']}/approval"), 403)


def test_an_edit_of_another_version_is_refused(world: World) -> None:
    editor = world.program("editor")
    made = editor.post("/broadcasts", DRAFT)
    at = f"/broadcasts/{made['id']}"
    editor.patch(at, {"version": made["version"], "name": "Other"})
    refused = editor.ask("PATCH", at, {"version": made["version"], "name": "Third"})
    assert conftest.problem(refused, 409)
    assert editor.get(at)["name"] == "Other"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"content": {"txt": "Hi"}}, "content.txt"),
        ({"schedule": {"mode": "at", "at": "2026-12-01T10:00:00"}}, "schedule.at"),
        ({"schedule": {"mode": "sometimes"}}, "schedule.mode"),
        ({"schedule": {"mode": "window"}}, "schedule.until"),
        ({"schedule": {"mode": "window", "until": "2026-12-01T18:00:00"}}, "schedule.until"),
        ({"schedule": {"mode": "window", "past": "skip"}}, "schedule.past"),
        ({"kind": "promotional"}, "kind"),
        ({"channel_id": "1"}, "channel_id"),
        ({"colour": "red"}, "colour"),
        ({"segment_id": 99}, "segment_id"),
        ({"topic": "no-such"}, "topic"),
        ({"name": ""}, "name"),
    ],
)
def test_a_draft_that_cannot_be_read_leaves_nothing_behind(
    world: World, wrong: dict[str, object], field: str
) -> None:
    editor = world.program("editor")
    found = conftest.problem(editor.ask("POST", "/broadcasts", {**DRAFT, **wrong}), 422)
    assert field in found["errors"]
    assert editor.get("/broadcasts")["items"] == []


def test_a_naive_time_is_refused_by_name(api: Callable[[str], Program]) -> None:
    given = {**DRAFT, "schedule": {"mode": "at", "at": "2026-12-01T10:00:00"}}
    found = conftest.problem(api("editor").ask("POST", "/broadcasts", given), 422)
    assert "2026-12-01T10:00:00 has no time zone" in found["errors"]["schedule.at"][0]


def test_only_a_draft_without_a_run_is_deleted(world: World) -> None:
    editor = world.program("editor")
    made = editor.post("/broadcasts", DRAFT)
    editor.delete(f"/broadcasts/{made['id']}")
    assert conftest.problem(editor.ask("GET", f"/broadcasts/{made['id']}"), 404)
    number = scheduled(world)
    assert conftest.problem(editor.ask("DELETE", f"/broadcasts/{number}"), 409)


def test_the_check_of_a_forbidden_kind_names_the_rule_and_its_source(world: World) -> None:
    with world.house.db.writer(world.cast.rosewood) as session:
        session.get_one(Brand, world.cast.rosewood).country = "US"
        session.commit()
    editor = world.program("editor")
    made = editor.post("/broadcasts", {**DRAFT, "kind": "subscription", "topic": "price-drops"})
    check = editor.get(f"/broadcasts/{made['id']}/check")
    line = next(line for line in check["lines"] if line["field"] == "kind")
    assert (check["mood"], line["mood"]) == ("bad", "bad")
    assert line["rule"]
    assert line["source"].startswith("https://")
    refused = editor.ask("POST", f"/broadcasts/{made['id']}/review")
    assert "kind" in conftest.problem(refused, 422)["errors"]


def test_reach_by_hour_loses_the_windows_that_close(world: World) -> None:
    editor = world.program("editor")
    made = editor.post("/broadcasts", DRAFT)
    found = editor.get(f"/broadcasts/{made['id']}/reach")
    hours = found["items"]
    assert len(hours) == 168
    assert [hour["by_route"] for hour in hours] == [{"window": 1}] * 23 + [{}] * 145
    assert (found["best"]["at"], found["best"]["people"]) == (hours[0]["at"], 1)
    assert "it reaches 1 person" in found["sentence"]
    assert found["forecast"].startswith("Too little data")
    assert found["cost"] == [{"people": 1, "cost_micros": 0, "route": "window", "market": ""}]
    assert found["cost_sentence"] == (
        "It costs nothing to reach the 1 person who may be written to."
    )


def test_reach_counts_whose_country_nobody_knows(world: World) -> None:
    editor = world.program("editor")
    made = editor.post("/broadcasts", DRAFT)
    found = editor.get(f"/broadcasts/{made['id']}/reach")
    assert found["unknown_country"] == 4
    assert found["unknown_country_sentence"] == (
        "4 people have no known country: counted as the strictest region."
    )


@pytest.mark.parametrize(
    ("query", "field", "words"),
    [
        ("from=2026-11-22T12:00:00", "from", "has no time zone"),
        ("from=2026-11-23T00:00:00Z&to=2026-11-22T00:00:00Z", "to", "before the beginning"),
        ("from=2026-11-22T00:00:00Z&to=2026-12-24T00:00:00Z", "to", "at most 31 days"),
        ("from=2001-01-01T00:00:00Z", "from", "The rulebook begins on 2016-11-14"),
        ("from=9999-12-31T23:59:59Z", "from", "within two years"),
        ("from=0001-01-01T00:00:00Z", "from", "The rulebook begins on 2016-11-14"),
        ("to=9999-12-31T23:59:59Z", "to", "at most 31 days"),
    ],
)
def test_hours_that_cannot_be_asked_for_get_a_sentence(
    world: World, query: str, field: str, words: str
) -> None:
    editor = world.program("editor")
    made = editor.post("/broadcasts", DRAFT)
    refused = editor.ask("GET", f"/broadcasts/{made['id']}/reach?{query}")
    assert words in conftest.problem(refused, 422)["errors"][field][0]


def test_who_waits_for_a_window_is_told_at_every_door(both: World) -> None:
    until = "2026-12-01T18:00:00+01:00"
    number = scheduled(both, schedule={"mode": "window", "until": until, "zone": "Europe/Paris"})
    program, at = both.program("manager"), f"/broadcasts/{number}"
    assert program.get(at)["schedule"] == {
        "mode": "window", "from": None, "until": until, "zone": "Europe/Paris",
        "grace_minutes": 30,
    }  # fmt: skip
    forecast = program.get(f"{at}/check")["forecast"]
    assert (forecast["reached"], forecast["awaiting"]) == (1, 2)
    assert forecast["awaits_until"] == "2026-12-01T17:00:00Z"
    started(both)
    sent(both)
    report = program.get(f"{at}/report")
    assert (report["awaiting"], report["awaits_until"]) == (2, "2026-12-01T17:00:00Z")
    assert adds_up(report["totals"])
    assert report["totals"]["queued"] == 2
    waiting = program.get(f"{at}/deliveries?state=queued")["items"]
    assert {(it["reason"], it["due_at"], it["awaits_until"]) for it in waiting} == {
        ("schedule.awaits_window", None, "2026-12-01T17:00:00Z")
    }
    (run,) = program.get(f"{at}/occurrences")["items"]
    assert run["awaits_until"] == "2026-12-01T17:00:00Z"
    assert program.post(f"{at}/cancellation")["cancelled"] == 2


def test_those_who_failed_are_asked_once_more_by_a_run_of_its_own(both: World) -> None:
    number = scheduled(both)
    started(both)
    sender = Sender(both.house, fakes.FakeTransport(fakes.refuses(100, 2018300)))  # type: ignore[arg-type]
    sender.enter()
    for _ in range(10):
        sender.turn()
        both.clock.advance(milliseconds=25)
    recovering.finish_runs(both.house.db, both.clock.now())
    program, at = both.program("manager"), f"/broadcasts/{number}"
    assert program.get(f"{at}/report")["retryable"] == 1
    refused = both.program("editor").ask("POST", f"{at}/retries")
    assert refused.status_code == 403
    made = program.post(f"{at}/retries")
    assert (made["number"], made["retry_of"], made["state"]) == (2, 1, "due")
    assert program.delete(f"{at}/retries")["state"] == "cancelled"
    assert program.ask("DELETE", f"{at}/retries").status_code == 409
    assert program.post(f"{at}/retries")["number"] == 3
    both.clock.advance(seconds=20)
    started(both)
    sent(both)
    report = program.get(f"{at}/report")
    assert adds_up(report["totals"])
    assert (report["totals"]["failed"], report["totals"]["sent"], report["retryable"]) == (1, 1, 0)


def test_a_manager_exempts_a_broadcast_from_the_cap(world: World) -> None:
    made = world.program("editor").post("/broadcasts", DRAFT)
    at, manager = f"/broadcasts/{made['id']}/exemption", world.program("manager")
    assert made["cap_exempt"] is False
    assert world.program("editor").ask("POST", at).status_code == 403
    assert manager.post(at)["cap_exempt"] is True
    assert manager.delete(at)["cap_exempt"] is False


def test_a_broadcast_is_spread_over_a_period_or_the_clash_is_named(world: World) -> None:
    editor = world.program("editor")
    at = {"mode": "at", "at": "2026-12-03T10:00:00+01:00", "zone": "Europe/Paris",
          "grace_minutes": 30, "spread_minutes": 180}  # fmt: skip
    given = {"name": "Slowly", "kind": "standard", "content": {"text": "Hi"}, "schedule": at}
    made = editor.post("/broadcasts", given)
    here = f"/broadcasts/{made['id']}"
    assert made["schedule"] == at
    assert editor.get(f"{here}/check")["forecast"]["closing"] == 0
    clash = {"mode": "window", "until": "2026-12-03T10:00:00Z", "spread_minutes": 180}
    refused = editor.ask("PATCH", here, {"schedule": clash})
    assert "schedule.spread_minutes" in conftest.problem(refused, 422)["errors"]
    assert editor.patch(here, {"schedule": {**at, "spread_minutes": None}})["schedule"] == {
        name: value for name, value in at.items() if name != "spread_minutes"
    }
