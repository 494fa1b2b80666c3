"""Lists of people through the API: taken out, tagged, and everything known of one."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from tests.api import conftest
from tests.api.conftest import Program, World

ANA = {"all": [{"field": "first_name", "op": "is", "value": "Ana"}]}


def exported(program: Program, query: str = "") -> list[dict[str, str]]:
    answer = program.ask("GET", f"/subscribers/export{query}")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.is_streamed
    return list(csv.DictReader(io.StringIO(answer.get_data(as_text=True))))


def test_a_list_or_a_segment_is_taken_out(both: World) -> None:
    editor = both.program("editor")
    segment = editor.post("/segments", {"name": "Ana", "tree": ANA})
    assert {row["first_name"] for row in exported(editor)} == {"Ana", "Ben", "Cara", "Dao"}
    assert [row["psid"] for row in exported(editor, "?q=ben")] == ["2"]
    assert [row["psid"] for row in exported(editor, f"?segment_id={segment['id']}")] == ["1"]
    lines = both.program("admin").get("/audit")["items"]
    assert [it["action"] for it in lines].count("subscriber.export_list") == 3


def test_another_brands_segment_is_not_found(both: World) -> None:
    segment = both.program("editor").post("/segments", {"name": "Ana", "tree": ANA})
    other, path = both.program("other"), f"/subscribers/export?segment_id={segment['id']}"
    conftest.problem(other.ask("GET", path), 404)
    body = {"tag": "vip", "segment_id": segment["id"]}
    conftest.problem(other.ask("POST", "/subscribers/tags", body), 404)


def test_who_only_looks_takes_nothing_out(world: World) -> None:
    viewer = world.program("viewer")
    for path in ("/subscribers/export", f"/subscribers/{world.cast.ana}/export"):
        conftest.problem(viewer.ask("GET", path), 403)


def test_a_filter_and_a_segment_together_are_refused(world: World) -> None:
    editor = world.program("editor")
    segment = editor.post("/segments", {"name": "Ana", "tree": ANA})
    body = {"tag": "vip", "segment_id": segment["id"], "filter": {"country": "FR"}}
    found = conftest.problem(editor.ask("POST", "/subscribers/tags", body), 422)
    assert "segment_id" in found["errors"]


def test_tags_are_counted_then_put_on_and_taken_off(both: World) -> None:
    editor = both.program("editor")
    asked: dict[str, Any] = {"tag": "vip", "filter": {"window": "closed"}}
    assert editor.post("/subscribers/tags", {**asked, "only_count": True}) == {
        "people": 2, "changed": None,
    }  # fmt: skip
    assert editor.get("/subscribers?tag=vip")["items"] == []
    assert editor.post("/subscribers/tags", asked) == {"people": 2, "changed": 2}
    assert editor.post("/subscribers/tags", asked) == {"people": 2, "changed": 0}
    taken = editor.post("/subscribers/tags", {"tag": "vip", "action": "take"})
    assert taken == {"people": 4, "changed": 2}


def test_asked_again_with_the_same_key_it_is_done_once(both: World) -> None:
    editor, headers = both.program("editor"), {"Idempotency-Key": "k1"}
    asked = {"tag": "vip"}
    first = editor.ask("POST", "/subscribers/tags", asked, headers=headers).get_json()
    again = editor.ask("POST", "/subscribers/tags", asked, headers=headers).get_json()
    assert first == again == {"people": 4, "changed": 4}


@pytest.mark.parametrize("tag", ["a,b", " "])
def test_what_is_no_tag_is_named(world: World, tag: str) -> None:
    asked = {"tag": tag, "only_count": True}
    found = conftest.problem(world.program("editor").ask("POST", "/subscribers/tags", asked), 422)
    assert "tag" in found["errors"]


def test_one_person_is_told_whole(both: World) -> None:
    editor, cast = both.program("editor"), both.cast
    found = editor.get(f"/subscribers/{cast.dao}/export")
    assert found["person"]["first_name"] == "Dao"
    assert found["channel"]["platform"] == "messenger"
    assert found["window"]["open"] is False
    assert found["topics"] == [{"id": cast.topic, "slug": "price-drops", "name": "Price drops"}]
    assert [row["state"] for row in found["consents"]] == ["active"]
    assert [row["action"] for row in found["opt_ins"]] == ["opt_in"]
    for name in ("other_ids", "segments", "imports", "events", "deliveries", "replies"):
        assert found[name] == []
