"""The usable rows of an import's file, kept typed beside it until they are written.

A database file of its own: reading a large file neither holds up whoever writes to the real one nor
needs memory. Rows go in as they come; then a person named twice keeps the later line alone, and all
get their turn in the order in which the tables like them: by the time of the last message. (Five of
the subscribers' indexes follow that time or the country; in the file's order each row would touch
a page of its own in every one of them, which is slower by half from the first hundred thousand on.)
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from webapp.domain.import_row import RECORD, Record

ENDING = ".staged"
CACHE_KB = 4_000
Told = tuple[str | None, bool]
_WHOLE = "by_column"  # a table that says so; earlier versions called theirs otherwise


class Turn(NamedTuple):
    """Whose turn it is. `told` are the topics of the row as they are kept, and whether it has their
    time."""

    position: int
    key: str
    told: Told


@dataclass(frozen=True)
class Double:
    """A line whose person comes again on a `later` one."""

    key: str
    line: int
    later: int


class Staging:
    """Filled (`add`), then put in order once (`order`), then read in turns."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection, self._insert = connection, ""

    def make(self, named: Sequence[str], own: int) -> None:
        """`named` are those of RECORD that the file has, `line` and `key` among them; so many
        attributes follow. A column of which there is none costs as much as any other to be
        written, so it is not made: it comes back as NULL."""
        told = [*named, *(f"own_{n}" for n in range(own))]
        marks = ", ".join("?" * len(told))
        self._insert = f"INSERT INTO row VALUES ({marks})"  # noqa: S608
        self._connection.execute(
            f"CREATE TABLE row (line INTEGER PRIMARY KEY, {', '.join(told[1:])})"
        )
        whole = ", ".join(
            [f"{it if it in named else 'NULL'} AS {it}" for it in RECORD] + told[len(named) :]
        )
        self._connection.execute(f"CREATE VIEW record AS SELECT {whole} FROM row")  # noqa: S608
        self._connection.execute(
            "CREATE TABLE turn "
            "(position INTEGER PRIMARY KEY, line INTEGER, key TEXT, topics TEXT, dated INTEGER)"
        )

    def add(self, records: Iterable[Sequence[Any]]) -> None:
        """Rows with the columns that were made."""
        self._connection.executemany(self._insert, records)

    def doubles(self) -> Iterator[Double]:
        """By line of the later one; lines that count no more are given no turn."""
        self._connection.execute("CREATE INDEX IF NOT EXISTS row_key ON row (key, line)")
        if not self._any_double():
            return iter(())
        found = self._connection.execute(
            "SELECT key, line, later FROM (SELECT key, line, "
            "lead(line) OVER (PARTITION BY key ORDER BY line) AS later FROM row) "
            "WHERE later IS NOT NULL ORDER BY later"
        )
        return (Double(*each) for each in found)

    def _any_double(self) -> bool:
        """A quarter of the work of looking for all of them."""
        query = "SELECT 1 FROM row GROUP BY key HAVING count(*) > 1 LIMIT 1"
        return self._connection.execute(query).fetchone() is not None

    def order(self) -> None:
        """From here on nothing is added, and a crash of the machine loses nothing of it."""
        self._connection.execute(
            "INSERT INTO turn (line, key, topics, dated) "
            "SELECT line, key, topics, opted_in_at IS NOT NULL FROM record "
            "WHERE line IN (SELECT max(line) FROM row GROUP BY key) "
            "ORDER BY coalesce(last_inbound_at, first_seen_at), key"
        )
        self._connection.execute("DROP INDEX row_key")
        self._connection.execute(f"CREATE TABLE {_WHOLE} (at)")
        self._connection.commit()

    def page(self, after: int, most: int) -> list[Turn]:
        """The next `most` turns after so many, without their rows."""
        found = self._connection.execute(
            "SELECT position, key, topics, dated FROM turn WHERE position > ? "
            "ORDER BY position LIMIT ?",
            (after, most),
        )
        return [Turn(at, key, (topics, bool(dated))) for at, key, topics, dated in found]

    def keys(self, after: int, most: int) -> list[str]:
        """Of the same turns, those of the people alone."""
        query = "SELECT key FROM turn WHERE position > ? ORDER BY position LIMIT ?"
        return [key for (key,) in self._connection.execute(query, (after, most))]

    def told(self, after: int, most: int) -> set[Told]:
        """What those turns tell of topics, each once."""
        found = self._connection.execute(
            "SELECT DISTINCT topics, dated FROM turn WHERE position > ? AND position <= ?",
            (after, after + most),
        )
        return {(topics, bool(dated)) for topics, dated in found}

    def turns(self, after: int, most: int) -> list[Record]:
        """The next `most` turns after so many."""
        found = self._connection.execute(
            "SELECT record.* FROM turn JOIN record ON record.line = turn.line "
            "WHERE turn.position > ? ORDER BY turn.position LIMIT ?",
            (after, most),
        )
        return found.fetchall()

    def chosen(self, positions: Iterable[int]) -> list[Record]:
        """The turns at these places, in order."""
        found = self._connection.execute(
            "SELECT record.* FROM turn JOIN record ON record.line = turn.line "
            "WHERE turn.position IN (SELECT value FROM json_each(?)) ORDER BY turn.position",
            (json.dumps(list(positions)),),
        )
        return found.fetchall()


@contextmanager
def fresh(file: Path, named: Sequence[str], own: int) -> Iterator[Staging]:
    """An empty one, in the place of what was there; columns as `Staging.make` takes them."""
    remove(file)
    path = _path(file)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with _open(path) as connection:
        staging = Staging(connection)
        staging.make(named, own)
        yield staging
    with path.open("rb") as written:
        os.fsync(written.fileno())


@contextmanager
def opened(file: Path) -> Iterator[Staging | None]:
    """The one that was filled for this file; None when it is lost or was never put in order."""
    if not _path(file).exists():
        yield None
        return
    with _open(_path(file)) as connection:
        yield Staging(connection) if _whole(connection) else None


def remove(file: Path) -> None:
    _path(file).unlink(missing_ok=True)


def _path(file: Path) -> Path:
    return file.with_name(file.name + ENDING)


@contextmanager
def _open(path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(path)
    try:
        for pragma in ("journal_mode=OFF", "synchronous=OFF", f"cache_size=-{CACHE_KB}"):
            connection.execute(f"PRAGMA {pragma}")
        yield connection
        connection.commit()
    finally:
        connection.close()


def _whole(connection: sqlite3.Connection) -> bool:
    try:
        found: Any = connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (_WHOLE,))
        return found.fetchone() is not None
    except sqlite3.DatabaseError:
        return False
