"""What the check of a file has seen so far."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from webapp.domain.import_block import Block
from webapp.domain.wording import say
from webapp.services.upserting import Change, Terms


class Checked:
    """Counts, first of the file's lines, then of what they would do."""

    def __init__(self) -> None:
        self.rows = self.unreadable = self.doubled = 0
        self.counts: Counter[str] = Counter()
        self.newest: datetime | None = None
        self.new_topics: set[str] = set()

    def take(self, block: Block) -> None:
        self.rows += len(block.lines) + len(block.errors)
        self.unreadable += len(block.errors)
        newest = filter(None, (self.newest, block.newest))
        self.newest = max(newest, default=None)

    def weigh(
        self, terms: Terms, changes: Iterable[Change], *, new: int = 0, unchanged: int = 0
    ) -> None:
        """What rows would do; besides them there are so many people who are new, and of whom
        nothing is new."""
        self.counts.update(created=new, unchanged=unchanged)
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
