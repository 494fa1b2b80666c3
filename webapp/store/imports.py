"""Files on their way in, the lines they could not use, and whom they brought."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Text, and_, cast, delete, func, or_
from sqlmodel import Session, col, select

from webapp.domain import import_trace, remark
from webapp.domain.import_trace import Trace
from webapp.domain.wording import Sentence
from webapp.models.import_job import ImportedSubscriber, ImportJob, RefusedLine
from webapp.store import audience_changes, bulk

Place = tuple[int, int]  # line, id
BEGINNING: Place = (0, 0)
FEW = 20  # people, for whom a statement of their own is not worth while
LOOKED_BACK = 200  # imports, for one like the present
UNDER_WAY = ("checking", "running", "undoing")


def all_of(session: Session, limit: int = 100) -> Sequence[ImportJob]:
    return session.exec(select(ImportJob).order_by(col(ImportJob.id).desc()).limit(limit)).all()


def find(session: Session, job_id: int) -> ImportJob | None:
    return session.get(ImportJob, job_id)


def next_under_way(session: Session) -> ImportJob | None:
    """The oldest that is being checked or run."""
    query = select(ImportJob).where(col(ImportJob.state).in_(UNDER_WAY)).order_by(col(ImportJob.id))
    return session.exec(query).first()


def mapped_before(session: Session, columns: Collection[str]) -> ImportJob | None:
    """The brand's newest import of a file with these columns, that was run and not undone."""
    query = select(ImportJob).where(
        col(ImportJob.started_at).is_not(None),
        col(ImportJob.state).in_(("running", "paused", "done")),
    )
    newest = session.exec(query.order_by(col(ImportJob.id).desc()).limit(LOOKED_BACK))
    return next((job for job in newest if job.mapping.keys() == {*columns}), None)


def all_fetching(session: Session) -> Sequence[ImportJob]:
    """Those whose people are being fetched from a platform."""
    query = select(ImportJob).where(ImportJob.state == "fetching").order_by(col(ImportJob.id))
    return session.exec(query).all()


def fetching(session: Session, channel_id: int) -> ImportJob | None:
    """The one of this channel that is under way, or halted."""
    query = select(ImportJob).where(
        ImportJob.channel_id == channel_id, col(ImportJob.state).in_(("fetching", "halted"))
    )
    return session.exec(query).first()


def clear_lines(session: Session, job_id: int, *, by_file: bool = True) -> None:
    """What was told of a job's lines; without `by_file` what the file itself shows is kept."""
    told = delete(RefusedLine).where(col(RefusedLine.import_job_id) == job_id)
    session.exec(told if by_file else told.where(col(RefusedLine.by_file).is_(False)))


def add_lines(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    bulk.add(session, RefusedLine, rows)


def lines(
    session: Session,
    job_id: int,
    *,
    note: bool | None = None,
    after: Place = BEGINNING,
    limit: int = 100,
) -> Sequence[RefusedLine]:
    """Refused lines (`note` False), remarks (True) or both, in the file's order."""
    line, key = col(RefusedLine.line), col(RefusedLine.id)
    query = select(RefusedLine).where(
        RefusedLine.import_job_id == job_id,
        or_(line > after[0], and_(line == after[0], key > after[1])),
    )
    if note is not None:
        query = query.where(col(RefusedLine.note).is_(note))
    return session.exec(query.order_by(line, key).limit(limit)).all()


def place(row: RefusedLine) -> Place:
    """After which the next page begins."""
    return row.line, row.id or 0


def remarked(session: Session, job_id: int, sentence: Sentence) -> int:
    """How many lines have this remark."""
    reason = cast(col(RefusedLine.reason), Text)
    query = (
        select(func.count())
        .select_from(RefusedLine)
        .where(
            RefusedLine.import_job_id == job_id,
            col(RefusedLine.note),
            reason == json.dumps(remark.to_json(sentence)),
        )
    )
    return session.exec(query).one()


def reasons(session: Session, job_id: int, *, note: bool) -> Sequence[tuple[Sentence, int, int]]:
    """The twenty most frequent reasons: the sentence, how many lines, the first of them."""
    reason = cast(col(RefusedLine.reason), Text)
    query = (
        select(reason, func.count(), func.min(RefusedLine.line))
        .where(RefusedLine.import_job_id == job_id, col(RefusedLine.note).is_(note))
        .group_by(reason)
        .order_by(func.count().desc(), func.min(RefusedLine.line))
        .limit(20)
    )
    found = [(remark.from_json(json.loads(kept)), n, line) for kept, n, line in session.exec(query)]
    return [(sentence, n, line) for sentence, n, line in found if sentence is not None]


def line_count(session: Session, job_id: int, *, note: bool) -> int:
    query = select(func.count()).where(
        RefusedLine.import_job_id == job_id, col(RefusedLine.note).is_(note)
    )
    return session.exec(query).one()


def any_brought(session: Session, job_id: int) -> bool:
    query = select(ImportedSubscriber.subscriber_id).where(
        ImportedSubscriber.import_job_id == job_id
    )
    return session.exec(query.limit(1)).first() is not None


def drop(session: Session, job: ImportJob) -> None:
    """A job that brought nobody, with what was found in its file."""
    clear_lines(session, job.id or 0)
    session.delete(job)


def brought(
    session: Session, job_id: int, subscriber_ids: Collection[int]
) -> Sequence[ImportedSubscriber]:
    """Those among the people whom this import brought already: one person may go by two ids."""
    query = select(ImportedSubscriber).where(
        ImportedSubscriber.import_job_id == job_id,
        bulk.among(session, col(ImportedSubscriber.subscriber_id), subscriber_ids),
    )
    return session.exec(query).all()


def bring(
    session: Session, brand_id: int, job_id: int, people: Mapping[int, tuple[bool, Trace]]
) -> None:
    """Remember whom an import brought: whether it created them, and what it changed."""
    known = {row.subscriber_id: row for row in brought(session, job_id, people)}
    rows = [
        {
            "brand_id": brand_id,
            "import_job_id": job_id,
            "subscriber_id": person,
            "created": created,
            "trace": trace.to_json() if trace else None,
        }
        for person, (created, trace) in people.items()
        if person not in known
    ]
    bulk.add(session, ImportedSubscriber, rows)
    for person, row in known.items():
        row.trace = Trace.from_json(row.trace).then(people[person][1]).to_json()
        session.add(row)


def bring_new(
    session: Session,
    brand_id: int,
    job_id: int,
    people: Sequence[int],
    acts: Mapping[int, Sequence[int]],
) -> None:
    """As `bring`, for people whom the import has just created; `acts` are those of consent."""
    traces = [import_trace.of_acts(acts[it]) if it in acts else None for it in people]
    _remember(session, brand_id, job_id, people, traces, created=True)


def bring_same(session: Session, brand_id: int, job_id: int, people: Collection[int]) -> None:
    """As `bring`, for people whom the import met and left as they are."""
    known = {row.subscriber_id for row in brought(session, job_id, people)}
    for row in _rows_of_ids(sorted({*people} - known)):
        # A file that comes again has people in the order in which they came.
        if len(row) > FEW and row[-1] - row[0] == len(row) - 1:
            audience_changes.announce(session, brand_id, row)
        _remember(session, brand_id, job_id, row, [None] * len(row), created=False)


def _rows_of_ids(ids: Sequence[int]) -> list[Sequence[int]]:
    """Parted where a number is missing; all in one where that would be a hail of statements."""
    ends = [n for n in range(1, len(ids)) if ids[n] != ids[n - 1] + 1]
    if len(ends) * FEW > len(ids):
        return [ids]
    starts = [0, *ends]
    return [ids[a:b] for a, b in zip(starts, [*ends, len(ids)], strict=True) if a < b]


def _remember(
    session: Session,
    brand_id: int,
    job_id: int,
    people: Sequence[int],
    traces: Sequence[str | None],
    *,
    created: bool,
) -> None:
    columns = {"subscriber_id": people, "trace": traces}
    same = {"brand_id": brand_id, "import_job_id": job_id, "created": created}
    bulk.pour(session, ImportedSubscriber, columns, same)


def forget_person(session: Session, subscriber_id: int) -> None:
    session.exec(
        delete(ImportedSubscriber).where(col(ImportedSubscriber.subscriber_id) == subscriber_id)
    )
