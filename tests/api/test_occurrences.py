"""The runs of a broadcast by the API: listed, skipped, put back, moved."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.api.conftest import World, problem
from webapp.services import starting

WEEKLY = {"mode": "recurring", "day": "2026-12-03", "time": "10:00", "zone": "Europe/Paris",
          "rule": "FREQ=WEEKLY;BYDAY=MO,TH;COUNT=3", "grace_minutes": 30}  # fmt: skip


def scheduled(world: World) -> str:
    editor, manager = world.program("editor"), world.program("manager")
    given = {"name": "Weekly", "kind": "standard", "content": {"text": "Hi"}, "schedule": WEEKLY}
    made = editor.post("/broadcasts", given)
    assert made["schedule"] == WEEKLY
    here = f"/broadcasts/{made['id']}"
    editor.post(f"{here}/review")
    seen = manager.get(f"{here}/check")["hash"]
    manager.post(f"{here}/approval", {"hash": seen})
    manager.post(f"{here}/schedule")
    return here


def test_runs_are_listed_skipped_put_back_and_moved(world: World) -> None:
    here, manager = scheduled(world), world.program("manager")
    items = manager.get(f"{here}/occurrences")["items"]
    assert [(it["number"], it["state"], it["due_at"]) for it in items] == [
        (1, "due", "2026-12-03T09:00:00Z"),
        (2, "due", "2026-12-07T09:00:00Z"),
        (3, "due", "2026-12-10T09:00:00Z"),
    ]
    assert manager.patch(f"{here}/occurrences/1", {"skipped": True})["state"] == "skipped"
    assert manager.get(here)["scheduled_at"] == "2026-12-07T09:00:00Z"
    assert manager.patch(f"{here}/occurrences/1", {"skipped": False})["state"] == "due"
    moved = manager.patch(f"{here}/occurrences/2", {"due_at": "2026-12-08T18:00:00+01:00"})
    assert moved["due_at"] == "2026-12-08T17:00:00Z"


def test_what_cannot_be_changed_is_said(world: World) -> None:
    here, manager = scheduled(world), world.program("manager")
    both = {"skipped": True, "due_at": "2026-12-08T18:00:00+01:00"}
    for body, status in (
        ({}, 422), (both, 422), ({"due_at": "2020-01-01T00:00:00Z"}, 422),
        ({"due_at": "2026-12-08T18:00:00"}, 422), ({"skipped": False}, 409), ({"seen": True}, 409),
    ):  # fmt: skip
        assert manager.ask("PATCH", f"{here}/occurrences/1", body).status_code == status, body
    assert manager.ask("PATCH", f"{here}/occurrences/9", {"skipped": True}).status_code == 404
    editor = world.program("editor")
    assert editor.ask("PATCH", f"{here}/occurrences/1", {"skipped": True}).status_code == 403


def test_a_missed_one_is_read_and_given_another_time(world: World) -> None:
    here, manager = scheduled(world), world.program("manager")
    world.clock.moment = datetime(2026, 12, 3, 12, tzinfo=UTC)
    starting.start_due(world.house.db, world.house.book, world.clock.now())
    assert manager.get(f"{here}/occurrences")["items"][0]["state"] == "missed"
    assert manager.patch(f"{here}/occurrences/1", {"seen": True})["state"] == "missed"
    moved = manager.patch(f"{here}/occurrences/1", {"due_at": "2026-12-04T10:00:00+01:00"})
    assert (moved["state"], moved["note"]) == ("due", None)
    assert manager.get(here)["scheduled_at"] == "2026-12-04T09:00:00Z"


def test_a_run_with_a_number_beyond_all_is_not_there(both: World) -> None:
    """Above a whole number of PostgreSQL, and below an id."""
    here, manager = scheduled(both), both.program("manager")
    for number in (2**31, 2**63 - 1):
        problem(manager.ask("PATCH", f"{here}/occurrences/{number}", {"seen": True}), 404)
