"""What the check of a file has seen so far."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from webapp.domain.import_row import Row
from webapp.domain.wording import say
from webapp.services.import_reading import Found
from webapp.services.upserting import Change, Terms


class Checked:
    """Counts, first of the file's lines, then of what they would do."""

    def __init__(self) -> None:
        self.rows = self.unreadable = self.doubled = 0
        self.counts: Counter[str] = Counter()
        self.newest: datetime | None = None
        self.new_topics: set[str] = set()

    def take(self, chunk: Sequence[Found]) -> None:
        self.rows += len(chunk)
        rows = [found for found in chunk if isinstance(found, Row)]
        self.unreadable += len(chunk) - len(rows)
        times = [at for row in rows for at in (row.last_inbound_at, row.first_seen_at) if at]
        newest = [self.newest] if self.newest else []
        self.newest = max([*newest, *times], default=None)

    def weigh(self, terms: Terms, changes: Iterable[Change], new: int) -> None:
        """What rows would do; besides them there are so many `new` people."""
        self.counts["created"] += new
        for change in changes:
            self.counts[change.outcome] += 1
            self._name_new_topics(terms, change)

    def _name_new_topics(self, terms: Terms, change: Change) -> None:
        """On the first row that names each: a whole list may share one."""
        new = {*change.row.topics} - {*terms.topics} - self.new_topics
        change.remarks += tuple(
            say("There is no topic %(name)s yet: it will be made.", name=name)
            for name in sorted(new)
        )
        self.new_topics |= new
