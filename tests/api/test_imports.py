"""Imports as programs steer them."""

from __future__ import annotations

import io
from typing import Any

import pytest

from tests.api.conftest import World, problem
from webapp.api import cursors
from webapp.domain import import_columns
from webapp.domain.permission import Actor, Role
from webapp.models.import_job import ImportJob
from webapp.services import importing

EDITOR = Actor(None, "Edna", Role.EDITOR)


@pytest.fixture
def job_id(world: World) -> int:
    """A file that runs: two people and a line nobody can use."""
    house, cast, now = world.house, world.cast, world.house.clock.now()
    instance, file = house.settings.instance, io.BytesIO(b"psid,city\n501,Lyon\n5E+15,\n502,\n")
    with house.db.writer(cast.rosewood) as session:
        job = importing.upload(session, EDITOR, instance, cast.channel, "a.csv", file, now)
        guess = importing.proposal(session, instance, job)
        mapping = import_columns.to_json(guess.mapping)
        importing.map_columns(session, EDITOR, instance, job.id or 0, mapping, {}, now)
    tick(world)
    with house.db.writer(cast.rosewood) as session:
        importing.start(session, EDITOR, job.id or 0, now)
    return job.id or 0


def tick(world: World) -> None:
    house = world.house
    importing.advance(house.db, house.vault, house.settings.instance, house.clock.now())


def test_an_import_is_paused_and_gone_on_with(world: World, job_id: int) -> None:
    editor = world.program("editor")
    assert editor.post(f"/imports/{job_id}/pause")["state"] == "paused"
    tick(world)
    assert editor.get(f"/imports/{job_id}")["created"] == 0
    assert editor.delete(f"/imports/{job_id}/pause")["state"] == "running"
    tick(world)
    found = editor.get(f"/imports/{job_id}")
    assert (found["state"], found["created"], found["refused"]) == ("done", 2, 1)
    assert [it["id"] for it in editor.get("/imports")["items"]] == [job_id]
    assert editor.ask("POST", f"/imports/{job_id}/pause").status_code == 409


def test_the_newest_file_comes_first_on_every_page(world: World, job_id: int) -> None:
    house, cast, now = world.house, world.cast, world.house.clock.now()
    for name in ("b.csv", "c.csv"):
        with house.db.writer(cast.rosewood) as session:
            file = io.BytesIO(b"psid\n7\n")
            instance = house.settings.instance
            importing.upload(session, EDITOR, instance, cast.channel, name, file, now)
    editor = world.program("editor")
    first = editor.get("/imports?limit=2")
    assert [it["filename"] for it in first["items"]] == ["c.csv", "b.csv"]
    rest = editor.get(f"/imports?limit=2&cursor={first['next_cursor']}")
    assert ([it["id"] for it in rest["items"]], rest["next_cursor"]) == ([job_id], None)


def test_lines_that_could_not_be_used_are_told_page_by_page(world: World, job_id: int) -> None:
    tick(world)
    page = world.program("editor").get(f"/imports/{job_id}/errors?limit=1")
    assert [(it["line"], it["value"]) for it in page["items"]] == [(3, "5E+15")]
    assert "spreadsheet" in page["items"][0]["reason"]
    assert page["next_cursor"] is None


def test_an_import_is_undone_with_counts(world: World, job_id: int) -> None:
    tick(world)
    editor: Any = world.program("editor")
    assert editor.post(f"/imports/{job_id}/undo")["undone"]["gone"] == 0
    tick(world)
    found = editor.get(f"/imports/{job_id}")
    assert (found["state"], found["undone"]["gone"]) == ("undone", 2)


def test_a_viewer_sees_no_import(world: World, job_id: int) -> None:
    assert world.program("viewer").ask("GET", f"/imports/{job_id}").status_code == 403


def test_a_file_is_read_in_another_way(world: World) -> None:
    house, cast, now = world.house, world.cast, world.house.clock.now()
    file = io.BytesIO("psid;nom|x\n501;Élise\n".encode("cp1250"))
    with house.db.writer(cast.rosewood) as session:
        job = importing.upload(
            session, EDITOR, house.settings.instance, cast.channel, "a.csv", file, now
        )
    editor, address = world.program("editor"), f"/imports/{job.id}"
    assert editor.get(address)["encoding"] == "cp1252"
    given = {"encoding": "cp1250", "delimiter": ";"}
    answer = editor.ask("PUT", f"{address}/reading", json=given)
    assert answer.status_code == 200, answer.text
    assert (answer.json["encoding"], answer.json["delimiter"]) == ("cp1250", ";")
    refused = editor.ask("PUT", f"{address}/reading", json=given | {"encoding": "utf-8"})
    assert refused.status_code in (400, 422)
    assert "line 2" in refused.text


def test_conversations_of_a_channel_are_brought_in(world: World) -> None:
    editor, channel = world.program("editor"), world.cast.channel
    made = editor.ask("POST", f"/channels/{channel}/conversations")
    assert (made.status_code, made.json["state"]) == (201, "fetching")
    address = f"/imports/{made.json['id']}"
    assert editor.post(f"{address}/pause")["state"] == "halted"
    assert editor.delete(f"{address}/pause")["state"] == "fetching"
    assert editor.ask("POST", f"/channels/{channel}/conversations").status_code == 409
    assert (
        world.program("viewer").ask("POST", f"/channels/{channel}/conversations").status_code == 403
    )


def test_a_cursor_that_was_tampered_with_is_refused(both: World) -> None:
    """A line beyond a whole number of PostgreSQL."""
    cursor = cursors.write([2**40, 1])
    with both.house.db.writer(both.cast.rosewood) as session:
        job = ImportJob(
            brand_id=both.cast.rosewood, channel_id=both.cast.channel, filename="x", path="",
            created_at=both.clock.now(),
        )  # fmt: skip
        session.add(job)
        session.commit()
        key = job.id
    editor = both.program("editor")
    problem(editor.ask("GET", f"/imports/{key}/errors?cursor={cursor}"), 422)
