"""A list taken out as a file and brought in again: the same people, and nobody is opted in."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import select

from tests import cast as casting
from tests.domain import test_import_file as import_reader
from tests.services.import_desk import Desk
from webapp.domain import export_file, segment
from webapp.domain.export_file import Line
from webapp.domain.import_block import RowError
from webapp.domain.import_row import Row
from webapp.domain.permission import Actor, Role
from webapp.domain.policy.situation import region_of
from webapp.domain.subscriber import AttributeType, TopicState
from webapp.models.audit import Audit
from webapp.models.opt_in import Consent, OptIn
from webapp.models.subscriber import Subscriber
from webapp.services import exporting, selections, tagging
from webapp.services.selections import Selection
from webapp.store import attributes, tags
from webapp.store.searches import Search

ADMIN = Actor(None, "Ada", Role.ADMIN)
NASTY = '-O\'Neil, "Jr"\nII'
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TYPES = {type_.value: type_ for type_ in AttributeType}
# As a person may write them; what no import takes (control characters) is not kept either.
WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp", "Mn", "Cn"))
    | st.sampled_from("=+-@'\",;|\n\t\uff1d"),
    max_size=30,
).map(lambda text: unicodedata.normalize("NFC", text).strip())
ENTRIES = WORDS.filter(lambda text: text and "|" not in text)
PAST = st.datetimes(datetime(2016, 1, 1), datetime(2026, 11, 22), timezones=st.just(UTC))  # noqa: DTZ001
NUMBERS = st.decimals(-(10**9) + 1, 10**9 - 1, places=6).map(lambda n: n.normalize() + 0)
VALUES: Mapping[AttributeType, st.SearchStrategy[Any]] = {
    AttributeType.TEXT: WORDS.filter(bool),
    AttributeType.NUMBER: NUMBERS,
    AttributeType.MONEY: NUMBERS,
    AttributeType.DATE: st.dates(date(1900, 1, 1), date(2100, 1, 1)),
    AttributeType.TIME: PAST,
    AttributeType.YESNO: st.booleans(),
    AttributeType.LIST: st.lists(ENTRIES, min_size=1, max_size=4, unique=True).map(tuple),
}
PEOPLE = st.builds(
    Line,
    st.integers(1, 10**16).map(str),
    WORDS,
    st.fixed_dictionaries(
        {},
        optional={
            **dict.fromkeys(("first_name", "last_name", "city", "source"), WORDS),
            **dict.fromkeys((*export_file.TIMES, *export_file.TOLD_TIMES), PAST),
            "country": st.sampled_from(["FR", "BR"]), "locale": st.just("pt_BR"),
            "timezone": st.just("Europe/Paris"), "gender": st.sampled_from(["male", "diverse"]),
        },
    ),
    st.frozensets(ENTRIES, max_size=3),
    st.dictionaries(st.just("price-drops"), st.sampled_from(TopicState)),
    st.fixed_dictionaries({}, optional={t.value: VALUES[t] for t in AttributeType}),
)  # fmt: skip


def written(lines: list[Line]) -> bytes:
    out = io.StringIO()
    rows = [export_file.header(TYPES), *(export_file.cells(line, TYPES) for line in lines)]
    csv.writer(out).writerows(rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def read(data: bytes, known: Mapping[str, AttributeType]) -> list[Row | RowError]:
    """By the columns and options the import proposes, taken as they are."""
    return import_reader.read(data, "Asia/Bangkok", known)


@settings(max_examples=150)
@given(st.lists(PEOPLE, min_size=1, max_size=6), st.booleans())
def test_what_is_written_is_read_as_the_same_people(lines: list[Line], known: bool) -> None:  # noqa: FBT001
    """By a brand that knows the attributes, and by one that has never heard of them."""
    for line, row in zip(lines, read(written(lines), TYPES if known else {}), strict=True):
        assert isinstance(row, Row), row
        assert row.key == line.key
        kept = {name: value for name, value in line.values.items() if value}
        assert row.values == {n: v for n, v in kept.items() if n in export_file.TEXTS}
        assert row.first_seen_at == kept.get("first_seen_at")
        assert row.last_inbound_at == kept.get("last_inbound_at")
        assert frozenset(row.tags) == line.tags
        assert dict(row.attributes) == dict(line.attributes)
        assert (row.topics, row.opted_in_at) == ((), None)


@given(st.lists(PEOPLE, min_size=1, max_size=4))
def test_no_cell_of_the_file_runs_as_a_formula(lines: list[Line]) -> None:
    rows = list(csv.reader(io.StringIO(written(lines).decode("utf-8-sig"))))
    for row in rows[1:]:
        for name, cell in zip(rows[0], row, strict=True):
            number = name in ("number (number)", "money (money)")
            assert not cell.lstrip().startswith(("=", "@", "\uff1d")), cell
            assert number or not cell.lstrip().startswith(("+", "-")), cell


def furnish(desk: Desk) -> None:
    """Attributes of every type, tags, and texts that would run in a spreadsheet."""
    cast, values = desk.cast, {
        AttributeType.TEXT: "=cmd|' /C calc'!A0", AttributeType.NUMBER: Decimal("-12.5"),
        AttributeType.MONEY: Decimal("1234567.890000"), AttributeType.DATE: date(2026, 2, 3),
        AttributeType.TIME: desk.now - timedelta(microseconds=7), AttributeType.YESNO: False,
        AttributeType.LIST: ("a;b", "'=1", "c"),
    }  # fmt: skip
    with desk.db.writer(cast.rosewood) as session:
        made = {
            type_: attributes.add(session, cast.rosewood, f"own_{type_.value}", "Own", type_)
            for type_ in values
        }
        held = {(cast.ana, made[type_].id or 0): (type_, value) for type_, value in values.items()}
        attributes.put(session, cast.rosewood, held)  # type: ignore[arg-type]
        for person in session.exec(select(Subscriber)):
            person.region = int(region_of(person.country))  # kept beside the country by all doors
        ben = session.get_one(Subscriber, cast.ben)
        ben.last_name, ben.name_folded = NASTY, f"ben {NASTY}".casefold()
        session.commit()
        tagging.put_on_each(session, ADMIN, [cast.ana, cast.dao], "vip", desk.now)


def file_of(desk: Desk, chosen: Selection | None = None, brand: int | None = None) -> bytes:
    out = io.StringIO()
    brand_id = brand or desk.cast.rosewood
    csv.writer(out).writerows(exporting.rows(desk.db, brand_id, chosen or Selection(), desk.now))
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def known(desk: Desk, brand: int) -> list[tuple[object, ...]]:
    """All that a file brings, by key; opt-ins are what it must not bring."""
    names = ("key", *export_file.TEXTS, *export_file.TIMES, "name_folded", "region")
    with desk.db.reader(brand) as session:
        people = session.exec(select(Subscriber).order_by(Subscriber.key)).all()
        ids = [person.id or 0 for person in people]
        worn, held = tags.of(session, ids), attributes.of(session, ids)
        return [
            (*(getattr(person, name) for name in names), worn.get(person.id or 0),
             held.get(person.id or 0))
            for person in people
        ]  # fmt: skip


def test_into_the_same_brand_it_changes_nothing(desk: Desk) -> None:
    furnish(desk)
    before = known(desk, desk.cast.rosewood)
    job = desk.whole(file_of(desk))
    assert (job.created, job.updated, job.unchanged, job.refused) == (0, 0, 4, 0)
    assert known(desk, desk.cast.rosewood) == before


def test_into_an_empty_brand_it_brings_the_same_people_and_no_consent(desk: Desk) -> None:
    furnish(desk)
    data, cast = file_of(desk), desk.cast
    with desk.db.writer(cast.other) as session:
        session.delete(session.get_one(Subscriber, cast.eva))
        session.commit()
    other = replace(cast, rosewood=cast.other, channel=cast.other_channel)
    there = Desk(desk.db, other, desk.instance, desk.now)
    job = there.whole(data)
    assert (job.created, job.refused) == (4, 0)
    assert known(desk, cast.other) == known(desk, cast.rosewood)
    with desk.db.reader(cast.other) as session:
        assert session.exec(select(OptIn)).all() == []
        assert session.exec(select(Consent)).all() == []
        types = attributes.types(session)
    assert types == {f"own_{type_.value}": type_ for type_ in AttributeType}


def test_a_segment_or_a_filter_is_taken_out_and_nobody_else(desk: Desk) -> None:
    node = segment.parse({"field": "first_name", "op": "is", "value": "Ana"}, {})
    for chosen in (Selection(node=node), Selection(Search(text="ana"))):
        rows = list(exporting.rows(desk.db, desk.cast.rosewood, chosen, desk.now))
        assert [row[:2] for row in rows] == [["psid", "first_name"], ["1", "Ana"]]


def test_consents_and_windows_are_told(desk: Desk) -> None:
    rows = list(csv.DictReader(io.StringIO(file_of(desk).decode("utf-8-sig"))))
    told = {row["first_name"]: row for row in rows}
    assert told["Dao"]["opted_in_to (information)"] == "price-drops"
    assert told["Cara"]["opted_out_at (information)"] == "2026-11-22T12:00:00Z"
    assert told["Ana"]["window_ends_at (information)"] == "2026-11-23T11:00:00Z"
    assert told["Ana"]["channel (information)"] == f"Page {casting.PAGE}"


def test_some_are_in_memory_at_a_time_and_none_is_missed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "CHUNK", 3)
    rows = list(exporting.rows(desk.db, desk.cast.rosewood, Selection(), desk.now))
    assert sorted(row[1] for row in rows[1:]) == ["Ana", "Ben", "Cara", "Dao"]


def test_who_took_it_is_in_the_audit_log_and_whom_they_looked_for_is_not(desk: Desk) -> None:
    ana = Selection(Search(text="ana"))
    exporting.record(desk.db, desk.cast.rosewood, ADMIN, ana, desk.now)
    with desk.db.reader(desk.cast.rosewood) as session:
        lines = [(line.action, line.detail) for line in session.exec(select(Audit))]
    assert lines == [("subscriber.export_list", {"people": 1, "segment": None})]


def test_people_of_a_selection_come_in_chunks_by_rising_id(desk: Desk) -> None:
    for chosen in (Selection(), Selection(node=segment.EVERYONE)):
        found = list(selections.chunks(desk.db, desk.cast.rosewood, chosen, desk.now, size=3))
        assert [len(ids) for ids in found] == [3, 1]
        flat = [key for ids in found for key in ids]
        assert flat == sorted(flat)
