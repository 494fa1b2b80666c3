"""The work of an import: a check that only looks, a run that writes, both in chunks.

A chunk is one transaction, and it moves `line` along with what it wrote: after a crash the run
goes on at the next row. A person named twice in a file is taken from the later line alone, so a
second import of the same file changes nothing.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session

from webapp.db import Database
from webapp.domain import permission, remark
from webapp.domain.import_columns import ATTRIBUTE
from webapp.domain.import_file import Note, Row, RowError
from webapp.domain.import_trace import Trace
from webapp.domain.subscriber import AttributeType
from webapp.models.brand import Brand
from webapp.models.import_job import ImportJob
from webapp.services import import_files, import_undo, topics, upserting
from webapp.services.import_checked import Checked
from webapp.services.import_reading import Found, Reading
from webapp.services.upserting import Change, Terms
from webapp.store import attributes, audits, imports
from webapp.vault import Vault

BREATH_S = 0.002  # between two of them
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
            _check(db, vault, reading, now)
            return False
        if state != "running":
            return False
        return _run(db, vault, reading, line, now, time.monotonic() + budget_s)


def begin(session: Session, job: ImportJob, now: datetime) -> None:
    """From checked to running: counts and findings begin anew, the shift of times is fixed."""
    imports.clear_lines(session, job.id or 0)
    newest = job.options.get("newest")
    if job.options.get("shift_times") and isinstance(newest, str):
        shift = (now - datetime.fromisoformat(newest)).total_seconds()
        job.options = {**job.options, "shift_seconds": shift}
    job.created = job.updated = job.unchanged = job.refused = job.line = 0
    job.state, job.started_at = "running", now


def _check(db: Database, vault: Vault, reading: Reading, now: datetime) -> None:
    """From the first line, each time: a check keeps nothing but what it found."""
    seen, line = Checked(), 0
    with db.writer(reading.brand_id) as session:
        imports.clear_lines(session, reading.job_id)
        session.get_one(ImportJob, reading.job_id).line = 0
        session.commit()
    for chunk in reading.chunks(now):
        with db.reader(reading.brand_id) as session:
            job = session.get_one(ImportJob, reading.job_id)
            usable = [found for found in chunk if isinstance(found, Row)]
            terms = _terms(session, vault, reading, job, usable)
            changes = upserting.plan(session, terms, usable, now)
        seen.name_new_topics(terms, changes)
        seen.take(chunk, changes)
        with db.writer(reading.brand_id) as session:
            if (taken := _own(session, reading, "checking", line)) is None:
                return
            imports.add_lines(session, _lines(reading, chunk, changes))
            line = taken.line = _last_line(chunk)
            session.commit()
        time.sleep(BREATH_S)
    _checked(db, reading, seen, line)


def _checked(db: Database, reading: Reading, seen: Checked, line: int) -> None:
    with db.writer(reading.brand_id) as session:
        job = _own(session, reading, "checking", line)
        if job is None:
            return
        _count(job, seen.counts)
        job.options = {
            **job.options,
            "superseded": seen.superseded,
            "newest": seen.newest.isoformat() if seen.newest else None,
        }
        job.rows, job.state = seen.rows, "checked"
        session.commit()


def _own(session: Session, reading: Reading, state: str, line: int) -> ImportJob | None:
    """The job, locked; None when it was paused or another process works on it."""
    job = session.get_one(ImportJob, reading.job_id, with_for_update=True)
    return job if (job.state, job.line) == (state, line) else None


def _run(
    db: Database, vault: Vault, reading: Reading, line: int, now: datetime, deadline: float
) -> bool:
    superseded = set(reading.more.get("superseded") or ())
    for chunk in reading.chunks(now, line):
        with db.writer(reading.brand_id) as session:
            job = _own(session, reading, "running", line)
            if job is None:
                return False
            terms = _terms(session, vault, reading, job, chunk, make=True)
            _write(session, terms, reading, job, _without(chunk, superseded), now)
            line = job.line = _last_line(chunk)
            session.commit()
        time.sleep(BREATH_S)
        if time.monotonic() > deadline:
            return True
    _finish(db, reading, line, now)
    return False


def _write(
    session: Session,
    terms: Terms,
    reading: Reading,
    job: ImportJob,
    chunk: Sequence[Found],
    now: datetime,
) -> None:
    usable = [found for found in chunk if isinstance(found, Row)]
    changes = upserting.plan(session, terms, usable, now)
    counts = upserting.tally(changes)
    created = {change.row.key for change in changes if change.outcome == "created"}
    ids = upserting.carry_out(session, terms, changes, now)
    people: dict[int, tuple[bool, Trace]] = {}
    for change in changes:
        if (person := ids.get(change.row.key)) is not None:
            is_new, before = people.get(person, (change.row.key in created, upserting.NOTHING))
            people[person] = (is_new, before.then(change.trace))
    imports.bring(session, reading.brand_id, reading.job_id, people)
    imports.add_lines(session, _lines(reading, chunk, changes))
    counts["refused"] += sum(isinstance(found, RowError) for found in chunk)
    _count(job, counts + _counted(job))
    session.add(job)


def _finish(db: Database, reading: Reading, line: int, now: datetime) -> None:
    with db.writer(reading.brand_id) as session:
        job = _own(session, reading, "running", line)
        if job is None:
            return
        job.state, job.finished_at = "done", now
        session.add(job)
        audits.add(
            session, permission.job("import"), job.brand_id, "import.done", job.id, now,
            **_counted(job),
        )  # fmt: skip
        session.commit()


def _terms(
    session: Session,
    vault: Vault,
    reading: Reading,
    job: ImportJob,
    chunk: Iterable[Found],
    *,
    make: bool = False,
) -> Terms:
    """`make`: topics and attributes that these rows name are made when they are missing."""
    rows = [found for found in chunk if isinstance(found, Row)]
    wording = str(reading.more.get("wording") or "")
    named = {name for row in rows for name in row.topics}
    if make:
        topic_ids, _ = topics.ensure(session, reading.brand_id, named, wording)
    else:
        topic_ids = topics.called(session, named)
    known = {row.name: (row.id or 0, AttributeType(row.type)) for row in attributes.all_of(session)}
    return Terms(
        brand_id=reading.brand_id,
        channel_id=job.channel_id,
        fingerprint=vault.fingerprint,
        attributes=known | (_new_attributes(session, reading, known) if make else {}),
        topics=topic_ids,
        zone=session.get_one(Brand, reading.brand_id).timezone,
        wording=wording,
        evidence=" ".join(
            filter(None, (str(reading.more.get("consent_source") or ""), job.filename))
        ),
    )


def _new_attributes(
    session: Session, reading: Reading, known: Mapping[str, object]
) -> dict[str, tuple[int, AttributeType]]:
    made = {}
    for column, target in reading.mapping.items():
        name = target.to.removeprefix(ATTRIBUTE)
        if target.type is not None and name not in known:
            label = column.replace("_", " ").strip() or name
            row = attributes.add(
                session, reading.brand_id, name, label[:1].upper() + label[1:], target.type
            )
            made[name] = (row.id or 0, target.type)
    return made


def _lines(
    reading: Reading, chunk: Sequence[Found], changes: Sequence[Change]
) -> list[dict[str, Any]]:
    """What to tell about these rows, in the file's order."""
    column = next((name for name, target in reading.mapping.items() if target.to == "psid"), "")
    found = [
        _line(reading, each.line, each.column, each.value, each.reason, each)
        for each in chunk
        if not isinstance(each, Row)
    ]
    for change in changes:
        row, told = change.row, list(change.remarks)
        if change.refusal is not None:
            found.append(_line(reading, row.line, column, row.key, change.refusal))
        found += [_line(reading, row.line, column, row.key, each, note=True) for each in told]
    return sorted(found, key=lambda line: line["line"])


def _line(
    reading: Reading,
    number: int,
    column: str,
    value: str,
    reason: Any,
    source: Note | RowError | None = None,
    *,
    note: bool = False,
) -> dict[str, Any]:
    return {
        "brand_id": reading.brand_id,
        "import_job_id": reading.job_id,
        "line": number,
        "column": column,
        "value": value[:500],
        "reason": remark.to_json(reason),
        "raw": list(source.cells) if isinstance(source, RowError) else _only_key(reading, value),
        "note": note or isinstance(source, Note),
    }


def _only_key(reading: Reading, key: str) -> list[str]:
    targets = (reading.mapping[column].to for column in reading.layout.columns)
    return [key if to == "psid" else "" for to in targets]


def _without(chunk: Sequence[Found], superseded: set[int]) -> list[Found]:
    return [each for each in chunk if not isinstance(each, Row) or each.line not in superseded]


def _last_line(chunk: Sequence[Found]) -> int:
    return max(found.line for found in chunk)


def _counted(job: ImportJob) -> Counter[str]:
    names = ("created", "updated", "unchanged", "refused")
    return Counter({name: getattr(job, name) for name in names})


def _count(job: ImportJob, counts: Mapping[str, int]) -> None:
    for name in ("created", "updated", "unchanged", "refused"):
        setattr(job, name, counts.get(name, 0))
