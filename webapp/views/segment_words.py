"""How a segment is said to the viewer: countries, languages, topics and imports by their names."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlmodel import Session

from webapp.domain.segment import Names
from webapp.domain.wording import say
from webapp.models.broadcast import Broadcast
from webapp.models.import_job import ImportJob
from webapp.store import attributes, imports, segments, topics
from webapp.views import formats, language

GENDERS = {"male": say("male"), "female": say("female")}
SPELLED: Mapping[str, Callable[[str], str]] = {
    "country": lambda code: formats.country_name(code, language.locale()),
    "language": lambda code: formats.language_name(code, language.locale()),
    "locale": lambda code: formats.language_name(code, language.locale()),
    "timezone": lambda key: key.replace("_", " "),
    "gender": lambda word: language.translate(GENDERS[word]) if word in GENDERS else word,
}

NUMBERED = frozenset({"broadcast", "import", "segment"})


def names(session: Session) -> Names:
    """For `segment.describe`, in the viewer's language."""
    called = {row.slug: row.name for row in topics.all_of(session, archived=True)}

    def value(field: str, stored: str) -> str:
        if field in SPELLED:
            return SPELLED[field](stored)
        if field == "topic":
            return called.get(stored, stored)
        return (_numbered(session, field, int(stored)) if field in NUMBERED else None) or stored

    return Names(value=value, attributes=attributes.labels(session))


def _numbered(session: Session, field: str, number: int) -> str | None:
    """One that is gone has no name."""
    if field == "broadcast":
        sent = session.get(Broadcast, number)
        return broadcast(sent) if sent else None
    if field == "import":
        job = imports.find(session, number)
        return imported(job) if job else None
    kept = segments.find(session, number)
    return kept.name if kept else None


def broadcast(row: Broadcast) -> str:
    """With its day: the same name comes again each year."""
    if row.scheduled_at is None:
        return row.name
    return f"{row.name} ({formats.day(row.scheduled_at, language.locale(), language.zone())})"


def imported(job: ImportJob) -> str:
    """With its time: the same file comes again."""
    return f"{job.filename} ({formats.when(job.created_at, language.locale(), language.zone())})"
