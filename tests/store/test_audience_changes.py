"""Many people who come at once are one line of the log, and nobody is missing from it."""

from __future__ import annotations

import importlib
from datetime import datetime, timedelta

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import text
from sqlmodel import Session

from tests import cast as casting
from tests.cast import Cast
from webapp import db as database
from webapp.domain import segment
from webapp.domain.import_trace import Trace
from webapp.models.import_job import ImportJob
from webapp.models.raw_event import Event
from webapp.models.subscriber import Subscriber
from webapp.services import audiences
from webapp.store import audience_changes, audience_watch, bulk, imports

MIGRATION = importlib.import_module("webapp.migrations.versions.0023_people_by_the_thousand")
LISTS = importlib.import_module("webapp.migrations.versions.0045_lists_are_mended")
DOINGS = importlib.import_module("webapp.migrations.versions.0036_what_people_did")
MANY = 50


@pytest.fixture
def people(db: database.Database, now: datetime) -> Cast:
    return casting.enter(db, now)


def arrive(session: Session, people: Cast, now: datetime) -> list[int]:
    ids = list(bulk.next_ids(session, Subscriber, MANY))
    audience_changes.announce(session, people.rosewood, ids)
    same = {"brand_id": people.rosewood, "channel_id": people.channel, "name_folded": "",
            "region": 0, "opted_in": False, "created_at": now, "updated_at": now}  # fmt: skip
    bulk.pour(session, Subscriber, {"id": ids, "key": [f"7{key}" for key in ids]}, same)
    return ids


def change(session: Session, *people: int) -> None:
    for key in people:
        statement = text("UPDATE subscriber SET city = 'Nice' WHERE id = :id")
        session.connection().execute(statement, {"id": key})


def lines(session: Session) -> int:
    return int(session.connection().scalar(text("SELECT count(*) FROM audience_change")) or 0)


def test_announced_people_are_one_line_and_each_is_looked_at_again(
    db: database.Database, people: Cast, now: datetime
) -> None:
    with db.writer(people.rosewood) as session:
        mark, before = audience_changes.now(session), lines(session)
        ids = arrive(session, people, now)
        change(session, ids[3], ids[-1])
        more = lines(session) - before
        session.commit()
        told = audience_changes.since(session, people.rosewood, mark.number, 10_000)
        assert set(ids) <= set(told)
        assert more == 1 if db.is_sqlite else more > 1
        assert audience_changes.lines(session) >= (MANY if db.is_sqlite else 0)
        assert len(audience_changes.since(session, people.rosewood, mark.number, 7)) == 7
        assert not set(ids) & set(audience_changes.since(session, people.other, 0, 10_000))


def test_once_announced_people_are_written_the_newest_line_is_about_nobody(
    db: database.Database, people: Cast, now: datetime
) -> None:
    with db.writer(people.rosewood) as session:
        ids = arrive(session, people, now)
        audience_changes.close(session)
        before = lines(session)
        audience_changes.close(session)
        assert lines(session) == before
        session.commit()
        mark = audience_changes.now(session)
        assert not audience_changes.since(session, people.rosewood, mark.number, 10_000)
        change(session, ids[3])
        session.commit()
        assert audience_changes.since(session, people.rosewood, mark.number, 10_000) == [ids[3]]


def test_whoever_changes_after_somebody_else_did_has_a_line(
    db: database.Database, people: Cast, now: datetime
) -> None:
    with db.writer(people.rosewood) as session:
        ids = arrive(session, people, now)
        change(session, people.ana)
        session.commit()
        mark = audience_changes.now(session)
        change(session, ids[3])
        session.commit()
        told = audience_changes.since(session, people.rosewood, mark.number, 10_000)
        assert ids[3] in told
        assert not db.is_sqlite or ids[4] not in told


def test_people_who_come_with_another_file_are_told_in_a_row_or_one_by_one(
    db: database.Database, people: Cast, now: datetime
) -> None:
    with db.writer(people.rosewood) as session:
        ids = arrive(session, people, now)
        job = ImportJob(brand_id=people.rosewood, channel_id=people.channel, filename="a.csv",
                        path="a.csv", created_at=now)  # fmt: skip
        session.add(job)
        session.commit()
        for some, most in ((ids[:40], 1), (ids[40::3], 4), ([], 0)):
            mark, before = audience_changes.now(session), lines(session)
            change(session, people.ana)  # so that the newest line is about somebody else
            imports.bring_same(session, people.rosewood, job.id or 0, some)
            more = lines(session) - before
            session.commit()
            told = audience_changes.since(session, people.rosewood, mark.number, 10_000)
            assert set(some) <= set(told)
            assert not db.is_sqlite or more - 1 == most
        assert len(imports.brought(session, job.id or 0, ids)) == 44


def test_people_who_did_not_come_after_all_are_in_no_line(
    db: database.Database, people: Cast, now: datetime
) -> None:
    with db.writer(people.rosewood) as session:
        before = lines(session)
        arrive(session, people, now)
        session.rollback()
        assert lines(session) == before


def test_the_log_is_kept_by_the_migration(
    db: database.Database, people: Cast, now: datetime
) -> None:
    with db.writer(people.rosewood) as session:
        change(session, people.ana)
        session.commit()
    with db.writer(database.EVERY_BRAND) as session:
        before = lines(session)
        with Operations.context(MigrationContext.configure(session.connection())):
            MIGRATION.downgrade()
            MIGRATION.upgrade()
        audience_watch.install(session.connection())
        session.commit()
        assert lines(session) >= before > 0
    with db.writer(people.rosewood) as session:
        ids = arrive(session, people, now)
        session.commit()
        mark = audience_changes.horizon(session)
        assert set(ids) <= set(audience_changes.since(session, people.rosewood, mark, 10_000))


def test_after_the_migration_what_an_import_did_to_somebody_can_be_told_anew(
    db: database.Database, people: Cast, now: datetime
) -> None:
    """The function that PostgreSQL had compared whole rows, one column of which is JSON."""
    whole = audience_watch.Watched("subscriber_id")
    with db.writer(people.rosewood) as session:
        job = ImportJob(brand_id=people.rosewood, channel_id=people.channel, filename="a.csv",
                        path="a.csv", created_at=now)  # fmt: skip
        session.add(job)
        session.flush()
        imports.bring(session, people.rosewood, job.id or 0, {people.ana: (False, Trace())})
        with pytest.MonkeyPatch.context() as before:
            before.setitem(audience_watch.WATCHED, "imported_subscriber", whole)
            audience_watch.rewrite(session.connection(), "imported_subscriber", "update")
        session.commit()
    with db.writer(database.EVERY_BRAND) as session:
        with Operations.context(MigrationContext.configure(session.connection())):
            LISTS.upgrade()
            LISTS.downgrade()
        session.commit()
    with db.writer(people.rosewood) as session:
        told = {people.ana: (False, Trace(tags=("vip",)))}
        imports.bring(session, people.rosewood, job.id or 0, told)
        session.commit()
        (row,) = imports.brought(session, job.id or 0, [people.ana])
        assert Trace.from_json(row.trace).tags == ("vip",)


def test_what_people_did_is_asked_anew_after_the_migration_and_no_line_is_lost(
    db: database.Database, people: Cast, now: datetime
) -> None:
    node = segment.parse({"field": "wrote", "op": "ever", "value": {"days": 3}}, {})
    with db.writer(people.rosewood) as session:
        change(session, people.ana)
        session.add(
            Event(brand_id=people.rosewood, channel_id=people.channel, subscriber_id=people.ana,
                  kind="message", act="wrote", key="a", at=now)
        )  # fmt: skip
        session.commit()
    with db.reader(people.rosewood) as session:
        assert set(audiences.people(session, node, now)) == {people.ana}
    with db.writer(database.EVERY_BRAND) as session:
        before = lines(session)
        with Operations.context(MigrationContext.configure(session.connection())):
            DOINGS.downgrade()
            DOINGS.upgrade()
        audience_watch.install(session.connection())
        session.commit()
        assert lines(session) >= before > 0
    with db.reader(people.rosewood) as session:
        assert set(audiences.people(session, node, now)) == {people.ana}
        assert not audiences.people(session, node, now + timedelta(days=4))
