"""The work of an import: a check that only looks, a run that writes, an undoing, all in steps.

A step of the run is one transaction, and it moves `line`, there the number of rows that had their
turn, along with what it wrote: after a crash the run goes on at the next row. A person named twice
in a file is taken from the later line alone, so a second import of the same file changes nothing.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from webapp import db as database
from webapp.db import Database
from webapp.domain import permission
from webapp.domain.import_row import Record, Row
from webapp.domain.import_trace import Trace
from webapp.models.import_job import ImportJob
from webapp.services import (
    import_arrivals,
    import_check,
    import_files,
    import_known,
    import_lines,
    import_parting,
    import_staging,
    import_undo,
    steps,
    upserting,
)
from webapp.services.import_reading import Reading
from webapp.services.import_staging import Staging
from webapp.services.upserting import Change, Terms
from webapp.store import audience_changes, audits, imports
from webapp.vault import Vault

BESIDE_S = 0.2  # how long whoever came second waits before looking again


def work(
    db: Database,
    vault: Vault,
    instance: Path,
    job_id: int,
    brand_id: int,
    now: datetime,
    budget_s: float,
) -> bool:
    """Check, run or undo one job for about so many seconds; True while more is to be done."""
    with db.reader(brand_id) as session:
        job = session.get_one(ImportJob, job_id)
        file, state = instance / job.path, job.state
    if state == "undoing":
        return import_undo.work(db, job_id, brand_id, now, budget_s)
    with import_files.alone(file) as alone:
        if not alone:
            time.sleep(BESIDE_S)
            return False
        with db.reader(brand_id) as session:
            job = session.get_one(ImportJob, job_id)
            state, line, reading = job.state, job.line, Reading.of(instance, job)
        if state == "checking":
            import_check.check(db, vault, reading, now)
            return False
        if state != "running":
            return False
        return _run(db, vault, reading, line, now, time.monotonic() + budget_s)


def begin(session: Session, job: ImportJob, now: datetime) -> None:
    """From checked to running: the counts begin anew, the shift of times is fixed."""
    imports.clear_lines(session, job.id or 0, by_file=False)
    newest = job.options.get("newest")
    if job.options.get("shift_times") and isinstance(newest, str):
        shift = (now - datetime.fromisoformat(newest)).total_seconds()
        job.options = {**job.options, "shift_seconds": shift}
    job.created = job.updated = job.unchanged = job.line = 0
    job.refused = int(str(job.options.get("unreadable") or 0))
    job.state, job.started_at = "running", now


def _run(
    db: Database, vault: Vault, reading: Reading, position: int, now: datetime, deadline: float
) -> bool:
    size, terms = steps.FIRST, None
    with _staged(reading, now) as staged, db.bulk_writer(reading.brand_id) as session:
        while records := staged.turns(position, size):
            job = import_check.own(session, reading, "running", position)
            if job is None:
                return False
            begun = time.monotonic()  # from here on others wait
            terms = _write(session, vault, reading, job, records, now, terms)
            position = job.line = position + len(records)
            session.commit()
            session.expunge_all()
            ended = time.monotonic()
            size = steps.next_size(len(records), ended - begun)
            database.give_way(session, steps.BREATH_S)
            if ended > deadline:
                return True
    _finish(db, reading, position, now)
    return False


@contextmanager
def _staged(reading: Reading, now: datetime) -> Iterator[Staging]:
    """The rows of the check; read again when they are lost, or of an earlier version."""
    read_at = reading.more.get("read_at")
    with import_staging.opened(reading.path) as staged:
        if staged is not None:
            yield staged
            return
    reading.stage(datetime.fromisoformat(read_at) if isinstance(read_at, str) else now)
    with import_staging.opened(reading.path) as staged:
        assert staged is not None  # noqa: S101 - it was written on the line above
        yield staged


def _write(
    session: Session,
    vault: Vault,
    reading: Reading,
    job: ImportJob,
    records: Sequence[Record],
    now: datetime,
    before: Terms | None,
) -> Terms:
    """Returns the terms of these rows: what they make is there for the rows after them."""
    met = import_known.met(session, job.channel_id, vault.fingerprint, [it[1] for it in records])
    parted = import_parting.part(
        session, vault, reading, job, records, met, make=True, before=before
    )
    counts = Counter(created=len(parted.new), unchanged=len(parted.same))
    if parted.rows:
        counts += _merge(session, parted.terms, reading, parted.rows, now)
    if parted.same:
        imports.bring_same(session, reading.brand_id, reading.job_id, parted.same.values())
    if parted.new:
        new = import_arrivals.write(session, parted.terms, reading.types, parted.new, now)
        imports.bring_new(session, reading.brand_id, reading.job_id, new.people, new.acts)
    audience_changes.close(session)
    _count(job, counts + _counted(job))
    session.add(job)
    return parted.terms


def _merge(
    session: Session, terms: Terms, reading: Reading, rows: Sequence[Row], now: datetime
) -> Counter[str]:
    """Rows that meet somebody, or of which something is to be said, one by one."""
    changes = upserting.plan(session, terms, rows, now)
    ids = upserting.carry_out(session, terms, changes, now)
    imports.bring(session, reading.brand_id, reading.job_id, _brought(changes, ids))
    imports.add_lines(session, import_lines.planned(reading, changes))
    return upserting.tally(changes)


def _brought(changes: Sequence[Change], ids: Mapping[str, int]) -> dict[int, tuple[bool, Trace]]:
    """By person whether they are new, and what was done; one person may go by two ids."""
    found: dict[int, tuple[bool, Trace]] = {}
    for change in changes:
        person = ids.get(change.row.key)
        if person is None:
            continue
        if person in found:
            is_new, before = found[person]
            found[person] = (is_new, before.then(change.trace))
        else:
            found[person] = (change.person is None, change.trace)
    return found


def _finish(db: Database, reading: Reading, position: int, now: datetime) -> None:
    with db.writer(reading.brand_id) as session:
        job = import_check.own(session, reading, "running", position)
        if job is None:
            return
        job.state, job.finished_at = "done", now
        session.add(job)
        audits.add(
            session, permission.job("import"), job.brand_id, "import.done", job.id, now,
            **_counted(job),
        )  # fmt: skip
        session.commit()
    import_staging.remove(reading.path)


def _counted(job: ImportJob) -> Counter[str]:
    names = ("created", "updated", "unchanged", "refused")
    return Counter({name: getattr(job, name) for name in names})


def _count(job: ImportJob, counts: Mapping[str, int]) -> None:
    for name in ("created", "updated", "unchanged", "refused"):
        setattr(job, name, counts.get(name, 0))
