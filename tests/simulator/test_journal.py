"""The journal: every request, what was accepted, and that a restart forgets nothing."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest

from tests.simulator.conftest import ANA, BEN, Platform
from tests.simulator_process import running, until
from webapp.simulator import clock, journal
from webapp.simulator.clock import HOUR


def test_an_entry_names_person_message_key_content_and_answer(platform: Platform) -> None:
    answer = platform.send(ANA, {"text": "Grüße", "metadata": "row-1"})
    entry = platform.practice("GET", "journal")["entries"][-1]
    assert entry["accepted"] is True
    assert (entry["page"], entry["psid"], entry["key"]) == ("500", ANA, "row-1")
    assert entry["mid"] == answer.body["message_id"]
    assert entry["content"] == {"text": "Grüße", "metadata": "row-1"}
    assert entry["answer"] == answer.body
    assert entry["at"] == "2026-11-22T12:00:00.000+00:00"
    assert (entry["method"], entry["path"], entry["status"]) == ("POST", "/me/messages", 200)


def test_a_refusal_is_kept_with_its_code_and_the_senders_key(platform: Platform) -> None:
    platform.send(BEN, {"text": "Hi", "metadata": "row-2"})
    entry = platform.practice("GET", "journal")["entries"][-1]
    assert (entry["accepted"], entry["mid"], entry["key"]) == (False, None, "row-2")
    assert (entry["psid"], entry["code"], entry["subcode"]) == (BEN, 10, 2018278)


def test_the_journal_can_be_asked_by_person_time_and_acceptance(platform: Platform) -> None:
    platform.send(ANA)
    platform.send(BEN)
    platform.time.advance(HOUR)
    platform.send(ANA)
    since = quote(clock.text(platform.time.now()))
    questions = {"": 3, f"?psid={ANA}": 2, f"?since={since}": 1, "?accepted=1": 2, "?page=501": 0}
    for question, expected in questions.items():
        entries = platform.practice("GET", f"journal{question}")["entries"]
        assert len(entries) == expected, question


def test_the_journal_is_read_in_pieces(platform: Platform) -> None:
    for _ in range(3):
        platform.send(ANA)
    first = platform.practice("GET", "journal?limit=2")
    rest = platform.practice("GET", f"journal?limit=2&after={first['after']}")
    assert (len(first["entries"]), len(rest["entries"])) == (2, 1)


def test_the_count_finds_a_key_that_was_accepted_twice(platform: Platform) -> None:
    for key in ("a", "b", "b"):
        platform.send(ANA, {"text": "Hi", "metadata": key})
    platform.send(BEN, {"text": "Hi", "metadata": "a"})
    assert platform.practice("GET", "journal/count") == {
        "requests": 4,
        "accepted": 3,
        "people": 1,
        "keys": 2,
        "doubles": 1,
        "refused": {"10/2018278": 1},
    }


def test_the_journal_can_be_emptied(platform: Platform) -> None:
    platform.send(ANA)
    assert platform.practice("DELETE", "journal") == {"deleted": 1}
    assert platform.practice("GET", "journal") == {"entries": [], "after": None}


def test_the_journal_is_bounded(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "KEPT_IN_MEMORY", 2)
    for key in ("a", "b", "c"):
        platform.send(ANA, {"text": "Hi", "metadata": key})
    journal.trim(platform.world.state)
    kept = [entry["key"] for entry in platform.practice("GET", "journal")["entries"]]
    assert kept == ["b", "c"]


def test_a_naive_time_is_refused_by_name(platform: Platform) -> None:
    assert "no offset" in platform.practice("GET", "journal?since=2026-11-22T12:00:00")["error"]


def test_a_restart_keeps_journal_pages_people_windows_and_what_was_to_come(tmp_path: Path) -> None:
    state = tmp_path / "simulator.db"
    with running(tmp_path, state=state, speed=0.001) as simulator:
        simulator.register_page(options={"strict_people": True})
        simulator.say(ANA, "hi")
        simulator.opt_in(BEN, "price-drops")
        assert simulator.send(ANA, {"text": "Hi", "metadata": "row-1"})[0] == 200
        before = simulator.state()
    with running(tmp_path, state=state) as simulator:
        assert simulator.journal()[0]["key"] == "row-1"
        assert simulator.send(ANA)[0] == 200
        assert simulator.send("9999")[1]["error"]["error_subcode"] == 2018001
        after = simulator.state()
    for what in ("people", "tokens", "pages"):
        assert after[what] == before[what]


def test_a_killed_simulator_has_kept_whatever_it_answered(tmp_path: Path) -> None:
    state = tmp_path / "simulator.db"
    with running(tmp_path, state=state) as simulator:
        simulator.register_page()
        for number in range(20):
            simulator.send(ANA, {"text": "Hi", "metadata": str(number)})
        simulator.process.kill()
        until(lambda: simulator.process.poll() is not None)
    with running(tmp_path, state=state) as simulator:
        assert simulator.count()["keys"] == 20
