"""The rulebook in force, asked for rather than kept, so that a new one needs no restart.

Which book is in force stands in one place: the last row of `rulebook_term`. Every process looks
there at most once in `EVERY_S` seconds, and only when somebody asks for the book: one row by key,
about 0.2 ms. The book itself is read and parsed when the version is another one. So web, jobs and
workers take up a loaded book within two seconds, and nobody has to tell them.

- `house.book` stays what it was for all its callers: a value, good for the whole use it is asked
  for. A use case asks once and hands the value on; two askings may see two books.
- Until the first start wrote the release's book down, and on a database without the table, the
  book of this release is in force.
- A kept book that this release cannot read (it was made for another one) is not guessed at: the
  book known so far stays, in a fresh process the release's own, and the log says so. At its start
  a release puts its own book in force in that case, which also tells people.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import inspect
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlmodel import Session

from webapp import db
from webapp.domain import rulebook_file
from webapp.domain.errors import FanlightError
from webapp.domain.policy.rulebook import Rulebook
from webapp.models.rulebook import StoredRulebook
from webapp.store import rulebooks

log = logging.getLogger("webapp.rulebook")
EVERY_S = 2.0


def opened(row: StoredRulebook) -> Rulebook:
    """A kept book under the version it was kept with. RulebookError when this release cannot
    read it."""
    book = rulebook_file.book_of(rulebook_file.unpack(row.content.encode()).files)
    return book if book.version == row.version else replace(book, version=row.version)


class Shelf:
    """The book in force, as far as this process has looked. For any number of threads."""

    def __init__(
        self,
        database: db.Database,
        packaged: Rulebook,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self.packaged = packaged
        self._db = database
        self._elapsed = elapsed
        self._known = packaged
        self._unreadable = ""
        self._looked_at: float | None = None
        self._looking = threading.Lock()

    def book(self) -> Rulebook:
        """At most `EVERY_S` old. Raises what the database raises while no book is known."""
        if self._is_due() and self._looking.acquire(blocking=self._looked_at is None):
            try:
                if self._is_due():
                    self._look_again()
            finally:
                self._looking.release()
        return self._known

    def newest(self, session: Session) -> Rulebook:
        """The book in force as this session sees it now, whatever was known before."""
        version = rulebooks.version_in_force(session) or self.packaged.version
        if version not in (self._known.version, self._unreadable):
            self._known = self._taken(session, version)
        return self._known

    def _is_due(self) -> bool:
        return self._looked_at is None or self._elapsed() - self._looked_at >= EVERY_S

    def _look_again(self) -> None:
        try:
            with self._db.reader(db.NO_BRAND) as session:
                self.newest(session)
        except (OperationalError, ProgrammingError):
            if not self._may_go_on():
                raise
        self._looked_at = self._elapsed()

    def _may_go_on(self) -> bool:
        """With the book known so far; at first only where there is no table to look at yet."""
        if self._looked_at is not None:
            return True
        return not inspect(self._db.engine).has_table("rulebook_term")

    def _taken(self, session: Session, version: str) -> Rulebook:
        if version == self.packaged.version:
            return self.packaged
        try:
            return opened(rulebooks.get(session, version))
        except FanlightError:
            log.exception("the rulebook %s cannot be read by this release", version)
            self._unreadable = version
            return self._known
