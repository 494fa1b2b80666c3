"""The copies of imported files, below the instance folder."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from webapp.domain import errors, import_encoding, import_file
from webapp.domain.import_file import Layout
from webapp.domain.wording import say
from webapp.models.import_job import ImportJob
from webapp.services import workbooks

FOLDER = "imports"
MOST_BYTES = 500 * 1024 * 1024
PIECE = 1024 * 1024
GONE = say("The lines of this file are no longer kept here. Choose the file again.")


@dataclass(frozen=True)
class Kept:
    """`path` is relative to the instance folder; `lines` counts line ends."""

    path: str
    lines: int
    layout: Layout


def keep(instance: Path, stream: BinaryIO) -> Kept:
    """Copy a file in pieces, a workbook as CSV. Raises Refused for what is no list of people."""
    path = f"{FOLDER}/{secrets.token_hex(16)}.csv"
    (instance / FOLDER).mkdir(parents=True, exist_ok=True)
    try:
        lines = _copy(stream, instance / path)
        return Kept(path, lines, inspect(instance / path))
    except BaseException:
        (instance / path).unlink(missing_ok=True)
        raise


def inspect(path: Path) -> Layout:
    """The encoding from the whole file, the rest from its beginning."""
    with path.open("rb") as file:
        encoding = import_encoding.encoding_of(iter(lambda: file.read(PIECE), b""))
    with path.open("rb") as file:
        return import_file.inspect(file.read(import_file.HEAD), encoding)


def layout_of(instance: Path, path: str, encoding: str, delimiter: str | None = None) -> Layout:
    """The same again, once the encoding is known; without a `delimiter` that is guessed. Raises
    Refused when the file is gone: thrown away in its time, or left behind by a restored backup."""
    if not (instance / path).is_file():
        raise errors.Refused(GONE)
    with (instance / path).open("rb") as file:
        return import_file.inspect(file.read(import_file.HEAD), encoding, delimiter)


def columns_of(instance: Path, job: ImportJob) -> list[str]:
    """The names of a file's columns, also when it is gone; then those that were kept of it, or
    agreed on."""
    kept = job.options.get("columns")
    if isinstance(kept, list):
        return [str(name) for name in kept]
    try:
        layout = layout_of(instance, job.path, job.encoding, job.delimiter)
    except errors.Refused:
        return [*job.mapping]
    return [*layout.columns]


def _copy(stream: BinaryIO, path: Path) -> int:
    size = lines = 0
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file, _text(stream) as source:
        while piece := source.read(PIECE):
            size += len(piece)
            if size > MOST_BYTES:
                most = MOST_BYTES // PIECE
                raise errors.Refused(say("This file is larger than %(most)s MB.", most=most))
            lines += piece.count(b"\n")
            file.write(piece)
    return lines


@contextmanager
def _text(stream: BinaryIO) -> Iterator[BinaryIO]:
    """The file itself, or the CSV that a workbook is."""
    if not workbooks.is_one(stream):
        yield stream
        return
    with workbooks.as_csv(stream) as made:
        yield made


@contextmanager
def alone(path: Path) -> Iterator[bool]:
    """Whether nobody else works on this file: the command line and the clock would take the same
    lines in turn, and a check that begins anew undoes the other's."""
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
