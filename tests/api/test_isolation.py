"""Another brand's rows are not found, on any address, whatever the method."""

from __future__ import annotations

import io
from typing import Any

import pytest

from tests.api import conftest
from tests.api.conftest import World
from webapp.api import blueprint
from webapp.api.routes import NDJSON, Operation
from webapp.domain.permission import Actor, Role
from webapp.services import importing

ADDRESSED = [it for it in blueprint.operations() if it.parameters and it.parameters != ["year"]]
BODIES: dict[str, Any] = {
    "broadcasts_occurrences_change": {"skipped": True},
    "imports_reread": {"encoding": "utf-8", "delimiter": ","},
    "segments_change": {"name": "Mine"},
    "deliveries_settle": {"outcome": "sent"},
    "deliveries_settle_all": {"outcome": "sent"},
}


@pytest.fixture
def theirs(world: World) -> dict[str, int]:
    """One of everything, Rosewood's, by the name of the address's parameter."""
    admin, cast = world.program("admin"), world.cast
    segment = admin.post("/segments", {"name": "All", "tree": {"all": []}})
    content = {"text": "Hello"}
    broadcast = admin.post(
        "/broadcasts", {"name": "Hi", "kind": "standard", "segment_id": segment["id"],
                        "content": content, "schedule": {"mode": "now"}},
    )  # fmt: skip
    token = admin.post("/tokens", {"name": "mine", "role": "viewer"})
    found = {
        "brand_id": cast.rosewood,
        "channel_id": cast.channel,
        "topic_id": cast.topic,
        "subscriber_id": cast.ana,
        "segment_id": segment["id"],
        "broadcast_id": broadcast["id"],
        "token_id": token["id"],
        "delivery_id": 1,
        "number": 1,
        "import_id": imported(world),
    }
    return found | planned(admin)


def imported(world: World) -> int:
    cast, now = world.cast, world.house.clock.now()
    file = io.BytesIO(b"psid\n501\n")
    with world.house.db.writer(cast.rosewood) as session:
        actor, instance = Actor(None, "Edna", Role.EDITOR), world.house.settings.instance
        job = importing.upload(session, actor, instance, cast.channel, "a.csv", file, now)
    return job.id or 0


def planned(admin: conftest.Program) -> dict[str, int]:
    """Things of the year plan, where the API has them."""
    campaign = {"name": "Winter", "starts_on": "2026-12-01", "ends_on": "2026-12-31"}
    moment = {"day": "2026-12-24", "name": "Eve of it"}
    return {
        "campaign_id": admin.post("/campaigns", campaign)["id"],
        "moment_id": admin.post("/moments", moment)["id"],
    }


def path_of(operation: Operation, ids: dict[str, int]) -> str:
    needed = {"segments_overlap": "?other={segment_id}"}.get(operation.name, "")
    return (operation.path + needed).format(**ids)


@pytest.mark.parametrize("operation", ADDRESSED, ids=lambda it: f"{it.method} {it.path}")
def test_another_brands_row_is_not_found(
    world: World, theirs: dict[str, int], operation: Operation
) -> None:
    stranger = world.program("other")
    body = BODIES.get(operation.name, {}) if operation.body else None
    response = stranger.ask(operation.method, path_of(operation, theirs), body)
    assert conftest.problem(response, 404)


@pytest.mark.parametrize("operation", ADDRESSED, ids=lambda it: f"{it.method} {it.path}")
def test_naming_another_brand_does_not_help(
    world: World, theirs: dict[str, int], operation: Operation
) -> None:
    if not operation.brand:
        return
    stranger = world.program("other")
    body = BODIES.get(operation.name, {}) if operation.body else None
    path = path_of(operation, theirs)
    path += ("&" if "?" in path else "?") + "brand=rosewood"
    assert conftest.problem(stranger.ask(operation.method, path, body), 404)


LISTS = [
    it for it in blueprint.operations() if it.method == "GET" and not it.parameters and it.brand
]


@pytest.mark.parametrize("operation", LISTS, ids=lambda it: it.path)
def test_lists_hold_nothing_of_another_brand(
    world: World, theirs: dict[str, int], operation: Operation
) -> None:
    mine = world.program("other").ask("GET", operation.path + QUERIES.get(operation.path, ""))
    assert mine.status_code == 200, mine.get_data(as_text=True)
    text = mine.get_data(as_text=True)
    assert "Ana" not in text
    assert "Rosewood" not in text
    assert "price-drops" not in text


QUERIES = dict.fromkeys(("/engagement", "/engagement/weeks"), "?from=2026-01-01&to=2026-11-22")


def test_bulk_lines_for_another_brands_channel_are_refused(world: World) -> None:
    stranger, cast = world.program("other"), world.cast
    line = f'{{"key": "123", "channel_id": {cast.channel}}}'
    done = stranger.post("/subscribers/bulk", data=line, content_type=NDJSON)
    assert (done["created"], done["refused"]) == (0, 1)


def test_a_broadcast_cannot_use_another_brands_rows(world: World, theirs: dict[str, int]) -> None:
    stranger, cast = world.program("other"), world.cast
    mine = {"name": "Hi", "kind": "standard", "channel_id": cast.other_channel}
    for name in ("channel_id", "segment_id", "topic_id"):
        given = {**mine, "kind": "subscription", name: theirs[name]}
        found = conftest.problem(stranger.ask("POST", "/broadcasts", given), 422)
        assert found["errors"]
