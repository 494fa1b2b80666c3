"""Subscribers through the API: one by one, many at once, explained, erased."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.api import conftest
from tests.api.conftest import Program, World
from webapp.api.routes import NDJSON
from webapp.domain.subscriber import AttributeType
from webapp.models.subscriber import Subscriber
from webapp.services import steps
from webapp.store import attributes

ZOE = {
    "key": "7001",
    "first_name": "Zoé",
    "country": "br",
    "locale": "pt-br",
    "tags": ["vip"],
    "topics": ["price-drops"],
    "opted_in_at": "2026-11-01T10:00:00-03:00",
    "wording": "Tell me when prices drop",
    "last_inbound_at": "2026-11-22T08:00:00-03:00",
}


def bulk(program: Program, *lines: object, query: str = "") -> Any:
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    return program.post(f"/subscribers/bulk{query}", data=text.encode(), content_type=NDJSON)


def test_a_person_is_added_then_brought_up_to_date(both: World) -> None:
    editor = both.program("editor")
    first = editor.ask("PUT", "/subscribers", ZOE)
    assert first.status_code == 201
    made = first.get_json()
    assert (made["country"], made["locale"], made["tags"]) == ("BR", "pt_BR", ["vip"])
    assert made["topics"] == {"price-drops": "opted_in"}
    again = editor.ask("PUT", "/subscribers", {"key": "7001", "city": "Olinda", "tags": ["new"]})
    assert again.status_code == 200
    after = again.get_json()
    assert (after["first_name"], after["city"], after["tags"]) == ("Zoé", "Olinda", ["new", "vip"])
    assert editor.get(f"/subscribers/{made['id']}/windows")["items"][0]["open"]
    act = editor.get(f"/subscribers/{made['id']}/opt-ins")["items"][0]
    assert (act["topic"], act["wording"], act["source"]) == ("price-drops", ZOE["wording"], "api")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"last_inbound_at": "2026-11-22T08:00:00"}, "last_inbound_at"),
        ({"last_inbound_at": "2027-01-01T00:00:00Z"}, "last_inbound_at"),
        ({"key": "1.5E+12"}, "key"),
        ({"country": "Brazil"}, "country"),
        ({"timezone": "Mars/Base"}, "timezone"),
        ({"opted_in_at": None}, "opted_in_at"),
        ({"tags": "vip"}, "tags"),
        ({"attributes": {"shoe": 42}}, "attributes.shoe"),
        ({"first_name": "A\x00na"}, "first_name"),
        ({"nickname": "Z"}, "nickname"),
        ({"channel_id": 2**70}, "channel_id"),
    ],
)
def test_what_cannot_be_used_is_named(
    api: Callable[[str], Program], wrong: dict[str, object], field: str
) -> None:
    found = conftest.problem(api("editor").ask("PUT", "/subscribers", {**ZOE, **wrong}), 422)
    assert field in found["errors"]


def test_bulk_tells_which_topics_it_made_and_knows_the_others_by_title_or_slug(
    both: World,
) -> None:
    editor, wanted = (
        both.program("editor"),
        ["PRICE DROPS", "price-drops", "New roses", "new-roses"],
    )
    done = bulk(editor, {**ZOE, "topics": wanted}, {**ZOE, "key": "7009", "topics": wanted})
    assert (done["topics_made"], done["topics"], done["errors"]) == (1, ["New roses"], [])
    again = bulk(editor, {**ZOE, "topics": wanted})
    assert (again["topics_made"], again["topics"], again["unchanged"]) == (0, [], 1)
    found = editor.get("/subscribers?q=7001")["items"][0]
    assert found["topics"] == {"new-roses": "opted_in", "price-drops": "opted_in"}


def test_bulk_lines_are_counted_and_bad_ones_named(both: World) -> None:
    editor = both.program("editor")
    done = bulk(
        editor, ZOE, {"key": "1", "city": "Lyon"}, "", "{", [1], {"key": "x"},
        {"key": "7002", "last_inbound_at": "2026-11-22T08:00:00"},
        {"key": "7001", "city": "Recife"},
    )  # fmt: skip
    assert (done["lines"], done["created"], done["updated"], done["refused"]) == (7, 1, 2, 4)
    assert [(it["line"], it["field"]) for it in done["errors"]] == [
        (4, ""), (5, ""), (6, "key"), (7, "last_inbound_at"),
    ]  # fmt: skip
    assert "has no time zone" in done["errors"][3]["reason"]
    assert editor.get("/subscribers?q=7001")["items"][0]["city"] == "Recife"
    assert bulk(editor, ZOE)["unchanged"] == 1


def test_a_large_load_is_written_in_chunks(both: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LEAST", "FIRST", "MOST"):
        monkeypatch.setattr(steps, name, 50)
    editor = both.program("editor")
    lines = [{"key": str(10_000 + n), "tags": [f"t{n % 3}"]} for n in range(175)]
    assert bulk(editor, *lines)["created"] == 175
    assert bulk(editor, *lines)["unchanged"] == 175
    count = editor.post("/segments/count", {"tree": {"all": [
        {"field": "tag", "op": "has", "value": "t1"}]}})  # fmt: skip
    assert count["total"] == 58


def test_a_list_goes_on_where_it_ended(both: World) -> None:
    viewer = both.program("viewer")
    keys, cursor = [], ""
    while cursor is not None:
        page = viewer.get(f"/subscribers?limit=1{cursor and '&cursor=' + cursor}")
        keys += [it["key"] for it in page["items"]]
        cursor = page["next_cursor"]
    assert sorted(keys) == ["1", "2", "3", "4"]
    assert len(keys) == 4


def test_people_are_found_by_what_is_known_of_them(world: World) -> None:
    viewer = world.program("viewer")
    found = {
        query: [it["first_name"] for it in viewer.get(f"/subscribers?{query}")["items"]]
        for query in ("q=ana", "key=2", "window=open", "window=opted_out", "country=FR", "tag=vip")
    }
    assert found["q=ana"] == ["Ana"]
    assert found["key=2"] == ["Ben"]
    assert sorted(found["window=open"]) == ["Ana", "Cara"]
    assert found["window=opted_out"] == ["Cara"]
    assert len(found["country=FR"]) == 4
    assert found["tag=vip"] == []


def test_an_explanation_names_every_rule_with_its_source(world: World) -> None:
    viewer, cast = world.program("viewer"), world.cast
    ana = viewer.get(f"/subscribers/{cast.ana}/explanation")
    assert (ana["allowed"], ana["route"]) == (True, "window")
    assert ana["changes_at"] == "2026-11-23T11:00:00Z"
    later = viewer.get(f"/subscribers/{cast.ana}/explanation?at=2026-11-24T00:00:00Z")
    assert (later["allowed"], later["route"]) == (False, "none")
    cara = viewer.get(f"/subscribers/{cast.cara}/explanation")
    assert cara["reason"]["rule"] == "consent.stop"
    assert all(it["source"] and it["sentence"] for it in cara["verdicts"])
    dao = viewer.get(f"/subscribers/{cast.dao}/explanation?kind=subscription&topic=price-drops")
    assert dao["topic"] == "price-drops"
    unnamed = viewer.ask("GET", f"/subscribers/{cast.dao}/explanation?kind=subscription")
    assert "topic" in conftest.problem(unnamed, 422)["errors"]
    naive = viewer.ask("GET", f"/subscribers/{cast.dao}/explanation?at=2026-11-24T00:00:00")
    assert "has no time zone" in conftest.problem(naive, 422)["errors"]["at"][0]


def test_an_explanation_tells_the_next_fourteen_days(both: World) -> None:
    viewer, cast = both.program("viewer"), both.cast
    ana = viewer.get(f"/subscribers/{cast.ana}/explanation?kind=standard")
    told = [(it["starts_at"], it["ends_at"], it["words"], it["never"]) for it in ana["timeline"]]
    assert told == [
        ("2026-11-22T12:00:00Z", "2026-11-23T11:00:00Z", "Freely, inside the window", False),
        ("2026-11-23T11:00:00Z", None, "Never, unless they write", True),
    ]
    assert all(it["rule"] and it["sentence"] and it["source"] for it in ana["timeline"])
    assert ana["routes"] == [{"route": "window", "price_micros": 0}]
    assert ana["next_legal_at"] == "2026-11-22T12:00:00Z"
    ended = next(it for it in ana["verdicts"] if it["rule"] == "messenger.window.24h")
    assert (ended["until"], ended["changes_at"]) == ("window_end", "2026-11-23T11:00:00Z")
    ben = viewer.get(f"/subscribers/{cast.ben}/explanation")
    assert (ben["next_legal_at"], len(ben["timeline"])) == (None, 1)


def test_what_a_reader_must_know_goes_with_the_explanation(world: World) -> None:
    viewer, cast = world.program("viewer"), world.cast
    path = f"/subscribers/{cast.dao}/explanation?kind=subscription&topic=price-drops"
    assert any("country is not known" in it for it in viewer.get(path)["remarks"])
    assert any(
        "in the past" in it for it in viewer.get(f"{path}&at=2020-01-01T00:00:00Z")["remarks"]
    )


@pytest.mark.parametrize(
    ("query", "field", "words"),
    [
        ("at=2016-11-13T23:59:59Z", "at", "The rulebook begins on 2016-11-14"),
        ("at=0001-01-01T00:00:00Z", "at", "The rulebook begins on 2016-11-14"),
        ("at=9999-12-31T23:59:59Z", "at", "that far ahead"),
        ("at=2026-11-24T09:00:00", "at", "has no time zone"),
        ("at=tomorrow", "at", "Give a time like"),
        ("kind=carrier-pigeon", "kind", "Choose one"),
        ("kind=subscription&topic=nothing", "topic", "has no topic nothing"),
    ],
)
def test_a_question_nobody_can_answer_says_why(
    world: World, query: str, field: str, words: str
) -> None:
    viewer, cast = world.program("viewer"), world.cast
    refused = viewer.ask("GET", f"/subscribers/{cast.ana}/explanation?{query}")
    assert words in conftest.problem(refused, 422)["errors"][field][0]


def test_windows_tell_their_opener_start_and_end_and_the_free_entry(both: World) -> None:
    viewer, cast = both.program("viewer"), both.cast
    with both.house.db.writer(cast.rosewood) as session:
        ana = session.get_one(Subscriber, cast.ana)
        ana.free_entry_ends_at = both.clock.now() + timedelta(hours=40)
        session.commit()
    found = viewer.get(f"/subscribers/{cast.ana}/windows")
    assert found["items"] == [
        {
            "opener": "message",
            "opened_at": "2026-11-22T11:00:00Z",
            "ends_at": "2026-11-23T11:00:00Z",
            "open": True,
        }
    ]
    assert found["free_entry_ends_at"] == "2026-11-24T04:00:00Z"


def test_an_erased_person_is_gone_and_stays_gone(world: World) -> None:
    admin, cast = world.program("admin"), world.cast
    refused = world.program("manager").ask("DELETE", f"/subscribers/{cast.ana}")
    assert conftest.problem(refused, 403)
    admin.delete(f"/subscribers/{cast.ana}")
    assert conftest.problem(admin.ask("GET", f"/subscribers/{cast.ana}"), 404)
    assert conftest.problem(admin.ask("PUT", "/subscribers", {"key": "1"}), 409)
    assert bulk(admin, {"key": "1"})["refused"] == 1


def test_a_segment_is_kept_counted_and_looked_into(both: World) -> None:
    editor = both.program("editor")
    tree = {"all": [{"field": "country", "op": "in", "value": ["FR", "BR"]}]}
    made = editor.post("/segments", {"name": "French", "tree": tree})
    at = f"/segments/{made['id']}"
    now, later = editor.get(f"{at}/count"), editor.get(f"{at}/count?at=2026-11-25T00:00:00Z")
    assert (now["total"], now["by_route"]["window"]) == (4, 1)
    assert (later["total"], later["by_route"]["window"]) == (4, 0)
    for outside in ("2010-06-01", "2060-06-01"):  # no rules are known of
        refused = editor.ask("GET", f"{at}/count?at={outside}T00:00:00Z")
        assert "at" in conftest.problem(refused, 422)["errors"]
    assert len(editor.get(f"{at}/sample?limit=2")["items"]) == 2
    assert editor.patch(at, {"name": "France"})["tree"] == made["tree"]
    wrong = editor.ask("PATCH", at, {"tree": {"all": [{"field": "shoe", "op": "is"}]}})
    assert "tree.all.0.field" in conftest.problem(wrong, 400)["errors"]
    editor.delete(at)
    assert editor.get("/segments")["items"] == []


def test_consents_and_their_receipt_are_answered_without_the_token(
    world: World, api: Callable[[str], Program]
) -> None:
    dao, viewer = world.cast.dao, api("viewer")
    stands = viewer.get(f"/subscribers/{dao}/consents")["items"][0]
    assert (stands["topic"], stands["state"], stands["next_send_at"]) == (
        "price-drops", "active", None,
    )  # fmt: skip
    act = viewer.get(f"/subscribers/{dao}/opt-ins")["items"][0]
    receipt = viewer.get(f"/subscribers/{dao}/receipt")
    assert (act["whole"], receipt["whole"], receipt["seal"]) == (True, True, act["hash"])
    assert act["token"] == receipt["acts"][0]["token"] == "sim-…rops"


def test_an_act_told_by_a_program_names_its_token(api: Callable[[str], Program]) -> None:
    made = api("editor").ask("PUT", "/subscribers", ZOE).get_json()
    act = api("editor").get(f"/subscribers/{made['id']}/opt-ins")["items"][0]
    assert act["evidence"].startswith("API token ")
    assert act["evidence"].endswith(" test")


def test_an_attributes_text_is_read_as_a_file_would(both: World) -> None:
    """Spaces around it are nobody's, and one of spaces alone says nothing."""
    with both.house.db.writer(both.cast.rosewood) as session:
        for name in ("shoe", "hat"):
            attributes.add(session, both.cast.rosewood, name, name, AttributeType.TEXT)
        session.commit()
    given = {"key": "7002", "attributes": {"shoe": " 42 ", "hat": "  "}}
    made = both.program("editor").put("/subscribers", given)
    assert made["attributes"] == {"shoe": "42"}
