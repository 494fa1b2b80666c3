"""Migration 0016 goes down and up again on a database full of imports; every row is kept."""

from __future__ import annotations

import importlib
from datetime import datetime

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlmodel import select

from tests import cast
from webapp import db as database
from webapp.models.import_job import ImportedSubscriber, ImportJob, RefusedLine

MIGRATION = importlib.import_module("webapp.migrations.versions.0018_imports_undone")
STATES = ("uploaded", "checking", "checked", "running", "paused", "done", "failed")


def test_what_was_imported_stays_and_what_was_not_finished_is_checked_anew(
    db: database.Database, now: datetime
) -> None:
    people = cast.enter(db, now)
    with db.writer(people.rosewood) as session:
        jobs = [
            ImportJob(brand_id=people.rosewood, channel_id=people.channel, filename=state,
                      path="imports/a.csv", state=state, line=7, created_at=now)
            for state in STATES
        ]  # fmt: skip
        session.add_all(jobs)
        session.flush()
        job = jobs[-2].id or 0
        common = {"brand_id": people.rosewood, "import_job_id": job}
        session.add(RefusedLine(**common, line=3, reason={"text": "No."}, raw=["x"]))
        session.add(ImportedSubscriber(**common, subscriber_id=people.ana))
        session.commit()
    with db.writer(database.EVERY_BRAND) as session:
        with Operations.context(MigrationContext.configure(session.connection())):
            MIGRATION.downgrade()
            MIGRATION.upgrade()
        session.commit()
    with db.reader(people.rosewood) as session:
        found = {job.filename: (job.state, job.line) for job in session.exec(select(ImportJob))}
        assert found == {
            **dict.fromkeys(("checking", "checked", "running", "paused"), ("uploaded", 0)),
            "uploaded": ("uploaded", 7), "done": ("done", 7), "failed": ("failed", 7),
        }  # fmt: skip
        line = session.exec(select(RefusedLine)).one()
        assert (line.line, line.raw, line.by_file) == (3, ["x"], False)
        brought = session.exec(select(ImportedSubscriber)).one()
        assert (brought.created, brought.trace) == (True, None)
