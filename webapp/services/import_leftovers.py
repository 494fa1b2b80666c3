"""How long what a file said is kept besides the people it brought.

1. The file itself goes as soon as its import is done or undone: nothing asks for it any more.
2. A file that rests (never run, failed, paused) goes after `KEPT`; its import has failed then, and
   what it brought may still be undone.
3. The cells of refused lines are there to be mended for as long; then a line keeps its number, the
   column and the reason, so every count stays true.

Whoever is erased does not wait for that where they are named by an id or a phone: those lines are
blanked at once (`store.import_leftovers.forget_person`). What names them otherwise, by a broken id
or in a file that rests, goes by the rules above.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from pathlib import Path

from webapp.db import EVERY_BRAND, Database
from webapp.domain.wording import say
from webapp.models.import_job import ImportJob
from webapp.services import import_files, import_staging
from webapp.store import import_leftovers

KEPT = timedelta(days=30)  # a choice: within the month in which a wish for erasure is to be met
EXPIRED = say("This import was not finished within 30 days: its file is no longer kept.")
log = logging.getLogger(__name__)


def forget(db: Database, instance: Path, now: datetime) -> int:
    """For a tick of the clock: returns how many files went."""
    before = now - KEPT
    with db.reader(EVERY_BRAND) as session:
        files = import_leftovers.files_to_forget(session, before)
    gone = sum(_forget_file(db, instance, *each, before) for each in files)
    with db.reader(EVERY_BRAND) as session:
        lines = import_leftovers.lines_to_blank(session, before)
    for job_id, brand_id in lines:
        with db.giving_writer(brand_id) as session:
            import_leftovers.blank_lines(session, session.get_one(ImportJob, job_id))
            session.commit()
    return gone


def _forget_file(
    db: Database, instance: Path, job_id: int, brand_id: int, before: datetime
) -> bool:
    """The names of its columns are kept first, for the file of refused lines has them; then the
    file goes, then its path. What a crash interrupts is done again."""
    with db.writer(brand_id) as session:
        job = session.get_one(ImportJob, job_id, with_for_update=True)
        if not _may_go(job, before):
            return False
        job.options = {**job.options, "columns": import_files.columns_of(instance, job)}
        if job.state in import_leftovers.RESTING:
            job.state, job.reason = "failed", str(EXPIRED)
        session.add(job)
        session.commit()
        path = instance / job.path
        import_staging.remove(path)
        path.unlink(missing_ok=True)
        job.path = ""
        session.add(job)
        session.commit()
    return True


def _may_go(job: ImportJob, before: datetime) -> bool:
    """Somebody may have gone on with it meanwhile."""
    touched = job.finished_at or job.started_at or job.created_at
    resting = job.state in import_leftovers.RESTING and touched < before
    return bool(job.path) and (resting or job.state in import_leftovers.FINISHED)
