"""Segments by API: conditions of every kind, freezing, and what two of them share."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select

from tests.api import conftest
from tests.api.conftest import Program, World
from webapp.models.audience import AudiencePart
from webapp.models.brand import Brand
from webapp.services import segment_days

OPEN = {"field": "window", "op": "open"}
FRENCH = {"field": "country", "op": "is", "value": "FR"}


def made(editor: Program, name: str, tree: object) -> Any:
    return editor.post("/segments", {"name": name, "tree": tree})


@pytest.mark.parametrize(
    ("leaf", "people"),
    [
        ({"field": "received", "op": "never", "value": {"days": 30}}, 4),
        ({"field": "wrote", "op": "at_least", "value": {"times": 1}}, 0),
        ({"field": "window", "op": "closes_within", "value": 23}, 2),
        ({"field": "topic", "op": "expires_within", "value": {"topic": "price-drops",
                                                              "days": 200}}, 1),
        ({"field": "last_inbound_at", "op": "over_days_ago", "value": 1}, 2),
        ({"field": "first_name", "op": "ends_with", "value": "RA"}, 1),
    ],
)  # fmt: skip
def test_a_condition_is_counted(world: World, leaf: object, people: int) -> None:
    assert world.program("viewer").post("/segments/count", {"tree": leaf})["total"] == people


def test_a_split_and_the_rest_are_everybody(world: World) -> None:
    viewer, split = world.program("viewer"), {"name": "spring", "percent": 50}
    parts = [
        viewer.post(
            "/segments/count", {"tree": {"field": "share", "op": op, "value": split}}
        )["total"]
        for op in ("in_share", "not_in_share")
    ]  # fmt: skip
    assert sum(parts) == 4


@pytest.mark.parametrize(
    ("leaf", "path", "status"),
    [
        ({"field": "shoe", "op": "is", "value": 1}, "tree.field", 400),
        ({"field": "read", "op": "exactly", "value": {"times": 1}}, "tree.op", 400),
        ({"field": "read", "op": "never", "value": {"years": 1}}, "tree.value", 422),
        ({"field": "segment", "op": "member", "value": 99}, "tree.value", 422),
    ],
)
def test_what_no_rule_can_ask_is_named(world: World, leaf: object, path: str, status: int) -> None:
    refused = world.program("viewer").ask("POST", "/segments/count", {"tree": leaf})
    assert list(conftest.problem(refused, status)["errors"]) == [path]


def test_segments_ask_about_segments_but_not_in_a_circle(world: World) -> None:
    editor = world.program("editor")
    inner = made(editor, "French", FRENCH)
    outer = made(editor, "Open French", {"all": [OPEN, {"field": "segment", "op": "member",
                                                        "value": inner["id"]}]})  # fmt: skip
    assert editor.get(f"/segments/{outer['id']}/count")["total"] == 2
    circle = {"field": "segment", "op": "member", "value": outer["id"]}
    refused = editor.ask("PATCH", f"/segments/{inner['id']}", {"tree": circle})
    assert "cannot ask about itself" in conftest.problem(refused, 422)["errors"]["tree.value"][0]
    refused = editor.ask("DELETE", f"/segments/{inner['id']}")
    assert "Open French" in conftest.problem(refused, 409)["detail"]
    editor.patch(f"/segments/{inner['id']}", {"tree": {**FRENCH, "value": "BR"}})
    assert editor.get(f"/segments/{outer['id']}/count")["total"] == 0


def test_a_segment_is_frozen_and_thawed(world: World) -> None:
    editor = world.program("editor")
    at = f"/segments/{made(editor, 'Open', OPEN)['id']}"
    frozen = editor.post(f"{at}/freeze")
    assert (frozen["kind"], frozen["frozen_by"]) == ("frozen", world.cast.editor)
    later = "2026-11-25T00:00:00Z"
    assert editor.get(f"{at}/count?at={later}")["total"] == 2
    assert conftest.problem(editor.ask("POST", f"{at}/freeze"), 409)
    refused = editor.ask("PATCH", at, {"tree": FRENCH})
    assert "Thaw it first" in conftest.problem(refused, 409)["detail"]
    assert editor.patch(at, {"name": "Were open"})["kind"] == "frozen"
    thawed = editor.delete(f"{at}/freeze")
    assert (thawed["kind"], thawed["frozen_at"], thawed["tree"]) == ("live", None, OPEN)
    assert editor.get(f"{at}/count?at={later}")["total"] == 0
    assert conftest.problem(world.program("viewer").ask("POST", f"{at}/freeze"), 403)


def test_the_overlap_of_two_is_counted(world: World) -> None:
    editor = world.program("editor")
    one, other = (made(editor, name, tree)["id"] for name, tree in (("O", OPEN), ("F", FRENCH)))
    found = editor.get(f"/segments/{one}/overlap?other={other}")
    assert (found["count"], found["other"], found["both"]) == (2, 4, 2)
    assert conftest.problem(editor.ask("GET", f"/segments/{one}/overlap?other=99"), 404)
    assert conftest.problem(editor.ask("GET", f"/segments/{one}/overlap"), 422)


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_the_days_of_a_segment_end_with_the_brands_own_today(world: World, zone: str) -> None:
    """From ten in UTC on it is tomorrow on Kiritimati, until eleven it is yesterday on Samoa."""
    house, now = world.house, world.house.clock.now()
    with house.db.writer(world.cast.rosewood) as session:
        session.get_one(Brand, world.cast.rosewood).timezone = zone
        session.commit()
    key = made(world.program("editor"), "In France", FRENCH)["id"]
    segment_days.look_at_due(house.db, now)
    today = now.astimezone(ZoneInfo(zone)).date().isoformat()
    viewer = world.program("viewer")
    assert [it["day"] for it in viewer.get(f"/segments/{key}/days")["items"]] == [today]
    assert len(viewer.get(f"/segments/{key}/days?from={today}")["items"]) == 1


def test_days_up_to_the_first_day_there_is_are_none(world: World) -> None:
    """Thirty days before it would be before all time."""
    key = made(world.program("editor"), "In France", FRENCH)["id"]
    assert world.program("viewer").get(f"/segments/{key}/days?to=0001-01-01")["items"] == []


def test_a_count_of_an_unsaved_tree_is_kept_for_the_next(both: World) -> None:
    """It is a POST, and yet it only reads: what it read of the people need not be read again."""
    tree = {"all": [{"field": "country", "op": "is", "value": "FR"}]}
    both.program("viewer").post("/segments/count", {"tree": tree})
    with both.house.db.reader(both.cast.rosewood) as session:
        assert len(session.exec(select(AudiencePart)).all()) >= 2


def test_who_says_what_they_saw_writes_over_nobody(both: World) -> None:
    editor = both.program("editor")
    segment = made(editor, "French", FRENCH)
    at = f"/segments/{segment['id']}"
    seen = editor.ask("GET", at).headers["ETag"]
    assert seen == f'"{segment["etag"]}"'
    first = editor.ask("PATCH", at, {"name": "In French"}, headers={"If-Match": seen})
    assert (first.status_code, first.headers["ETag"] == seen) == (200, False)
    frozen = f"{at}/freeze"
    for method, where, body in (
        ("PATCH", at, {"tree": OPEN}), ("DELETE", at, None), ("POST", frozen, None),
    ):  # fmt: skip
        late = editor.ask(method, where, body, headers={"If-Match": seen})
        assert "Read it again" in conftest.problem(late, 412)["detail"]
    kept = editor.get(at)
    assert (kept["name"], kept["tree"], kept["archived_at"]) == ("In French", FRENCH, None)
    either = {"If-Match": f'"other", "{kept["etag"]}"'}
    assert editor.ask("PATCH", at, {"tree": OPEN}, headers=either).status_code == 200
    assert editor.ask("PATCH", at, {"name": "Open"}).status_code == 200  # as ever without
    assert editor.ask("PATCH", at, {"name": "O"}, headers={"If-Match": "*"}).status_code == 200
    now_frozen = editor.ask("POST", frozen, headers={"If-Match": "*"})
    late = editor.ask("DELETE", frozen, headers={"If-Match": seen})
    assert "Read it again" in conftest.problem(late, 412)["detail"]
    thawed = editor.ask("DELETE", frozen, headers={"If-Match": now_frozen.headers["ETag"]})
    assert (thawed.status_code, thawed.headers["ETag"]) == (200, f'"{thawed.json["etag"]}"')


def test_the_document_tells_of_the_guard(world: World) -> None:
    paths = world.program("viewer").get("/openapi.json")["paths"]
    one, frozen = paths["/segments/{segment_id}"], paths["/segments/{segment_id}/freeze"]
    for asked in (one["patch"], one["delete"], frozen["post"], frozen["delete"]):
        assert "If-Match" in [it["name"] for it in asked["parameters"]]
    assert "ETag" in one["get"]["responses"]["200"]["headers"]
