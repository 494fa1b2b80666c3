"""Lines of a bulk load mean what they mean one by one, whichever way they are read and written."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlmodel import Session

from tests.api.conftest import Program, World
from tests.cast import VAULT
from tests.conftest import NOW
from tests.services.test_import_arrivals import TABLES
from webapp.api import people_bulk
from webapp.api.people_lines import Block, Reader, Told
from webapp.api.routes import NDJSON
from webapp.domain import import_row
from webapp.domain.errors import Invalid
from webapp.domain.import_row import Row
from webapp.domain.permission import Actor, Role
from webapp.domain.subscriber import AttributeType
from webapp.domain.wording import say
from webapp.models.subscriber import Subscriber
from webapp.services import consents, steps, subscribers, upserting
from webapp.store import attributes
from webapp.store import consents as ledger
from webapp.store import subscribers as store

ADMIN = Actor(None, "Ada", Role.ADMIN)
NOWHERE = Invalid({"channel_id": [say("This brand has no channel yet.")]})
OWN = {f"own_{type_.value}": type_ for type_ in AttributeType}
TIMES = st.sampled_from(
    ["2026-11-01T10:00:00Z", "2026-11-01T10:00:00-03:00", "2026-11-01 10:00:00.123456Z", "",
     "2026-11-31T10:00:00Z", "2026-11-01T10:00:00", "2027-01-01T00:00:00Z", "now", None, 5,
     "2026-11-01T10:00:00Z\n2026-11-01T10:00:00Z", "0001-01-01T00:00:00+14:00"]
)  # fmt: skip
WORDS = st.sampled_from(
    ["Ana", " Ana ", "'=1+1", "Zoé", "Zoe\u0301", "", " ", "\x00", "a\x1fb", "\ud800", "x" * 81,
     " " * 1_001, "x" * 1_001, "a|b", None, 5, True, ["Ana"], {"a": 1}, "a\nb"]
)  # fmt: skip
LISTS = st.one_of(
    st.lists(st.sampled_from(["vip", " vip", "VIP", "é" * 60, "a;b", "", "x" * 61]), max_size=4),
    st.sampled_from([None, "vip", [5], ["x"] * 101, ["\x00"], [["a"]], {}]),
)
OWNS = st.one_of(
    st.sampled_from(
        [5, 5.0, -0.0, 0, 602.35, 1e300, 1e-9, 10**13, True, False, "5", "5\n6", "1,5", "-0", "+3",
         "1990-02-01", "1990-02-30", [], [""], ["s", "m"], ["s"] * 101, ["\x00"], {}, "y" * 1_001]
    ),
    WORDS,
    TIMES,
)  # fmt: skip
PEOPLE = st.fixed_dictionaries(
    {"key": st.sampled_from(["7001", "7002", "1.5E+12", "x", "", " 7", "9" * 33, None, "US.ab1"])},
    optional={
        **dict.fromkeys(("first_name", "last_name", "city", "source"), WORDS),
        "locale": st.one_of(WORDS, st.sampled_from(["pt-br", "fr_FR", "zz_top"])),
        "timezone": st.one_of(WORDS, st.sampled_from(["Europe/Paris", "Mars/Base"])),
        "country": st.one_of(WORDS, st.sampled_from(["br", "FR", "Brazil"])),
        "gender": st.one_of(WORDS, st.sampled_from(["f", "homme"])),
        **dict.fromkeys(("first_seen_at", "last_inbound_at", "opted_in_at"), TIMES),
        "tags": LISTS,
        "topics": LISTS,
        "wording": st.one_of(WORDS, st.just("w" * 501)),
        "channel_id": st.sampled_from([1, 2, True, None, "1", 2**70]),
        "attributes": st.one_of(
            st.dictionaries(st.sampled_from([*OWN, "shoe", "\x00"]), OWNS, max_size=4),
            st.sampled_from([None, [], "x", {"shoe": None}]),
        ),
        "nickname": WORDS,
    },
)
LINES = st.one_of(
    PEOPLE.map(lambda it: json.dumps(it).encode()),
    PEOPLE.map(lambda it: json.dumps(it, ensure_ascii=False).encode("utf-8", "surrogatepass")),
    st.sampled_from([b"{", b"[1]", b"null", b'{"key": NaN}', b"\xff", b"[" * 5_000, b"x" * 70_000]),
)


def one_by_one(reader: Reader, lines: Sequence[tuple[int, bytes]]) -> list[Any]:
    return [reader._one(line) for line in lines]


def at_once(block: Block) -> list[Any]:
    told = [Told(it.channel_id, it.wording, _row(it, block)) for it in block.told]
    return sorted([*told, *block.wrong], key=lambda it: it.line)


def _row(told: Told, block: Block) -> Row:
    person = told.person
    return person if isinstance(person, Row) else import_row.of_record(person, block.types)


@settings(max_examples=300, deadline=None)
@example([b'{"key": "7001", "tags": [" "], "topics": [""]}'], 1)
@given(st.lists(LINES, max_size=8), st.sampled_from([1, NOWHERE]))
def test_lines_read_together_say_what_each_says_alone(
    lines: list[bytes], channel: int | Invalid
) -> None:
    reader = Reader(OWN, {1}, channel, NOW)
    numbered = list(enumerate(lines, 1))
    assert at_once(reader.read(numbered)) == one_by_one(reader, numbered)


def test_plain_lines_are_never_read_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Reader, "_one", lambda *_: pytest.fail("read one by one"))
    chance = random.Random(4)
    lines = [json.dumps(person(chance, n)).encode() for n in range(200)]
    block = Reader(OWN, {1}, 1, NOW).read(list(enumerate(lines, 1)))
    assert (len(block.told), block.wrong) == (200, [])


def person(chance: random.Random, n: int) -> dict[str, Any]:
    """Of everything a line may say, in every mixture."""
    at = [
        f"{NOW - timedelta(minutes=chance.randrange(90 * 1440)):%Y-%m-%dT%H:%M:%SZ}"
        for _ in range(3)
    ]
    told = {
        "first_name": chance.choice(["Élise", "'=1", "Ana"]), "last_name": "Läst",
        "country": chance.choice(["FR", "us"]), "locale": chance.choice(["fr-fr", "pt_BR"]),
        "timezone": "Europe/Paris", "gender": chance.choice(["homme", "f"]),
        "first_seen_at": at[0], "last_inbound_at": at[1],
        "tags": chance.choice([["vip"], ["vip", "press"], []]),
        "topics": chance.choice([["price-drops"], ["events", "PRICE DROPS", "events"]]),
        "attributes": {
            "own_number": chance.choice([3, 0, 2.5]), "own_money": chance.choice([602.35, "30"]),
            "own_text": chance.choice(["Lyon", "Siam"]), "own_date": "1990-02-01",
            "own_yesno": chance.choice([True, False]),
            "own_list": chance.choice([["s", "m"], ["l"]]),
            "own_time": "2027-03-01T10:00:00+02:00",
        },
    }  # fmt: skip
    told = {name: it for name, it in told.items() if chance.random() < 0.7}
    told["attributes"] = {
        name: it for name, it in told.get("attributes", {}).items() if chance.random() < 0.6
    }
    return {"key": str(n), **told, "opted_in_at": at[2], "wording": chance.choice(["Tell me", ""])}


def post(program: Program, lines: Sequence[Mapping[str, Any]]) -> Any:
    body = "\n".join(map(json.dumps, lines)).encode()
    return program.post("/subscribers/bulk", data=body, content_type=NDJSON)


def put(program: Program, lines: Sequence[Mapping[str, Any]]) -> list[int]:
    return [program.ask("PUT", "/subscribers", line).status_code for line in lines]


def test_people_loaded_in_bulk_are_what_they_would_be_one_by_one(
    both: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same lines for two sets of people, whose ids begin with 7 and with 8: first new ones,
    then, after some have stopped and some were erased, known ones in every mixture."""
    for name in ("LEAST", "FIRST", "MOST"):
        monkeypatch.setattr(steps, name, 40)
    editor, chance = both.program("editor"), random.Random(20261127)
    with both.house.db.writer(both.cast.rosewood) as session:
        for name, type_ in OWN.items():
            attributes.add(session, both.cast.rosewood, name, name, type_)
        session.commit()
    rounds = [
        [person(chance, chance.randrange(10**5, 10**5 + 60)) for _ in range(90)] for _ in "ab"
    ]
    rounds[1] += [{"key": str(10**5 + n), "attributes": {"own_list": []}} for n in range(9)]
    for lines in rounds:
        done = post(editor, of_set(lines, "7"))
        codes = put(editor, of_set(lines, "8"))
        assert (done["created"], done["refused"]) == (codes.count(201), codes.count(409))
        with both.house.db.writer(both.cast.rosewood) as session:
            told = {digit: kept(session, digit) for digit in "78"}
            assert list(ledger.all_broken_links(session)) == []
            _stop_and_erase(session, both.clock.now(), [it["key"] for it in lines[:20]])
        for table, rows in told["7"].items():
            assert rows == told["8"][table], table
        assert told["7"]["subscriber"]


def of_set(lines: Sequence[Mapping[str, Any]], digit: str) -> list[dict[str, Any]]:
    return [{**line, "key": f"{digit}{line['key']}"} for line in lines]


def _stop_and_erase(session: Session, now: datetime, keys: Sequence[str]) -> None:
    for n, key in enumerate(dict.fromkeys(keys)):
        for digit in "78":
            found = store.by_key(session, 1, f"{digit}{key}")
            if found is None:
                continue
            if n % 3 == 0:
                subscribers.erase(session, ADMIN, VAULT, found.id or 0, now)
            elif n % 3 == 1:
                consents.stop_all(session, session.get_one(Subscriber, found.id), at=now, now=now)
    session.commit()


def kept(session: Session, digit: str) -> dict[str, list[str]]:
    """What is known of one of the two sets, without what tells the sets and the doors apart."""
    found = {}
    for table, names in TABLES.items():
        if "key" not in names or "imported_subscriber" in table:
            continue
        query = f"SELECT {names} FROM {table} WHERE subscriber.key LIKE '{digit}______'"  # noqa: S608
        rows = session.connection().execute(text(query))
        plain = (re.sub(r", line \d+", "", repr(row)) for row in rows)
        found[table] = sorted(re.sub(rf"^\('{digit}", "('", row) for row in plain)
    return found


def test_nobody_who_is_new_or_unchanged_is_looked_at_one_by_one(
    both: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which is what makes lines as cheap as the rows of a file."""
    asked: list[str] = []
    real = upserting.plan

    def plan(session: Session, terms: Any, rows: Sequence[Row], now: datetime) -> Any:
        asked.extend(row.key for row in rows)
        return real(session, terms, rows, now)

    monkeypatch.setattr(upserting, "plan", plan)
    editor = both.program("editor")
    lines = [{"key": str(7_000 + n), "first_name": "Ida", "tags": ["vip"]} for n in range(50)]
    assert post(editor, lines)["created"] == 50
    assert post(editor, lines)["unchanged"] == 50
    assert asked == []
    assert post(editor, [{"key": "7001", "city": "Lyon"}])["updated"] == 1
    assert asked == ["7001"]


def test_the_later_line_counts_whatever_was_shown_with_it(both: World) -> None:
    editor = both.program("editor")
    lines = [
        {"key": "7001", "city": "Lyon", "wording": "One"},
        {"key": "7002", "city": "Lyon", "wording": "Two"},
        {"key": "7001", "city": "Nice", "wording": "Two"},
        {"key": "7001", "city": "Lille", "wording": "One"},
        {"key": "7001", "city": "Brest", "wording": "Two"},
    ]
    done = post(editor, lines)
    assert (done["created"], done["updated"]) == (2, 3)
    assert editor.get("/subscribers?q=7001")["items"][0]["city"] == "Brest"


def test_few_long_lines_are_held_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[int] = []
    real = Reader.read

    def read(reader: Reader, lines: Sequence[tuple[int, bytes]]) -> Block:
        held.append(sum(len(line) for _, line in lines))
        return real(reader, lines)

    monkeypatch.setattr(Reader, "read", read)
    monkeypatch.setattr(people_bulk, "MOST_BYTES", 10_000)
    lines = [{"key": str(7_000 + n), "tags": ["x" * 80] * 90} for n in range(30)]
    assert post(world.program("editor"), lines)["created"] == 30
    assert len(held) >= 15
    assert max(held) < 20_000


def test_lines_may_begin_with_a_mark_and_a_broken_one_is_not_called_a_body(world: World) -> None:
    text = b'\xef\xbb\xbf{"key": "7001"}\r\n\xef\xbb\xbf{"key": "7002"}\n{"key"\n'
    editor = world.program("editor")
    answer = editor.ask("POST", "/subscribers/bulk", data=text, content_type=NDJSON)
    done = answer.get_json()
    assert (done["created"], done["refused"]) == (1, 2)
    told = [(it["line"], it["reason"]) for it in done["errors"]]
    assert told == [(2, "This line is not JSON."), (3, "This line is not JSON.")]


def test_lines_sent_as_another_kind_are_told_which_one(world: World) -> None:
    editor = world.program("editor")
    answer = editor.ask("POST", "/subscribers/bulk", data=b"{}", content_type="text/csv")
    assert answer.status_code == 415
    assert "application/x-ndjson" in answer.get_json()["detail"]
    answer = editor.ask("POST", "/segments/count", data=b"{}", content_type="text/csv")
    assert "application/json" in answer.get_json()["detail"]


def test_what_is_wrong_is_told_by_line(both: World) -> None:
    lines = [{"key": "7001", "topics": ["events"], "opted_in_at": "2026-11-01T10:00:00Z"},
             {"key": "x"}, {"key": "7002", "country": "Brazil"}]  # fmt: skip
    done = post(both.program("editor"), lines)
    assert (done["lines"], done["created"], done["refused"]) == (3, 1, 2)
    assert [(it["line"], it["field"]) for it in done["errors"]] == [(2, "key"), (3, "country")]
