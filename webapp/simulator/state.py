"""The one file the simulator remembers in. One thread uses it, so a turn needs no lock.

Writes of one turn of the loop are committed together, before any of its answers leaves. The file
outlives the process but is not synced to disk: enough for practice, and fast.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from webapp.simulator import schema
from webapp.simulator.settings import MEMORY

Row = sqlite3.Row


class State:
    def __init__(self, path: str) -> None:
        self.in_memory = path == MEMORY
        if not self.in_memory:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        for pragma in ("journal_mode=WAL", "synchronous=OFF", "temp_store=MEMORY"):
            self._db.execute(f"PRAGMA {pragma}")
        self._db.executescript(schema.SCHEMA)

    def one(self, query: str, *values: Any) -> Row | None:
        row: Row | None = self._db.execute(query, values).fetchone()
        return row

    def all(self, query: str, *values: Any) -> list[Row]:
        return self._db.execute(query, values).fetchall()

    def number(self, query: str, *values: Any) -> int:
        """The first column of the first row; 0 when there is none."""
        row = self.one(query, *values)
        return int(row[0] or 0) if row else 0

    def write(self, statement: str, *values: Any) -> int:
        """Rows changed."""
        self._begin()
        return self._db.execute(statement, values).rowcount

    def write_many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        self._begin()
        self._db.executemany(statement, rows)

    def commit(self) -> None:
        if self._db.in_transaction:
            self._db.execute("COMMIT")

    def close(self) -> None:
        self.commit()
        self._db.close()

    def _begin(self) -> None:
        if not self._db.in_transaction:
            self._db.execute("BEGIN")
