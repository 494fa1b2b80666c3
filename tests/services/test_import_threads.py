"""Conversations a Page has already, brought in: fetched, checked, imported."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlmodel import select

from tests import simulator_process
from tests.cast import PAGE
from tests.stage import Stage
from webapp.domain import errors
from webapp.domain.permission import Role
from webapp.models.channel import Channel
from webapp.models.import_job import ImportJob
from webapp.models.opt_in import OptIn
from webapp.models.subscriber import Subscriber
from webapp.platforms.wire import Reply, Request, TransportError
from webapp.services import import_threads, importing
from webapp.services.channels import Outside

Answering = Callable[[Request], Reply]


def thread(key: str, name: str, *messages: tuple[str, datetime]) -> dict[str, object]:
    """`messages`: who wrote, and when."""
    return {
        "id": f"t_{key}",
        "participants": {"data": [{"id": key, "name": name}, {"id": PAGE, "name": "Rosewood"}]},
        "messages": {"data": [
            {"id": f"m{n}", "created_time": f"{at:%Y-%m-%dT%H:%M:%S+0000}", "from": {"id": who}}
            for n, (who, at) in enumerate(messages)
        ]},
    }  # fmt: skip


def ok(*threads: dict[str, object], after: str | None = None) -> Reply:
    paging = {} if after is None else {"paging": {"cursors": {"after": after}}}
    return Reply(200, {}, json.dumps({"data": threads, **paging}).encode())


def refused(code: int, **error: object) -> Reply:
    body = {"error": {"code": code, "message": "No.", **error}}
    return Reply(400, {}, json.dumps(body).encode())


def begin(stage: Stage, role: Role = Role.EDITOR) -> int:
    with stage.house.db.writer(stage.people.rosewood) as session:
        job = import_threads.begin(
            session, stage.actor(role), stage.house.settings.instance, stage.people.channel,
            stage.clock.now(),
        )  # fmt: skip
        return job.id or 0


def tick(stage: Stage, answer: Answering) -> int:
    house = stage.house
    outside = Outside(house.platforms, house.vault, house.settings, answer)
    return import_threads.advance(house, outside)


def job(stage: Stage, job_id: int) -> ImportJob:
    with stage.house.db.reader(stage.people.rosewood) as session:
        found = importing.found(session, job_id)
        session.expunge(found)
        return found


def asked(request: Request, name: str) -> str | None:
    return next(iter(parse_qs(urlsplit(request.url).query).get(name, [])), None)


def work(stage: Stage) -> None:
    house = stage.house
    importing.advance(house.db, house.vault, house.settings.instance, stage.clock.now())


def imported(stage: Stage, job_id: int) -> ImportJob:
    work(stage)
    with stage.house.db.writer(stage.people.rosewood) as session:
        importing.start(session, stage.actor(), job_id, stage.clock.now())
    work(stage)
    return job(stage, job_id)


def person(stage: Stage, key: str) -> Subscriber:
    with stage.house.db.reader(stage.people.rosewood) as session:
        return session.exec(select(Subscriber).where(Subscriber.key == key)).one()


def lines(stage: Stage, job_id: int) -> list[str]:
    path = stage.house.settings.instance / job(stage, job_id).path
    return path.read_text(encoding="utf-8").splitlines()[1:]


def test_people_come_in_with_the_time_of_their_own_last_message(stage: Stage) -> None:
    now = stage.clock.now()
    hour = timedelta(hours=1)
    pages = {
        None: ok(
            thread("71", "Zoé de la Tour", (PAGE, now - hour), ("71", now - 3 * hour)),
            thread("72", "Yan", (PAGE, now - hour)),
            after="second",
        ),
        "second": ok(
            thread("73", "", ("73", now - 30 * hour)),
            thread("2", "Benoît Other", ("2", now - 2 * hour)),
            thread("3", "Cara", ("3", now - hour)),
            after="third",
        ),
        "third": ok(),
    }
    job_id = begin(stage)
    while tick(stage, lambda request: pages[asked(request, "after")]):
        pass
    done = imported(stage, job_id)
    assert (done.state, done.rows, done.created, done.refused) == ("done", 5, 3, 0)
    zoe, yan, late = (person(stage, key) for key in ("71", "72", "73"))
    assert (zoe.first_name, zoe.last_name) == ("Zoé", "de la Tour")
    assert (zoe.last_inbound_at, zoe.window_ends_at) == (now - 3 * hour, now + 21 * hour)
    assert (yan.last_inbound_at, yan.window_ends_at) == (None, None)
    assert late.window_ends_at == now - 6 * hour
    assert person(stage, "2").first_name == "Ben"
    cara = person(stage, "3")
    assert cara.opted_out_at is not None
    with stage.house.db.reader(stage.people.rosewood) as session:
        assert [act.source for act in session.exec(select(OptIn))] != ["import"]


def test_nobody_is_written_down_before_a_person_says_so(stage: Stage) -> None:
    job_id = begin(stage)
    tick(stage, lambda _: ok(thread("71", "Zoé"), after="x"))
    tick(stage, lambda _: ok())
    work(stage)
    assert (job(stage, job_id).state, job(stage, job_id).created) == ("checked", 1)
    with stage.house.db.reader(stage.people.rosewood) as session:
        assert session.exec(select(Subscriber).where(Subscriber.key == "71")).first() is None


def test_a_crash_between_the_file_and_the_cursor_brings_nobody_twice(stage: Stage) -> None:
    job_id = begin(stage)
    tick(stage, lambda _: ok(thread("71", "Zoé"), after="second"))
    path: Path = stage.house.settings.instance / job(stage, job_id).path
    with path.open("ab") as file:
        file.write(b"72,Yan,,\r\n73,ha")  # written, and the machine died
    tick(stage, lambda _: ok(thread("72", "Yan"), after="third"))
    assert [line.split(",")[0] for line in lines(stage, job_id)] == ["71", "72"]


def test_what_the_platform_asks_to_wait_is_waited(stage: Stage) -> None:
    job_id = begin(stage)
    assert tick(stage, lambda _: refused(613)) == 1
    assert job(stage, job_id).state == "fetching"
    assert import_threads.told(job(stage, job_id)) is not None
    assert tick(stage, lambda _: ok()) == 0
    stage.clock.moment += timedelta(minutes=1)
    found: list[str | None] = []

    def answer(request: Request) -> Reply:
        found.append(asked(request, "limit"))
        return ok(thread("71", "Zoé"), after="x")

    assert (tick(stage, answer), tick(stage, answer)) == (1, 1)
    assert found == ["10", "50"]
    assert import_threads.told(job(stage, job_id)) is None


@pytest.mark.parametrize(
    "reply",
    [
        Reply(503, {}, b""),
        Reply(200, {}, b"<html>"),
        Reply(0, error=TransportError.TIMEOUT, sent_first_byte=True),
    ],
)
def test_an_answer_that_cannot_be_read_is_asked_for_again(stage: Stage, reply: Reply) -> None:
    job_id = begin(stage)
    tick(stage, lambda _: reply)
    assert (job(stage, job_id).state, lines(stage, job_id)) == ("fetching", [])
    stage.clock.moment += timedelta(minutes=1)
    assert tick(stage, lambda _: ok()) == 1
    assert job(stage, job_id).state == "checking"


def test_a_dead_token_halts_it_and_it_goes_on_where_it_was(stage: Stage) -> None:
    job_id = begin(stage)
    tick(stage, lambda _: ok(thread("71", "Zoé"), after="second"))
    tick(stage, lambda _: refused(190))
    assert job(stage, job_id).state == "halted"
    assert "token" in str(import_threads.told(job(stage, job_id))).lower()
    assert tick(stage, lambda _: ok()) == 0
    with stage.house.db.writer(stage.people.rosewood) as session:
        importing.start(session, stage.actor(), job_id, stage.clock.now())
    found: list[str | None] = []

    def answer(request: Request) -> Reply:
        found.append(asked(request, "after"))
        return ok()

    tick(stage, answer)
    assert found == ["second"]


def test_what_arrives_after_a_pause_is_asked_for_again(stage: Stage) -> None:
    job_id = begin(stage)

    def answer(_request: Request) -> Reply:
        with stage.house.db.writer(stage.people.rosewood) as session:
            importing.pause(session, stage.actor(), job_id, stage.clock.now())
        return ok(thread("71", "Zoé"), after="second")

    tick(stage, answer)
    assert (job(stage, job_id).state, job(stage, job_id).rows) == ("halted", 0)


def test_what_was_fetched_can_be_thrown_away_while_it_is_fetched(stage: Stage) -> None:
    job_id = begin(stage)
    path = stage.house.settings.instance / job(stage, job_id).path

    def answer(_request: Request) -> Reply:
        with stage.house.db.writer(stage.people.rosewood) as session:
            instance = stage.house.settings.instance
            importing.discard(session, stage.actor(), instance, job_id, stage.clock.now())
        return ok(thread("71", "Zoé"), after="second")

    tick(stage, answer)
    assert not path.exists()
    assert tick(stage, answer) == 0


def test_it_is_for_pages_once_at_a_time_and_by_whoever_may_import(stage: Stage) -> None:
    begin(stage)
    with pytest.raises(errors.Conflict):
        begin(stage)
    with pytest.raises(errors.Forbidden):
        begin(stage, Role.VIEWER)
    with stage.house.db.writer(stage.people.rosewood) as session:
        session.get_one(Channel, stage.people.channel).platform = "whatsapp"
        session.commit()
    with pytest.raises(errors.Refused):
        begin(stage)


def test_one_thread_that_cannot_be_used_stops_no_other(stage: Stage) -> None:
    now = stage.clock.now()
    job_id = begin(stage)
    nobody = {"id": "t_0", "participants": {"data": [{"name": "Nobody"}]}}
    strange = thread("a.b", "Strange")
    future = thread("72", "Yan", ("72", now + timedelta(hours=1)))
    tick(stage, lambda _: ok(nobody, strange, future, thread("71", "Zoé"), after="x"))
    tick(stage, lambda _: ok())
    done = imported(stage, job_id)
    assert (done.created, done.refused) == (1, 2)


def test_the_practice_platform_speaks_it_too(stage: Stage, tmp_path: Path) -> None:
    with simulator_process.running(tmp_path) as simulator:
        simulator.register_page()
        for key in range(60):
            simulator.say(f"5{key:02}", "Hello")
        with stage.house.db.writer(stage.people.rosewood) as session:
            session.get_one(Channel, stage.people.channel).graph_url = simulator.url
            session.commit()
        job_id = begin(stage)
        simulator_process.until(lambda: _fetched(stage, job_id))
    done = job(stage, job_id)
    assert (done.state, done.rows) == ("checking", 60)
    told = [line.split(",") for line in lines(stage, job_id)]
    assert len({line[0] for line in told}) == 60
    assert all(line[1] and line[3].endswith("Z") for line in told)


def _fetched(stage: Stage, job_id: int) -> bool:
    """Ask once more, past whatever the platform asked to wait."""
    import_threads.advance(stage.house)
    stage.clock.moment += timedelta(hours=1)
    return job(stage, job_id).state != "fetching"
