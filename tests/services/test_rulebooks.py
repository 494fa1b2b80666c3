"""A signed rulebook comes into force without a release, and nothing else does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import select

from tests import stage as staging
from tests.rulebook_files import changed, signed
from tests.stage import Stage
from webapp import db as database
from webapp import shelf
from webapp.domain import rulebook_file
from webapp.domain.errors import FanlightError, Forbidden, NotFound, Refused
from webapp.domain.permission import Actor, Role
from webapp.domain.policy.rulebook import RulebookError
from webapp.house import House
from webapp.models.audit import Audit
from webapp.services import rulebook_keys, rulebooks
from webapp.store import audits
from webapp.store import rulebooks as kept

PEM, PUBLIC = rulebook_keys.make()
OPERATOR = Actor(None, "Olga", Role.ADMIN, operator=True, door="cli")
BEFORE = datetime(2026, 11, 22, 11, tzinfo=UTC)


@pytest.fixture
def stage(db: database.Database, now: datetime, tmp_path: Path) -> Stage:
    """An installation that trusts one key and has started once."""
    made = staging.build(db, now, tmp_path)
    made.house = replace(made.house, settings=replace(made.house.settings, rulebook_keys=(PUBLIC,)))
    rulebooks.take_up(made.house)
    return made


@pytest.fixture
def load(stage: Stage) -> Callable[[bytes], rulebooks.Loaded]:
    def put(content: bytes, actor: Actor = OPERATOR) -> rulebooks.Loaded:
        with stage.house.db.writer(database.NO_BRAND) as session:
            return rulebooks.load(session, stage.house, actor, content, stage.clock.now())

    return put


def spacing(house: House) -> object:
    rule = house.book.rule("messenger.sponsored.spacing", datetime(2026, 11, 22, tzinfo=UTC))
    return rule.params["hours"] if rule else None


def version_in_force(house: House) -> str | None:
    with house.db.reader(database.NO_BRAND) as session:
        return kept.version_in_force(session)


def test_the_first_start_writes_the_releases_book_down(stage: Stage) -> None:
    house = stage.house
    rulebooks.take_up(house)  # a second start changes nothing
    with house.db.reader(database.NO_BRAND) as session:
        (row,) = kept.everyone(session)
        (term,) = kept.terms(session)
        assert rulebook_file.unpack(row.content.encode()).files == rulebooks.packaged_files()
    assert (row.version, row.signature, row.checked_on) == (
        house.packaged.version, "", date(2026, 11, 22),
    )  # fmt: skip
    assert (term.version, term.until) == (row.version, None)
    assert term.by.startswith("Fanlight")
    assert house.book is house.packaged


def test_a_signed_book_is_in_force_and_the_one_before_stays(
    stage: Stage, load: Callable[[bytes], rulebooks.Loaded]
) -> None:
    house = stage.house
    done = load(signed(changed(13), PEM, BEFORE))
    assert done.is_new
    assert (house.book.version, spacing(house)) == (done.version, 13)
    with house.db.reader(database.NO_BRAND) as session:
        assert [it.version for it in kept.everyone(session)] == [
            done.version, house.packaged.version,
        ]  # fmt: skip
        present, past = kept.terms(session)
        assert (present.by, past.until) == ("Olga", present.since)
        assert rulebooks.kept(session, house, house.packaged.version).version == past.version
        assert rulebooks.current(session, house) is house.book
        line = session.exec(select(Audit).where(Audit.action == "rulebook.load")).one()
        assert (line.detail["version"], line.detail["key"]) == (done.version, PUBLIC)
        assert list(audits.broken_links(session)) == []


def test_the_same_book_again_changes_nothing(
    stage: Stage, load: Callable[[bytes], rulebooks.Loaded]
) -> None:
    content = signed(changed(13), PEM, BEFORE)
    load(content)
    assert not load(content).is_new
    with stage.house.db.reader(database.NO_BRAND) as session:
        assert len(kept.terms(session)) == 2


STRANGERS_PEM, _ = rulebook_keys.make()
GOOD = signed(changed(13), PEM, BEFORE)
REFUSED: list[tuple[str, bytes, str]] = [
    ("unsigned", rulebook_file.put_together(rulebook_file.Signed(rulebook_file.pack(changed()))),
     "not signed"),
    ("by a stranger", signed(changed(13), STRANGERS_PEM, BEFORE), "not trusted"),
    ("one letter changed", GOOD.replace(b"hours = 13", b"hours = 14"), "changed afterwards"),
    ("with line ends of another system", GOOD.replace(b"\n", b"\r\n"), "no rulebook file"),
    ("cut short", GOOD[:-100], "changed afterwards"),
    ("without its signature's end", GOOD.replace(b"==\n\nissued", b"\n\nissued"), "changed"),
    ("checked earlier", signed(changed(13, checked_on="2026-11-21"), PEM, BEFORE), "older"),
    ("checked on a day to come", signed(changed(13, checked_on="2026-12-24"), PEM, BEFORE),
     "has not come"),
    ("signed on a day to come", signed(changed(13), PEM, BEFORE + timedelta(days=2)),
     "has not come"),
    ("no rulebook", b"\x00\xffnonsense", "no rulebook file"),
    ("nothing", b"", "no rulebook file"),
    ("no rules in it", signed({"a.toml": b""}, PEM, BEFORE), "the book has no rules"),
    ("no files in it", signed({}, PEM, BEFORE), "the book has no rules"),
    ("a wrong date", signed({"a.toml": b'[[rule]]\nid = "a.b"\nvalid_from = 2026-13-01\n'}, PEM,
     BEFORE), "File a.toml, rule a.b, field valid_from"),
    ("a number for a rule", signed({"a.toml": b"rule = 5"}, PEM, BEFORE), "File a.toml"),
]  # fmt: skip


@pytest.mark.parametrize(("_what", "content", "words"), REFUSED, ids=[it[0] for it in REFUSED])
def test_a_book_that_cannot_be_vouched_for_is_refused_and_nothing_changes(
    stage: Stage,
    load: Callable[[bytes], rulebooks.Loaded],
    _what: str,
    content: bytes,
    words: str,
) -> None:
    with pytest.raises(FanlightError) as refused:
        load(content)
    assert words in str(refused.value.sentence)
    assert version_in_force(stage.house) == stage.house.packaged.version
    with stage.house.db.reader(database.NO_BRAND) as session:
        assert len(kept.everyone(session)) == 1


def test_without_a_trusted_key_nothing_can_be_loaded(
    stage: Stage, load: Callable[[bytes], rulebooks.Loaded]
) -> None:
    house = stage.house
    stage.house = replace(house, settings=replace(house.settings, rulebook_keys=()))
    with pytest.raises(Refused, match="FANLIGHT_RULEBOOK_KEYS"):
        load(GOOD)


def test_only_an_operator_changes_the_book(
    stage: Stage, load: Callable[[bytes, Actor], rulebooks.Loaded]
) -> None:
    admin = stage.actor()
    with pytest.raises(Forbidden):
        load(GOOD, admin)
    with stage.house.db.writer(database.NO_BRAND) as session, pytest.raises(Forbidden):
        rulebooks.go_back(session, stage.house, admin, "any", stage.clock.now())


def test_an_old_copy_cannot_come_back_but_an_operator_can_go_back(
    stage: Stage, load: Callable[[bytes], rulebooks.Loaded]
) -> None:
    first = signed(changed(13), PEM, BEFORE)
    one = load(first)
    two = load(signed(changed(14), PEM, BEFORE + timedelta(minutes=1)))
    with pytest.raises(Refused, match="older"):
        load(first)
    house, now = stage.house, stage.clock.now()
    assert version_in_force(house) == two.version
    with house.db.writer(database.NO_BRAND) as session:
        assert rulebooks.go_back(session, house, OPERATOR, one.version, now).is_new
        assert not rulebooks.go_back(session, house, OPERATOR, one.version, now).is_new
        with pytest.raises(NotFound):
            rulebooks.go_back(session, house, OPERATOR, "nothing", now)
    assert spacing(house) == 13
    rulebooks.take_up(house)  # a restart does not undo what somebody chose
    with house.db.reader(database.NO_BRAND) as session:
        found = [it.version for it in kept.terms(session)]
    assert found == [one.version, two.version, one.version, house.packaged.version]


def another_release(house: House, files: dict[str, bytes], patch: pytest.MonkeyPatch) -> House:
    patch.setattr(rulebooks, "packaged_files", lambda: files)
    return replace(house, packaged=rulebook_file.book_of(files))


@pytest.mark.parametrize(
    ("checked_on", "after_a_load", "is_taken_up"),
    [
        ("2026-11-22", False, True),  # follows the release's book of the same day
        ("2026-11-23", False, True),
        ("2026-11-21", False, False),  # an old release, started by mistake
        ("2026-11-22", True, False),  # what was signed that day is newer than what was packed
        ("2026-11-23", True, True),
    ],
)
def test_a_newer_releases_book_is_taken_up(
    stage: Stage,
    load: Callable[[bytes], rulebooks.Loaded],
    monkeypatch: pytest.MonkeyPatch,
    *,
    checked_on: str,
    after_a_load: bool,
    is_taken_up: bool,
) -> None:
    if after_a_load:
        load(GOOD)
    release = another_release(stage.house, changed(20, checked_on=checked_on), monkeypatch)
    rulebooks.take_up(release)
    assert (version_in_force(release) == release.packaged.version) is is_taken_up
    with release.db.reader(database.NO_BRAND) as session:
        assert kept.find(session, release.packaged.version) is not None


def test_a_book_this_release_cannot_read_does_not_stop_it(
    stage: Stage, load: Callable[[bytes], rulebooks.Loaded], monkeypatch: pytest.MonkeyPatch
) -> None:
    done = load(GOOD)
    with stage.house.db.writer(database.NO_BRAND) as session:
        row = kept.get(session, done.version)
        row.content = rulebook_file.pack({"a.toml": b"[[planet]]\n"}).decode()
        session.add(row)
        session.commit()
    fresh = replace(stage.house)
    assert fresh.book is fresh.packaged
    with fresh.db.reader(database.NO_BRAND) as session, pytest.raises(RulebookError):
        rulebooks.kept(session, fresh, done.version)
    release = another_release(fresh, changed(21), monkeypatch)
    rulebooks.take_up(release)
    assert version_in_force(release) == release.packaged.version


def test_another_process_takes_a_loaded_book_up_within_seconds(
    stage: Stage, load: Callable[[bytes], rulebooks.Loaded]
) -> None:
    seconds = [0.0]
    elsewhere = shelf.Shelf(stage.house.db, stage.house.packaged, lambda: seconds[0])
    assert elsewhere.book() is stage.house.packaged
    done = load(GOOD)
    seconds[0] = shelf.EVERY_S - 0.01
    assert elsewhere.book() is stage.house.packaged  # it has not looked again
    seconds[0] = shelf.EVERY_S
    assert elsewhere.book().version == done.version
    assert elsewhere.book() is elsewhere.book()


def test_before_the_table_is_there_the_releases_book_holds(stage: Stage) -> None:
    with stage.house.db.engine.begin() as connection:
        connection.execute(text("DROP TABLE rulebook_term"))
    fresh = replace(stage.house)
    assert fresh.book is fresh.packaged
