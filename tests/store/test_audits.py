from __future__ import annotations

import threading
from datetime import datetime

import pytest
from sqlalchemy import delete, update
from sqlmodel import select

from webapp import db as database
from webapp.domain.permission import job
from webapp.models.audit import Audit
from webapp.store import audits

WRITERS = 4
LINES = 5


def test_lines_are_chained_and_a_changed_one_shows(db: database.Database, now: datetime) -> None:
    with db.writer(database.NO_BRAND) as session:
        for n in range(3):
            audits.add(session, job("test"), None, "brand.edit", n, now, name=f"No. {n}")
        session.commit()
        assert list(audits.broken_links(session)) == []
        second = session.exec(select(Audit.id).order_by(Audit.id)).all()[1]  # type: ignore[arg-type]
        session.execute(update(Audit).where(Audit.id == second).values(noun_id=99))  # type: ignore[arg-type]
        session.commit()
        session.expire_all()
        assert second in list(audits.broken_links(session))


@pytest.mark.parametrize("left", [0, 1])
def test_lines_taken_off_the_end_are_missed_for_ever(
    db: database.Database, now: datetime, left: int
) -> None:
    with db.writer(database.NO_BRAND) as session:
        for n in range(3):
            audits.add(session, job("test"), None, "brand.edit", n, now)
        session.commit()
        assert audits.ends_where_it_should(session)
        kept = session.exec(select(Audit.id).order_by(Audit.id).limit(left)).all()  # type: ignore[arg-type]
        session.execute(delete(Audit).where(Audit.id.not_in(kept)))  # type: ignore[union-attr]
        session.commit()
        assert list(audits.broken_links(session)) == []
        assert not audits.ends_where_it_should(session)
        audits.add(session, job("test"), None, "brand.edit", 9, now)
        session.commit()
        assert len(list(audits.broken_links(session))) == 1


@pytest.mark.timeout(60)
def test_writers_at_the_same_time_make_one_chain(db: database.Database, now: datetime) -> None:
    def write() -> None:
        for n in range(LINES):
            with db.writer(database.NO_BRAND) as session:
                audits.add(session, job("test"), None, "brand.edit", n, now)
                session.commit()

    threads = [threading.Thread(target=write) for _ in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with db.reader(database.NO_BRAND) as session:
        assert len(session.exec(select(Audit)).all()) == WRITERS * LINES
        assert list(audits.broken_links(session)) == []
