"""What an import leaves behind: the file goes, refused lines lose their cells in time, and whoever
is erased is named by neither."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, select

from tests.cast import VAULT
from tests.conftest import NOW
from tests.services.import_desk import FILE, Desk, counts
from webapp import db as database
from webapp.domain import errors
from webapp.domain.permission import Actor, Role
from webapp.models.import_job import RefusedLine
from webapp.models.raw_event import RawEvent
from webapp.services import import_leftovers, importing, subscribers
from webapp.store import raw_events

ADMIN = Actor(None, "Ada", Role.ADMIN)
BROKEN = (
    "psid,first_name,country,phone\n"
    "7001,Zebulon,FR,\n"
    "7001,Zebulon,Nowhere,\n"
    "7002,Yolanda,Nowhere,+7 0-01\n"
    "7003,Xavier,Nowhere,\n"
)


def later(desk: Desk, days: float) -> int:
    return import_leftovers.forget(desk.db, desk.instance, desk.now + timedelta(days=days))


def files(desk: Desk) -> list[Path]:
    return [*(desk.instance / "imports").iterdir()]


def lines(desk: Desk, job_id: int) -> list[list[str]]:
    with desk.db.reader(desk.cast.rosewood) as session:
        job = importing.found(session, job_id)
        return [*importing.refused_rows(session, desk.instance, job)]


def erase(desk: Desk, key: str) -> None:
    person = desk.person(key)
    assert person is not None
    with desk.db.writer(desk.cast.rosewood) as session:
        subscribers.erase(session, ADMIN, VAULT, person.id or 0, desk.now)


def test_a_file_goes_once_its_import_is_done(desk: Desk) -> None:
    job = desk.whole(BROKEN)
    before = lines(desk, job.id or 0)
    assert later(desk, 0) == 1
    assert files(desk) == []
    assert lines(desk, job.id or 0) == before
    assert later(desk, 0) == 0


def test_a_file_gone_is_no_hindrance_to_undoing(desk: Desk) -> None:
    job = desk.whole(FILE)
    later(desk, 0)
    assert desk.undo(job.id or 0).state == "undone"
    assert desk.person("501") is None


def test_a_file_that_rests_goes_after_a_month_and_says_so(desk: Desk) -> None:
    job_id = desk.upload(FILE)
    desk.map(job_id)
    desk.advance()
    assert later(desk, 29) == 0
    assert len(files(desk)) > 0
    assert later(desk, 31) == 1
    assert files(desk) == []
    job = desk.job(job_id)
    assert (job.state, job.reason) == ("failed", str(import_leftovers.EXPIRED))
    with pytest.raises(errors.Refused, match="Choose the file again"):
        desk.map(job_id)
    with desk.db.writer(desk.cast.rosewood) as session:
        importing.discard(session, ADMIN, desk.instance, job_id, desk.now)


def test_refused_lines_keep_their_reasons_and_lose_their_cells(desk: Desk) -> None:
    job = desk.whole(BROKEN)
    before = lines(desk, job.id or 0)
    later(desk, 31)
    after = lines(desk, job.id or 0)
    assert [row[-3:] for row in after] == [row[-3:] for row in before]
    assert {cell for row in after[1:] for cell in row[:-3]} == {""}
    assert counts(desk.job(job.id or 0)) == counts(job)


def test_lines_that_name_whoever_is_erased_are_blanked_at_once(desk: Desk) -> None:
    job = desk.whole(BROKEN)
    erase(desk, "7001")
    with desk.db.reader(desk.cast.rosewood) as session:
        told = session.exec(select(RefusedLine).order_by(RefusedLine.line)).all()  # type: ignore[arg-type]
    kept = [(row.value, row.raw) for row in told if row.raw and not row.note]
    assert kept == [("Nowhere", ["7003", "Xavier", "Nowhere", ""])]  # of three, and a remark
    assert counts(desk.job(job.id or 0)) == counts(job)


def keep(session: Session, body: bytes, state: str) -> None:
    app = raw_events.app(session, "default")
    assert app is not None
    session.add(
        RawEvent(
            app_id=app.id or 0, digest=body.hex()[-64:], body=body, state=state, received_at=NOW
        )
    )


def test_posts_that_could_not_be_used_lose_their_bytes(desk: Desk) -> None:
    desk.whole(FILE)
    with desk.db.writer(database.NO_BRAND) as session:
        keep(session, b'{"sender":{"id":"501"},"text":"my secret"}', "set_aside")
        keep(session, b'{"sender":{"id":"501"},"text":"my secret 2"}', "failed")
        keep(session, b'{"sender":{"id":"99"}}', "set_aside")
        session.commit()
    erase(desk, "501")
    with desk.db.reader(database.NO_BRAND) as session:
        bodies = [row.body for row in session.exec(select(RawEvent))]
    assert sorted(bodies) == [b"", b"", b'{"sender":{"id":"99"}}']


def test_refused_lines_can_be_read_without_the_file(desk: Desk) -> None:
    """As after a restore on another machine: a backup is the database alone."""
    job = desk.whole(BROKEN)
    before = lines(desk, job.id or 0)
    for file in files(desk):
        file.unlink()
    assert lines(desk, job.id or 0) == before
