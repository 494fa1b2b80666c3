"""Templates through the API, and a utility broadcast that fills one, on both databases."""

from __future__ import annotations

from typing import Any

from tests.api.conftest import World
from webapp.models.template import Template

COMPONENTS: list[dict[str, object]] = [{"type": "BODY", "text": "Hi {{1}}, order {{2}} left."}]
FILLED = {
    "name": "order_update",
    "language": "en",
    "values": {"body.1": "{{first_name|there}}", "body.2": "A-17"},
}


def shelve(world: World, **fields: Any) -> None:
    with world.house.db.writer(world.cast.rosewood) as session:
        given = {
            "brand_id": world.cast.rosewood,
            "channel_id": world.cast.channel,
            "key": "700",
            "name": "order_update",
            "language": "en",
            "category": "utility",
            "state": "approved",
            "components": COMPONENTS,
            "told_at": world.house.clock.now(),
            **fields,
        }
        session.add(Template(**given))
        session.commit()


def test_templates_are_listed_with_what_is_open_in_them(world: World) -> None:
    shelve(world)
    shelve(world, name="b", state="paused")
    viewer = world.program("viewer")
    first, second = sorted(viewer.get("/templates")["items"], key=lambda it: it["name"])
    assert (first["name"], first["usable"]) == ("b", False)
    assert (second["places"], second["usable"]) == (["body.1", "body.2"], True)
    assert len(viewer.get(f"/templates?channel={world.cast.channel}")["items"]) == 2


def test_another_brands_channel_has_no_templates_here(world: World) -> None:
    answer = world.program("viewer").ask("GET", f"/templates?channel={world.cast.other_channel}")
    assert answer.status_code == 404


def test_a_utility_broadcast_names_its_template_and_gets_its_words(world: World) -> None:
    shelve(world)
    draft = {
        "name": "Orders",
        "kind": "utility",
        "content": {"template": FILLED},
        "schedule": {"mode": "now"},
    }
    editor = world.program("editor")
    made = editor.post("/broadcasts", draft)
    assert made["content"]["template"]["components"] == COMPONENTS
    check = editor.get(f"/broadcasts/{made['id']}/check")
    assert check["errors"] == {}
    assert check["forecast"]["by_route"]["utility"] > 0


def test_a_template_that_is_not_there_makes_no_broadcast(world: World) -> None:
    draft = {"name": "Orders", "kind": "utility", "content": {"template": FILLED}}
    answer = world.program("editor").ask("POST", "/broadcasts", draft)
    assert answer.status_code == 422
    assert "content.template" in answer.get_json()["errors"]
    assert world.program("editor").get("/broadcasts")["items"] == []
