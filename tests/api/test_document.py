"""The published document, and problems where no view answers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests import fakes
from tests.api import conftest
from tests.api.conftest import World
from webapp.api import blueprint
from webapp.platforms.messenger.platform import NEEDED_FIELDS

METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture
def document(world: World) -> dict[str, Any]:
    response = world.app.test_client().get("/api/v1/openapi.json")
    assert response.status_code == 200
    found: dict[str, Any] = response.get_json()
    return found


def test_the_document_names_every_address_that_is_served(
    world: World, document: dict[str, Any]
) -> None:
    served = {
        (method.lower(), rule.rule.removeprefix("/api/v1").replace("<int:", "{").replace(">", "}"))
        for rule in world.app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    named = {(method, path) for path, it in document["paths"].items() for method in it}
    assert document["openapi"] == "3.1.0"
    assert named == served


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    known = document["components"]["schemas"]
    for reference in references(document):
        assert reference.removeprefix("#/components/schemas/") in known


def references(value: object) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [it for inner in value.values() for it in references(inner)]
    return [it for inner in value for it in references(inner)] if isinstance(value, list) else []


def test_operations_are_told_apart_and_say_what_they_take_and_answer(
    document: dict[str, Any],
) -> None:
    operations = [
        (path, document["paths"][path][method])
        for path in document["paths"]
        for method in METHODS
        if method in document["paths"][path]
    ]
    names = [it["operationId"] for _, it in operations]
    assert len(names) == len(set(names))
    for path, it in operations:
        assert it["summary"]
        assert "default" in it["responses"]
        assert any(status.startswith("2") for status in it["responses"])
        placed = {p["name"] for p in it["parameters"] if p["in"] == "path"}
        assert placed == {part[1:-1] for part in path.split("/") if part.startswith("{")}


@pytest.mark.parametrize("path", ["/nowhere", "/broadcasts/", "/broadcasts/x", "/channels/-1", "/"])
def test_an_unknown_address_is_a_problem(world: World, path: str) -> None:
    assert conftest.problem(world.program("admin").ask("GET", path), 404)


def test_other_versions_are_a_problem_too(world: World) -> None:
    response = world.app.test_client().get("/api/v9/broadcasts")
    assert conftest.problem(response, 404)


def test_an_unknown_method_is_a_problem_that_names_the_known_ones(world: World) -> None:
    response = world.program("admin").ask("DELETE", "/broadcasts")
    assert conftest.problem(response, 405)
    assert set(response.headers["Allow"].split(", ")) >= {"GET", "POST"}


def test_a_body_that_is_too_large_is_a_problem(world: World) -> None:
    given = json.dumps({"name": "x" * 2_000_000, "tree": {"all": []}})
    response = world.program("editor").ask(
        "POST", "/segments", data=given, content_type="application/json"
    )
    assert conftest.problem(response, 413)


@pytest.mark.parametrize(
    "query", ["cursor=x", "cursor=W10", "limit=0", "limit=201", "limit=x", "colour=red"]
)
def test_a_query_that_cannot_be_read_is_named(world: World, query: str) -> None:
    found = conftest.problem(world.program("viewer").ask("GET", f"/subscribers?{query}"), 422)
    assert list(found["errors"]) == [query.partition("=")[0]]


def test_the_rules_of_a_day_and_what_changes(world: World) -> None:
    viewer = world.program("viewer")
    rules = viewer.get("/rules?at=2026-11-22T00:00:00Z&platform=messenger")
    assert all(it["source"] and it["sentence"] for it in rules["items"])
    changes = viewer.get("/rules/changes?from=2026-01-01&to=2026-12-31")
    assert changes["version"] == rules["version"]
    assert all("2026-01-01" < it["day"] <= "2026-12-31" for it in changes["items"])


def test_channels_are_connected_tested_changed_and_stopped(world: World) -> None:
    admin = world.program("admin")
    at = f"/channels/{world.cast.channel}"
    assert admin.patch(at, {"rate_per_second": 10})["rate_per_second"] == 10
    assert admin.get(at)["batch_size"] is None, "one by one, unless somebody says so"
    assert admin.patch(at, {"batch_size": 20})["batch_size"] == 20
    assert admin.patch(at, {"name": "Roses"})["batch_size"] == 20
    assert admin.patch(at, {"batch_size": None})["batch_size"] is None
    for size in (1, 51):
        assert conftest.problem(admin.ask("PATCH", at, {"batch_size": size}), 422)
    assert admin.patch(at, {"state": "stopped"})["state"] == "stopped"
    shown = admin.ask("GET", at).get_data(as_text=True)
    assert "page-token" not in shown
    assert "access_token" not in shown
    taken = admin.ask("POST", "/channels", {"key": "100200300", "access_token": "t"})
    assert conftest.problem(taken, 409)
    assert set(admin.post(f"{at}/test")) == {"alive", "certain", "name", "detail"}
    assert conftest.problem(admin.ask("POST", f"{at}/send-anyway"), 409)
    assert world.program("viewer").ask("POST", f"{at}/webhooks").status_code == 403


def test_a_channel_is_subscribed_again(world: World, platform: fakes.FakeTransport) -> None:
    at, admin = f"/channels/{world.cast.channel}/webhooks", world.program("admin")
    platform.answer = lambda _request: fakes.Reply(200, body=b'{"data": []}')
    assert "does not tell" in conftest.problem(admin.ask("POST", at), 409)["detail"]
    needed = ",".join(NEEDED_FIELDS)
    told = json.dumps({"data": [{"id": "1", "subscribed_fields": needed.split(",")}]}).encode()
    platform.answer = lambda _request: fakes.Reply(200, body=told)
    assert admin.post(at)["state"] == "connected"


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"platform": "whatsapp"}, "account"),
        ({"platform": "instagram", "account": "900"}, "account"),
        ({"platform": "instagram", "ad_account": "act_1"}, "ad_account"),
        ({"platform": "telegram"}, "platform"),
        ({"platform": "whatsapp", "account": "not digits"}, "account"),
    ],
)
def test_a_channel_says_by_field_what_its_platform_lacks(
    world: World, more: dict[str, str], field: str
) -> None:
    body = {"key": "555", "access_token": "t", **more}
    told = conftest.problem(world.program("admin").ask("POST", "/channels", body), 422)
    assert list(told["errors"]) == [field]


def test_who_did_what_by_which_door(world: World) -> None:
    admin = world.program("admin")
    admin.post("/topics", {"name": "News"})
    line = admin.get("/audit?limit=1")["items"][0]
    assert (line["action"], line["door"], line["user_id"]) == (
        "topic.add", "api", world.cast.admin,
    )  # fmt: skip


def test_health_says_whether_the_clock_runs(world: World) -> None:
    found = world.program("viewer").get("/health")
    assert (found["database"], found["schema_current"], found["clock"]) == (True, True, False)


def test_every_operation_declares_who_may_call_it() -> None:
    for operation in blueprint.operations():
        assert operation.public or operation.access.who == "token"
