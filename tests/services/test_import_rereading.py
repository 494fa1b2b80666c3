"""A file read in another way than was guessed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import text

from tests import cast as casting
from tests.services.import_desk import EDITOR, Desk, counts
from webapp import db as database
from webapp.domain import errors, import_encoding
from webapp.forms import imports as forms
from webapp.services import import_files, import_rereading, importing

THAI = "psid;ชื่อ\n77;สมชาย\n"


@pytest.fixture
def desk(sqlite_db: database.Database, tmp_path: Path, now: datetime) -> Desk:
    return Desk(sqlite_db, casting.enter(sqlite_db, now), tmp_path, now)


def reread(desk: Desk, job_id: int, encoding: str, delimiter: str) -> None:
    with desk.db.writer(desk.cast.rosewood) as session:
        import_rereading.reread(
            session, EDITOR, desk.instance, job_id, encoding, delimiter, desk.now
        )


def columns(desk: Desk, job_id: int) -> tuple[str, ...]:
    with desk.db.reader(desk.cast.rosewood) as session:
        job = importing.found(session, job_id)
        return importing.proposal(session, desk.instance, job).layout.columns


def test_letters_of_another_encoding_come_out_right_once_it_is_chosen(desk: Desk) -> None:
    job_id = desk.upload(THAI.encode("cp874"))
    assert columns(desk, job_id) != ("psid", "ชื่อ")
    reread(desk, job_id, "cp874", ";")
    assert columns(desk, job_id) == ("psid", "ชื่อ")
    desk.map(job_id)
    desk.advance()
    desk.start(job_id)
    desk.advance()
    assert counts(desk.job(job_id)) == (1, 0, 0, 0)


def test_another_separator_parts_the_columns_anew(desk: Desk) -> None:
    job_id = desk.upload("psid|name, first;last\n1|a, b;c\n")
    reread(desk, job_id, "utf-8", ",")
    assert columns(desk, job_id) == ("psid|name", "first;last")
    reread(desk, job_id, "utf-8", "|")
    assert columns(desk, job_id) == ("psid", "name, first;last")


def test_columns_that_were_agreed_on_are_guessed_anew(desk: Desk) -> None:
    job_id = desk.upload("psid,name\n1,a\n")
    desk.map(job_id)
    desk.advance()
    assert desk.job(job_id).state == "checked"
    reread(desk, job_id, "utf-8", ",")
    assert (desk.job(job_id).state, desk.job(job_id).mapping) == ("uploaded", {})


@pytest.mark.parametrize(
    ("text", "encoding", "delimiter", "field", "words"),
    [
        ("psid,nom\n1,Élise\n".encode(), "cp1252", ",", "encoding", "garbled"),
        ("psid,nom\n1,Élise\n".encode("cp1252"), "utf-8", ",", "encoding", "line 2 cannot"),
        (b"psid,nom\n1,E", "utf-16", ",", "encoding", "cannot be read"),
        (b"psid,nom\n1,Elise\n", "klingon", ",", "encoding", "Choose one"),
        (b"psid,nom\n1,Elise\n", "utf-8", ";", "delimiter", "one column"),
        (b"psid,nom\n1,Elise\n", "utf-8", "x", "delimiter", "Choose one"),
        (b"psid,nom\n1,Elise\n", "utf-8", "", "delimiter", "Choose one"),
    ],
)
def test_what_the_file_contradicts_is_refused_in_words_and_not_taken(
    desk: Desk, text: bytes, encoding: str, delimiter: str, field: str, words: str
) -> None:
    job_id = desk.upload(text)
    before = (desk.job(job_id).encoding, desk.job(job_id).delimiter)
    with pytest.raises(errors.Invalid) as refused:
        reread(desk, job_id, encoding, delimiter)
    assert words in str(refused.value.errors[field][0])
    assert (desk.job(job_id).encoding, desk.job(job_id).delimiter) == before


def test_a_list_from_japan_is_read_as_it_was_written(desk: Desk) -> None:
    job_id = desk.upload("psid,都市\n1,東京\n".encode("shift_jis"))
    assert "都市" not in columns(desk, job_id)
    reread(desk, job_id, "cp932", ",")
    assert columns(desk, job_id) == ("psid", "都市")


def test_every_encoding_has_a_name_on_the_screen() -> None:
    assert {*forms.CODECS} == {*import_encoding.CODECS}


def test_a_file_of_plain_letters_may_be_read_in_any_way_that_knows_them(desk: Desk) -> None:
    job_id = desk.upload(b"psid\n1\n")
    reread(desk, job_id, "cp1251", ";")
    assert columns(desk, job_id) == ("psid",)


def test_nobody_waits_for_the_write_lock_while_a_file_is_read(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On SQLite whoever sends and whoever takes webhooks in would, too."""
    wrote: list[str] = []

    def beside(name: str, whole: Callable[..., Any]) -> Callable[..., Any]:
        def read(*given: Any) -> Any:
            with desk.db.passing_writer(desk.cast.rosewood) as session:
                session.exec(text("UPDATE brand SET name = 'Rosewood'"))
                session.commit()
            wrote.append(name)
            return whole(*given)

        return read

    monkeypatch.setattr(import_files, "keep", beside("keep", import_files.keep))
    monkeypatch.setattr(import_rereading, "_codec", beside("codec", import_rereading._codec))
    job_id = desk.upload(b"psid;nom\n1;Elise\n")
    reread(desk, job_id, "cp1251", ";")
    assert wrote == ["keep", "codec"]
    assert (desk.job(job_id).encoding, desk.job(job_id).state) == ("cp1251", "uploaded")


def test_what_has_begun_is_read_as_it_was(desk: Desk) -> None:
    job = desk.whole("psid\n77\n")
    with pytest.raises(errors.Refused):
        reread(desk, job.id or 0, "utf-8", ",")
