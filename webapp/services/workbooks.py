"""A spreadsheet's workbook as the CSV it would have been saved as.

A child process reads it (`workbook_reading`), within a bound of memory and time: what a small file
unpacks to is not known before, the reader gives up by ending its process, and the web server must
neither end nor wait for it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import threading
import zipfile
from typing import IO, BinaryIO

from webapp.domain import errors
from webapp.domain.wording import say
from webapp.services import workbook_reading

MARK = b"PK\x03\x04"
MOST_BYTES = 200 * 1024 * 1024  # unpacked, as the file itself says
SECONDS = 9  # a file that takes longer is refused before people give up on it
PATIENCE_S = 3  # for the turn: whoever waits has a thread of the web server
_turn = threading.Lock()  # a process reads one at a time, so that several take no more memory
_UNREADABLE = say("This workbook cannot be read. Save it as CSV and choose that file.")
_TOO_LARGE = say("This workbook is too large to be read. Save it as CSV: that may be larger.")


def is_one(stream: BinaryIO) -> bool:
    head = stream.read(len(MARK))
    stream.seek(0)
    return head == MARK


def as_csv(stream: BinaryIO) -> BinaryIO:
    """The first sheet that says something, UTF-8, commas. Raises Refused for a workbook that
    cannot be read."""
    _check_size(stream)
    if not _turn.acquire(timeout=PATIENCE_S):
        raise errors.Refused(say("Another workbook is being read just now. Try again in a minute."))
    try:
        return _made(stream)
    finally:
        _turn.release()


def _made(stream: BinaryIO) -> BinaryIO:
    made = tempfile.TemporaryFile()  # noqa: SIM115 - the caller reads it, closing deletes it
    with tempfile.TemporaryFile() as book:
        shutil.copyfileobj(stream, book)
        book.seek(0)
        ended = _read_apart(book, made)
    if ended:
        made.close()
        raise errors.Refused(_UNREADABLE if ended == workbook_reading.UNREADABLE else _TOO_LARGE)
    made.seek(0)
    return made


def _check_size(stream: BinaryIO) -> None:
    try:
        with zipfile.ZipFile(stream) as packed:
            size = sum(entry.file_size for entry in packed.infolist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise errors.Refused(_UNREADABLE) from None
    stream.seek(0)
    if size > MOST_BYTES:
        raise errors.Refused(_TOO_LARGE)


def _read_apart(book: IO[bytes], made: IO[bytes]) -> int:
    """How the child ended: 0, UNREADABLE, or anything else when it took too much."""
    command = [sys.executable, "-P", workbook_reading.__file__]  # it needs nothing of ours
    child = subprocess.Popen(  # noqa: S603 - our own module
        command, stdin=book, stdout=made, stderr=subprocess.DEVNULL
    )
    try:
        return child.wait(SECONDS)
    except subprocess.TimeoutExpired:
        return workbook_reading.TOO_LARGE
    finally:
        child.kill()
        child.wait()
