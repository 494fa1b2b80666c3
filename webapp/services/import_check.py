"""The check of an import: it reads everything, stages what is usable, and writes nobody down.

First the file's lines one after another, then the rows against what is known. It begins at the
first line each time.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from sqlmodel import Session

from webapp.db import Database
from webapp.domain.import_block import RowError
from webapp.models.import_job import ImportJob
from webapp.services import (
    import_known,
    import_lines,
    import_parting,
    import_terms,
    steps,
    upserting,
)
from webapp.services.import_checked import Checked
from webapp.services.import_known import Met
from webapp.services.import_reading import Reading
from webapp.services.import_staging import Staging, Told
from webapp.store import imports
from webapp.vault import Vault

TURNS = 4_000  # rows that are compared at once
NOTES = 1_000  # notes a transaction
LINES = 5_000  # of the file between two looks at the job


class _Taken(Exception):
    """The job was changed by somebody else."""


def check(db: Database, vault: Vault, reading: Reading, now: datetime) -> None:
    """From uploaded to checked; leaves off without a word when the job is no longer its own."""
    seen = Checked()
    with db.writer(reading.brand_id) as session:
        imports.clear_lines(session, reading.job_id)
        session.get_one(ImportJob, reading.job_id).line = 0
        session.commit()
    try:
        with reading.staging() as staged:
            line = _read(db, reading, staged, seen, now)
            _part_doubles(db, reading, staged, seen, line)
            staged.order()
            _compare(db, vault, reading, staged, seen, line, now)
        _finish(db, reading, seen, line, now)
    except _Taken:
        return


def own(session: Session, reading: Reading, state: str, line: int) -> ImportJob | None:
    """The job, locked; None when it was paused or another process works on it."""
    job = session.get_one(ImportJob, reading.job_id, with_for_update=True)
    return job if (job.state, job.line) == (state, line) else None


def _read(db: Database, reading: Reading, staged: Staging, seen: Checked, now: datetime) -> int:
    """The file into the staging; returns its last line."""
    line = last = 0
    broken: list[RowError] = []
    for block in reading.blocks(now):
        staged.add(block.rows(reading.named, reading.types))
        seen.take(block)
        broken += block.errors
        last = block.last
        if last - line >= LINES or len(broken) >= NOTES:
            _tell(db, reading, line, import_lines.broken(reading, broken), last)
            line = last
            broken.clear()
    _tell(db, reading, line, import_lines.broken(reading, broken), last)
    return last


def _part_doubles(
    db: Database, reading: Reading, staged: Staging, seen: Checked, line: int
) -> None:
    doubles = staged.doubles()
    while page := list(islice(doubles, NOTES)):
        seen.doubled += len(page)
        _tell(db, reading, line, import_lines.doubled(reading, page), line)


def _compare(
    db: Database,
    vault: Vault,
    reading: Reading,
    staged: Staging,
    seen: Checked,
    line: int,
    now: datetime,
) -> None:
    """Only rows that meet somebody, or of which something is to be said, are looked at one by
    one."""
    position, terms = 0, None
    while keys := staged.keys(position, TURNS):
        with db.reader(reading.brand_id) as session:
            job = session.get_one(ImportJob, reading.job_id)
            told = staged.told(position, TURNS)
            met = import_known.met(session, job.channel_id, vault.fingerprint, keys)
            terms = import_terms.of(
                session, vault, reading, job, import_parting.named(told), before=terms
            )
            asked = _asked(
                staged, position, keys, met, told - import_parting.plain(told, terms.topics)
            )
            parted = import_parting.part(
                session, vault, reading, job, staged.chosen(asked), met, before=terms
            )
            changes = upserting.plan(session, terms, parted.rows, now)
        new = len(keys) - len(parted.same) - len(changes)
        seen.weigh(terms, changes, new=new, unchanged=len(parted.same))
        _tell(db, reading, line, import_lines.planned(reading, changes), line)
        position += len(keys)


def _asked(
    staged: Staging, after: int, keys: Sequence[str], met: Met, remarkable: Collection[Told]
) -> list[int]:
    """The places of those who are known, or of whose topics something is to be said."""
    if not remarkable and not met:
        return []
    page = staged.page(after, len(keys))
    return [it.position for it in page if it.key in met.keys or it.told in remarkable]


def _tell(
    db: Database, reading: Reading, line: int, told: Sequence[Mapping[str, Any]], to: int
) -> None:
    """Write lines down and move on from `line` to `to`, in one transaction."""
    if not told and to == line:
        return
    with db.giving_writer(reading.brand_id) as session:
        job = own(session, reading, "checking", line)
        if job is None:
            raise _Taken
        imports.add_lines(session, told)
        job.line = to
        session.add(job)
        session.commit()
    time.sleep(steps.BREATH_S)


def _finish(db: Database, reading: Reading, seen: Checked, line: int, now: datetime) -> None:
    with db.writer(reading.brand_id) as session:
        job = own(session, reading, "checking", line)
        if job is None:
            return
        for outcome in ("created", "updated", "unchanged", "refused"):
            setattr(job, outcome, seen.counts[outcome])
        job.refused += seen.unreadable
        job.options = {
            **job.options,
            "doubled": seen.doubled,
            "unreadable": seen.unreadable,
            "newest": seen.newest.isoformat() if seen.newest else None,
            "read_at": now.isoformat(),
        }
        job.rows, job.state = seen.rows, "checked"
        session.add(job)
        session.commit()
