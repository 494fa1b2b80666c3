"""A file read in another way than was guessed: its encoding and its separator, chosen by a person.

A choice that the file contradicts is refused with a sentence. The worst would be to take it: a
name garbled in a million rows is found weeks later, by the people who bear it.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from webapp.domain import errors, import_encoding, import_file
from webapp.domain.permission import Actor
from webapp.domain.wording import Sentence, say
from webapp.models.import_job import ImportJob
from webapp.services import import_files, importing
from webapp.store import audits

UTF_8 = "utf-8"


def reread(
    session: Session,
    actor: Actor,
    instance: Path,
    job_id: int,
    encoding: str,
    delimiter: str,
    now: datetime,
) -> ImportJob:
    """From here on the file is read like this, and its columns are guessed anew. `encoding` is one
    of `import_encoding.CODECS`. Raises Invalid, Refused."""
    actor.require("import.run")
    path = instance / _editable(session, job_id).path
    if not path.is_file():
        raise errors.Refused(import_files.GONE)
    session.rollback()  # nobody waits for the write lock while a file is read
    codec = _codec(path, encoding)
    job = _editable(session, job_id)
    _check_delimiter(instance, job, codec, delimiter)
    job.encoding, job.delimiter = codec, delimiter
    job.mapping, job.state, job.reason = {}, "uploaded", None
    session.add(job)
    how = {"encoding": encoding, "delimiter": delimiter}
    audits.add(session, actor, job.brand_id, "import.reread", job.id, now, **how)
    session.commit()
    return job


def _editable(session: Session, job_id: int) -> ImportJob:
    job = importing.found(session, job_id)
    if job.state not in importing.EDITABLE:
        raise errors.Refused(say("This import has begun; it can no longer be read in another way."))
    return job


def _codec(path: Path, encoding: str) -> str:
    """What the file is opened with, once all of it can be read so."""
    if encoding not in import_encoding.CODECS:
        raise _unfit("encoding", say("Choose one of the encodings."))
    wrong = _first_unreadable(path, encoding)
    if wrong is not None:
        raise _unfit(
            "encoding",
            say("The file is not written like this: line %(line)s cannot be read.", line=wrong),
        )
    several = not encoding.startswith("utf") and not _is_ascii(path)
    if several and _first_unreadable(path, UTF_8) is None:
        raise _unfit(
            "encoding",
            say("This file is written in UTF-8: read like this, its accents would be garbled."),
        )
    return "utf-8-sig" if encoding == UTF_8 else encoding


def _check_delimiter(instance: Path, job: ImportJob, codec: str, delimiter: str) -> None:
    if len(delimiter) != 1 or delimiter not in import_file.DELIMITERS:
        raise _unfit("delimiter", say("Choose one of the separators."))
    found = import_files.layout_of(instance, job.path, codec, delimiter)
    guessed = import_files.layout_of(instance, job.path, codec)
    if len(found.columns) == 1 < len(guessed.columns):
        raise _unfit(
            "delimiter", say("This separator is not in the first line: it would be one column.")
        )


def _first_unreadable(path: Path, encoding: str) -> int | None:
    """The line; None where all can be read."""
    decoder, line = codecs.getincrementaldecoder(encoding)("strict"), 1
    try:
        for piece in _pieces(path):
            line += decoder.decode(piece).count("\n")
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        return line + error.object[: error.start].decode(encoding, "ignore").count("\n")
    except UnicodeError:  # UTF-16 that does not begin like it
        return line
    return None


def _is_ascii(path: Path) -> bool:
    return all(piece.isascii() for piece in _pieces(path))


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from iter(lambda: file.read(import_files.PIECE), b"")


def _unfit(field: str, sentence: Sentence) -> errors.Invalid:
    return errors.Invalid({field: [sentence]})
