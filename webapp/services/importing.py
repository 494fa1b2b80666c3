"""A file of subscribers on its way in: uploaded, mapped, checked, run by `import_work`.

uploaded -> checking -> checked -> running <-> paused -> done | failed -> undoing -> undone; or, in
the place of an upload, fetching <-> halted. A check reads all and writes nothing but its findings;
a run writes chunk by chunk and goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from sqlmodel import Session

from webapp import db as database
from webapp.db import EVERY_BRAND, Database
from webapp.domain import errors, import_columns, import_file, remark, spreadsheet
from webapp.domain.import_cells import Options
from webapp.domain.import_columns import ATTRIBUTE, Target
from webapp.domain.import_file import Layout
from webapp.domain.permission import Actor
from webapp.domain.subscriber import AttributeType
from webapp.domain.wording import say
from webapp.models.brand import Brand
from webapp.models.channel import Channel
from webapp.models.import_job import ImportJob
from webapp.services import import_files, import_staging, import_terms, import_work
from webapp.store import attributes, audits, imports
from webapp.vault import Vault

UNDOABLE = ("done", "paused", "failed")
EDITABLE = ("uploaded", "checked", "failed")
# A file may come by upload or, thread by thread, from a platform (`import_threads`).
PAUSED = {"running": "paused", "fetching": "halted"}
RESUMED = {paused: state for state, paused in PAUSED.items()}


@dataclass(frozen=True)
class Proposal:
    """What a file's columns seem to be, for a person to agree with or change. `like` is the import
    whose columns were agreed on before; `proof` is what it said of its opt-ins."""

    layout: Layout
    mapping: Mapping[str, Target]
    options: Options
    like: ImportJob | None = None
    proof: Mapping[str, str] = field(default_factory=dict)


def upload(
    session: Session,
    actor: Actor,
    instance: Path,
    channel_id: int,
    filename: str,
    stream: BinaryIO,
    now: datetime,
) -> ImportJob:
    """Keep a copy of the file. Raises Refused for what is no list of people."""
    actor.require("import.run")
    brand_id = database.brand_of(session)
    if session.get(Channel, channel_id) is None:
        raise errors.NotFound("channel", channel_id)
    session.rollback()  # nobody waits for the write lock while a file is read
    kept = import_files.keep(instance, stream)
    job = ImportJob(
        brand_id=brand_id,
        channel_id=channel_id,
        user_id=actor.user_id,
        filename=Path(filename.replace("\\", "/")).name[:200] or "file.csv",
        path=kept.path,
        encoding=kept.layout.encoding,
        delimiter=kept.layout.delimiter,
        rows=max(kept.lines - 1, 0),
        created_at=now,
    )
    session.add(job)
    session.flush()
    audits.add(session, actor, brand_id, "import.upload", job.id, now, file=job.filename)
    session.commit()
    return job


def proposal(session: Session, instance: Path, job: ImportJob) -> Proposal:
    """The mapping chosen before, else that of the brand's last file with the same columns, else
    the guess."""
    layout = import_files.layout_of(instance, job.path, job.encoding, job.delimiter)
    zone, phones = (
        session.get_one(Brand, job.brand_id).timezone,
        import_terms.by_phone(session, job),
    )
    options = Options.parse(job.options) if job.options else import_file.guess_options(layout, zone)
    options = replace(options, phones=phones)
    if job.mapping:
        mapping = import_columns.parse(job.mapping, layout.columns)
        return Proposal(layout, mapping, options, proof=_proof(job))
    known = attributes.types(session)
    like = imports.mapped_before(session, layout.columns)
    if like is not None:
        mapping = _with_known_types(import_columns.parse(like.mapping, layout.columns), known)
        before = replace(Options.parse(like.options), phones=phones)
        return Proposal(layout, mapping, before, like, _proof(like))
    guessed = import_columns.guess(layout.columns, layout.samples, options, known)
    return Proposal(layout, guessed, options)


def _proof(job: ImportJob) -> dict[str, str]:
    return {name: str(job.options.get(name) or "") for name in ("wording", "consent_source")}


def _with_known_types(
    mapping: Mapping[str, Target], known: Mapping[str, AttributeType]
) -> dict[str, Target]:
    """An attribute may have come back with another type since."""
    return {
        column: Target(it.to, known.get(it.to.removeprefix(ATTRIBUTE), it.type)) if it.type else it
        for column, it in mapping.items()
    }


def map_columns(
    session: Session,
    actor: Actor,
    instance: Path,
    job_id: int,
    mapping: Mapping[str, object],
    options: Mapping[str, object],
    now: datetime,
) -> ImportJob:
    """Take the mapping and start the check. `options`: zone, day_first, decimal, wording,
    consent_source, shift_times. Raises Invalid by column or option."""
    actor.require("import.run")
    job = found(session, job_id)
    if job.state not in EDITABLE:
        raise errors.Refused(say("This import has begun; its columns can no longer be changed."))
    chosen = import_columns.parse(
        mapping, import_files.layout_of(instance, job.path, job.encoding, job.delimiter).columns
    )
    _check_types(session, chosen)
    job.mapping = import_columns.to_json(chosen)
    job.options = _options(session, job, chosen, options)
    job.state, job.reason, job.line = "checking", None, 0
    return _saved(session, actor, job, "import.check", now)


def start(session: Session, actor: Actor, job_id: int, now: datetime) -> ImportJob:
    """Run what was checked, or go on with what was paused."""
    actor.require("import.run")
    job = found(session, job_id)
    if job.state in RESUMED:
        return resume(session, actor, job_id, now)
    if job.state != "checked":
        raise errors.Refused(say("Check this file first; then it can be imported."))
    import_work.begin(session, job, now)
    return _saved(session, actor, job, "import.run", now)


def resume(session: Session, actor: Actor, job_id: int, now: datetime) -> ImportJob:
    """At the row where it was paused."""
    actor.require("import.run")
    job = found(session, job_id)
    if job.state not in RESUMED:
        raise errors.Refused(say("Only an import that is paused can be gone on with."))
    job.state = RESUMED[job.state]
    return _saved(session, actor, job, "import.resume", now)


def pause(session: Session, actor: Actor, job_id: int, now: datetime) -> ImportJob:
    """What is written stays; the rest waits."""
    actor.require("import.run")
    job = found(session, job_id)
    if job.state not in PAUSED:
        raise errors.Refused(say("Only an import that is running can be paused."))
    job.state = PAUSED[job.state]
    return _saved(session, actor, job, "import.pause", now)


def undo(session: Session, actor: Actor, job_id: int, now: datetime) -> ImportJob:
    """Take back what an import brought: `import_undo` says what that means. Raises Refused."""
    actor.require("import.run")
    job = found(session, job_id)
    if job.state not in UNDOABLE or not imports.any_brought(session, job_id):
        raise errors.Refused(say("There is nothing to undo: this import has brought nobody."))
    job.state, job.line, job.reason = "undoing", 0, None
    job.options = {**job.options, "undone": {}}
    return _saved(session, actor, job, "import.undo", now)


def discard(session: Session, actor: Actor, instance: Path, job_id: int, now: datetime) -> None:
    """Throw away a file that nobody was brought from, and the job with it."""
    actor.require("import.run")
    job = found(session, job_id)
    if job.state not in (*EDITABLE, *RESUMED, "fetching") or imports.any_brought(session, job_id):
        raise errors.Refused(say("This import has begun; it can be undone, not thrown away."))
    imports.drop(session, job)
    audits.add(session, actor, job.brand_id, "import.discard", job_id, now, file=job.filename)
    session.commit()
    if job.path:
        import_staging.remove(instance / job.path)
        (instance / job.path).unlink(missing_ok=True)


def found(session: Session, job_id: int) -> ImportJob:
    job = imports.find(session, job_id)
    if job is None:
        raise errors.NotFound("import", job_id)
    return job


def advance(
    db: Database, vault: Vault, instance: Path, now: datetime, budget_s: float = 20.0
) -> bool:
    """Check or run the oldest import under way for about `budget_s` seconds; False when none is.

    For a tick of the clock process. A file that cannot be worked on is marked failed.
    """
    with db.reader(EVERY_BRAND) as session:
        job = imports.next_under_way(session)
        at = None if job is None else (job.id or 0, job.brand_id)
    if at is None:
        return False
    try:
        import_work.work(db, vault, instance, *at, now, budget_s)
    except (errors.FanlightError, OSError) as error:
        fail(db, *at, str(error), now)
    return True


def refused_rows(session: Session, instance: Path, job: ImportJob) -> Iterator[list[str]]:
    """The refused lines as rows of a file that may be mended and imported again.

    A cell that a spreadsheet would run as a formula gets an apostrophe before it.
    """
    columns = import_files.columns_of(instance, job)
    yield [*columns, *import_columns.REPORT]
    after = imports.BEGINNING
    while page := imports.lines(session, job.id or 0, note=False, after=after, limit=1000):
        for row in page:
            cells = [*row.raw, *([""] * len(columns))][: len(columns)]
            reason = str(remark.from_json(row.reason) or "")
            yield [
                spreadsheet.harmless(cell) for cell in (*cells, str(row.line), row.column, reason)
            ]
        after = imports.place(page[-1])


def fail(db: Database, job_id: int, brand_id: int, reason: str, now: datetime) -> None:
    with db.writer(brand_id) as session:
        job = found(session, job_id)
        job.state, job.reason, job.finished_at = "failed", reason[:500], now
        session.add(job)
        session.commit()


def _check_types(session: Session, mapping: Mapping[str, Target]) -> None:
    """An attribute keeps the type it was made with."""
    known = attributes.types(session)
    wrong = {
        column: [say("This attribute is of the type %(type)s.", type=known[name].value)]
        for column, target in mapping.items()
        if (name := target.to.removeprefix(ATTRIBUTE)) in known
        and target.type not in (None, known[name])
    }
    if wrong:
        raise errors.Invalid(wrong)


def _options(
    session: Session, job: ImportJob, mapping: Mapping[str, Target], given: Mapping[str, object]
) -> dict[str, object]:
    targets = {target.to for target in mapping.values()}
    wording = str(given.get("wording") or "").strip()[:500]
    shift = bool(given.get("shift_times"))
    if "topics" in targets and "opted_in_at" not in targets:
        raise errors.Invalid(
            {
                "opted_in_at": [
                    say("Choose the column that says when people opted in to the topics.")
                ]
            }
        )
    if shift and not session.get_one(Channel, job.channel_id).practice:
        raise errors.Invalid({"shift_times": [say("Only a practice channel may shift times.")]})
    options = replace(Options.parse(given), phones=import_terms.by_phone(session, job))
    return {
        **options.to_json(),
        "wording": wording,
        "consent_source": str(given.get("consent_source") or "").strip()[:120],
        "shift_times": shift,
    }


def _saved(session: Session, actor: Actor, job: ImportJob, action: str, now: datetime) -> ImportJob:
    session.add(job)
    audits.add(session, actor, job.brand_id, action, job.id, now, file=job.filename)
    session.commit()
    return job
