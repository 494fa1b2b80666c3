"""`Idempotency-Key`: a POST is carried out once, however often and at once it is sent."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlmodel import func, select

from tests.api import conftest
from tests.api.conftest import World
from webapp.api.routes import NDJSON
from webapp.models.audit import IdempotencyKey
from webapp.models.segment import Segment
from webapp.services import segments

KEY = {"Idempotency-Key": "7c6b7f0a"}
WANTED = {"name": "All", "tree": {"all": []}}


def test_the_same_request_gets_the_same_answer(both: World) -> None:
    editor = both.program("editor")
    first = editor.ask("POST", "/segments", WANTED, headers=KEY)
    again = editor.ask("POST", "/segments", WANTED, headers=KEY)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.get_data() == again.get_data()
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(editor.get("/segments")["items"]) == 1


def test_another_request_under_the_same_key_is_refused(world: World) -> None:
    editor = world.program("editor")
    editor.post("/segments", WANTED, headers=KEY)
    other = editor.ask("POST", "/segments", {**WANTED, "name": "Other"}, headers=KEY)
    assert "Idempotency-Key" in conftest.problem(other, 422)["errors"]
    elsewhere = editor.ask("POST", "/topics", {"name": "News"}, headers=KEY)
    assert conftest.problem(elsewhere, 422)


def test_a_refusal_is_kept_too(world: World) -> None:
    editor = world.program("editor")
    editor.post("/segments", WANTED)
    first = editor.ask("POST", "/segments", WANTED, headers=KEY)
    again = editor.ask("POST", "/segments", WANTED, headers=KEY)
    assert conftest.problem(first, 422) == conftest.problem(again, 422)
    assert again.headers["Idempotent-Replayed"] == "true"


def test_what_could_not_be_read_is_not_kept(world: World) -> None:
    editor = world.program("editor")
    assert conftest.problem(editor.ask("POST", "/segments", {"nme": "All"}, headers=KEY), 422)
    assert editor.ask("POST", "/segments", WANTED, headers=KEY).status_code == 201


def test_keys_belong_to_their_token(world: World) -> None:
    editor, manager = world.program("editor"), world.program("manager")
    editor.post("/segments", WANTED, headers=KEY)
    made = manager.post("/segments", {**WANTED, "name": "Other"}, headers=KEY)
    assert made["name"] == "Other"


def test_after_a_day_a_key_is_forgotten(world: World) -> None:
    editor = world.program("editor")
    editor.post("/segments", WANTED, headers=KEY)
    world.clock.moment += timedelta(hours=24, seconds=1)
    made = editor.ask("POST", "/segments", {**WANTED, "name": "Other"}, headers=KEY)
    assert made.status_code == 201


def test_of_many_at_once_one_is_carried_out(both: World) -> None:
    editor, together = both.program("editor"), Barrier(6)
    editor.get("/segments")  # its token's use is noted before the race

    def post(_n: int) -> int:
        together.wait(timeout=120)
        return editor.ask("POST", "/segments", WANTED, headers=KEY).status_code

    with ThreadPoolExecutor(6) as pool:
        statuses = list(pool.map(post, range(6)))
    assert set(statuses) <= {201, 409}
    assert 201 in statuses
    with both.house.db.reader(both.cast.rosewood) as session:
        assert session.exec(select(func.count()).select_from(Segment)).one() == 1


def test_a_failure_of_ours_frees_the_key(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    editor = world.program("editor")
    with monkeypatch.context() as broken:
        broken.setattr(segments, "create", lambda *_: 1 / 0)
        assert conftest.problem(editor.ask("POST", "/segments", WANTED, headers=KEY), 500)
    assert editor.ask("POST", "/segments", WANTED, headers=KEY).status_code == 201


def test_one_that_was_never_answered_is_not_done_again(world: World) -> None:
    editor = world.program("editor")
    editor.post("/segments", WANTED, headers=KEY)
    with world.house.db.writer("no brand") as session:
        session.exec(select(IdempotencyKey)).one().status = 0  # as a killed process leaves it
        session.commit()
    assert conftest.problem(editor.ask("POST", "/segments", WANTED, headers=KEY), 409)


def test_a_token_shown_once_is_kept_sealed(world: World) -> None:
    made = world.program("admin").post("/tokens", {"name": "x", "role": "viewer"}, headers=KEY)
    with world.house.db.reader("no brand") as session:
        assert made["token"] not in session.exec(select(IdempotencyKey)).one().body


def test_a_bulk_load_is_repeated_without_being_done_again(world: World) -> None:
    editor = world.program("editor")
    given = {"data": '{"key": "501"}\n', "content_type": NDJSON, "headers": KEY}
    assert editor.post("/subscribers/bulk", **given)["created"] == 1
    assert editor.post("/subscribers/bulk", **given)["created"] == 1
    assert len(editor.get("/subscribers?q=501")["items"]) == 1


@pytest.mark.parametrize("key", ["", " ", "ü", "x" * 201, "a b"])
def test_a_key_that_is_none_is_named(world: World, key: str) -> None:
    refused = world.program("editor").ask(
        "POST", "/segments", WANTED, headers={"Idempotency-Key": key}
    )
    assert "Idempotency-Key" in conftest.problem(refused, 400)["errors"]
