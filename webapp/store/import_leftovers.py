"""What an import leaves behind besides people: its file, and the cells of refused lines."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, func, or_, select, update
from sqlmodel import Session, col

from webapp.models.import_job import ImportJob, RefusedLine

FINISHED = ("done", "undone")
RESTING = ("uploaded", "checked", "paused", "halted", "failed")
_BLANK: dict[str, Any] = {"value": "", "raw": []}
_MARKS = (" ", "\\u00a0", "\\u202f", "-", ".", "(", ")", "/", "+")  # between digits of a phone
BLANK = "blank"  # of a job's options: its lines have no cells any more
MOST = 200  # jobs at once


def files_to_forget(session: Session, before: datetime) -> Sequence[tuple[int, int]]:
    """Jobs and their brands whose file nobody needs: over, or resting since before that moment."""
    old = col(ImportJob.state).in_(RESTING) & (_last_touched() < before)
    query = select(col(ImportJob.id), col(ImportJob.brand_id)).where(
        col(ImportJob.path) != "", or_(col(ImportJob.state).in_(FINISHED), old)
    )
    return [tuple(row) for row in session.execute(query.order_by(col(ImportJob.id)).limit(MOST))]


def lines_to_blank(session: Session, before: datetime) -> Sequence[tuple[int, int]]:
    """Jobs without a file and their brands, of before that moment, whose lines say cells still."""
    query = select(col(ImportJob.id), col(ImportJob.brand_id), col(ImportJob.options)).where(
        col(ImportJob.path) == "", _last_touched() < before
    )
    found = session.execute(query.order_by(col(ImportJob.id)))
    return [(job, brand) for job, brand, options in found if BLANK not in options][:MOST]


def blank_lines(session: Session, job: ImportJob) -> None:
    """Which line, which column and why stay; what stood there goes."""
    _blank(session, col(RefusedLine.import_job_id) == job.id, _says_something())
    job.options = {**job.options, BLANK: True}
    session.add(job)


def forget_person(session: Session, channel_id: int, keys: Collection[str]) -> None:
    """Blank the lines of the channel's imports in which a cell is one of a person's ids, or their
    phone, however it is parted."""
    jobs = select(col(ImportJob.id)).where(col(ImportJob.channel_id) == channel_id)
    raw: ColumnElement[str] = cast(col(RefusedLine.raw), Text)
    parted, value = raw, func.trim(col(RefusedLine.value))
    for mark in _MARKS:
        parted = func.replace(parted, mark, "")
    named = [
        clause
        for key in keys
        for clause in (
            value == key,
            raw.contains(f'"{key}"', autoescape=True),
            parted.contains(f'"{key}"', autoescape=True),
        )
    ]
    _blank(session, col(RefusedLine.import_job_id).in_(jobs), _says_something(), or_(*named))


def _says_something() -> ColumnElement[bool]:
    return or_(col(RefusedLine.value) != "", cast(col(RefusedLine.raw), Text) != "[]")


def _last_touched() -> ColumnElement[datetime]:
    return func.coalesce(
        col(ImportJob.finished_at), col(ImportJob.started_at), col(ImportJob.created_at)
    )


def _blank(session: Session, *clauses: ColumnElement[bool]) -> None:
    session.execute(
        update(RefusedLine)
        .where(*clauses)
        .values(**_BLANK)
        .execution_options(synchronize_session=False)
    )
