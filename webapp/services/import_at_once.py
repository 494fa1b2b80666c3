"""A file imported without anybody agreeing on its columns: for the command line."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from webapp.db import Database
from webapp.domain import errors, import_columns
from webapp.domain.permission import Actor
from webapp.models.import_job import ImportJob
from webapp.services import import_rereading, import_work, importing, steps
from webapp.store import imports
from webapp.vault import Vault


def run_to_end(
    db: Database,
    vault: Vault,
    instance: Path,
    actor: Actor,
    brand_id: int,
    channel_id: int,
    file: Path,
    now: datetime,
    options: Mapping[str, object] | None = None,
    encoding: str | None = None,
) -> ImportJob:
    """The guessed mapping, checked and run without stopping; the `encoding` is guessed too unless
    one of `import_encoding.CODECS` is given. A file that cannot be used as it is raises Refused or
    Invalid, and nothing of it is kept."""
    with db.writer(brand_id) as session, file.open("rb") as stream:
        job = importing.upload(session, actor, instance, channel_id, file.name, stream, now)
        try:
            if encoding:
                import_rereading.reread(
                    session, actor, instance, job.id or 0, encoding, job.delimiter, now
                )
            _map_as_guessed(session, actor, instance, job, options or {}, now)
        except errors.FanlightError:
            session.rollback()
            importing.discard(session, actor, instance, job.id or 0, now)
            raise
    _work_through(db, vault, instance, job, now)
    with db.writer(brand_id) as session:
        if importing.found(session, job.id or 0).state == "checked":
            importing.start(session, actor, job.id or 0, now)
    _work_through(db, vault, instance, job, now)
    with db.reader(brand_id) as session:
        done = importing.found(session, job.id or 0)
        session.expunge(done)
    return done


def _map_as_guessed(
    session: Session,
    actor: Actor,
    instance: Path,
    job: ImportJob,
    options: Mapping[str, object],
    now: datetime,
) -> None:
    guess = importing.proposal(session, instance, job)
    mapping = import_columns.to_json(guess.mapping)
    said = {name: value for name, value in options.items() if value or name not in guess.proof}
    chosen = {**guess.options.to_json(), **guess.proof, **said}
    importing.map_columns(session, actor, instance, job.id or 0, mapping, chosen, now)


def _work_through(
    db: Database, vault: Vault, instance: Path, job: ImportJob, now: datetime
) -> None:
    """To the end of the check or the run, whether this process does it or the clock's."""
    try:
        while _state(db, job) in imports.UNDER_WAY:
            if not import_work.work(db, vault, instance, job.id or 0, job.brand_id, now, 60.0):
                time.sleep(steps.BREATH_S)
    except (errors.FanlightError, OSError) as error:
        importing.fail(db, job.id or 0, job.brand_id, str(error), now)


def _state(db: Database, job: ImportJob) -> str:
    with db.reader(job.brand_id) as session:
        return importing.found(session, job.id or 0).state
