"""A brand's import desk, for the tests of imports: everything one needs, in one hand."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from sqlmodel import Session, select

from tests.cast import VAULT, Cast
from webapp import db as database
from webapp.domain import import_columns
from webapp.domain.permission import Actor, Role
from webapp.models.import_job import ImportJob
from webapp.models.subscriber import Subscriber
from webapp.services import importing

EDITOR = Actor(None, "Edna", Role.EDITOR)
FILE = (
    "psid,first_name,last_message_at,topics,tags,lifetime_value,marketing_consent_at\n"
    "501,Élise,2026-11-22T08:51:22Z,price-drops|events,vip|press,602.35,2026-09-12T04:42:49Z\n"
    "502,Marc,2026-11-01T10:00:00Z,events,,0.00,\n"
    "503,,,,,12.5,\n"
    "2,Benoît,2026-11-22T11:00:00Z,,,,\n"
)


class Desk:
    """A brand's import desk: everything an import needs, in one hand."""

    def __init__(self, db: database.Database, cast: Cast, instance: Path, now: datetime) -> None:
        self.db, self.cast, self.instance, self.now = db, cast, instance, now

    def upload(self, text: str | bytes, name: str = "people.csv") -> int:
        data = text.encode() if isinstance(text, str) else text
        with self.db.writer(self.cast.rosewood) as session:
            job = importing.upload(
                session, EDITOR, self.instance, self.cast.channel, name, io.BytesIO(data), self.now
            )
        return job.id or 0

    def map(self, job_id: int, **options: object) -> None:
        with self.db.writer(self.cast.rosewood) as session:
            guess = importing.proposal(session, self.instance, importing.found(session, job_id))
            importing.map_columns(
                session, EDITOR, self.instance, job_id,
                import_columns.to_json(guess.mapping), {**guess.options.to_json(), **options},
                self.now,
            )  # fmt: skip

    def advance(self, budget_s: float = 30) -> bool:
        return importing.advance(self.db, VAULT, self.instance, self.now, budget_s)

    def start(self, job_id: int) -> None:
        with self.db.writer(self.cast.rosewood) as session:
            importing.start(session, EDITOR, job_id, self.now)

    def job(self, job_id: int) -> ImportJob:
        with self.db.reader(self.cast.rosewood) as session:
            job = importing.found(session, job_id)
            session.expunge(job)
        return job

    def whole(self, text: str | bytes, **options: object) -> ImportJob:
        job_id = self.upload(text)
        self.map(job_id, **options)
        self.advance()
        self.start(job_id)
        self.advance()
        return self.job(job_id)

    def reading(self) -> Iterator[Session]:
        with self.db.reader(self.cast.rosewood) as session:
            yield session

    def undo(self, job_id: int) -> ImportJob:
        with self.db.writer(self.cast.rosewood) as session:
            importing.undo(session, EDITOR, job_id, self.now)
        self.advance()
        return self.job(job_id)

    def person(self, key: str) -> Subscriber | None:
        with self.db.reader(self.cast.rosewood) as session:
            person = session.exec(select(Subscriber).where(Subscriber.key == key)).first()
            if person is not None:
                session.expunge(person)
        return person


def counts(job: ImportJob) -> tuple[int, int, int, int]:
    return job.created, job.updated, job.unchanged, job.refused
