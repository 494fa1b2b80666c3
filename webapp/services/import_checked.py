"""What the check of a file has seen so far."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from webapp.domain.import_file import Note, RowError
from webapp.domain.wording import say
from webapp.services.import_reading import Found
from webapp.services.upserting import Change, Terms


class Checked:
    """Counts and outcomes by line. A line whose person comes again later counts no more."""

    def __init__(self) -> None:
        self.rows = 0
        self.counts: Counter[str] = Counter()
        self.outcomes: dict[int, str] = {}
        self.superseded: list[int] = []
        self.newest: datetime | None = None
        self.new_topics: set[str] = set()

    def name_new_topics(self, terms: Terms, changes: Iterable[Change]) -> None:
        """On the first line that names each: a whole list may share one."""
        for change in changes:
            new = {*change.row.topics} - {*terms.topics} - self.new_topics
            change.remarks += tuple(
                say("There is no topic %(name)s yet: it will be made.", name=name)
                for name in sorted(new)
            )
            self.new_topics |= new

    def take(self, chunk: Sequence[Found], changes: Iterable[Change]) -> None:
        for change in changes:
            self.counts[change.outcome] += 1
            self.outcomes[change.row.line] = change.outcome
            for at in (change.row.last_inbound_at, change.row.first_seen_at):
                self.newest = max(self.newest or at, at) if at else self.newest
        self.counts["refused"] += sum(isinstance(found, RowError) for found in chunk)
        self.rows += sum(not isinstance(found, Note) for found in chunk)
        for note in (found for found in chunk if isinstance(found, Note)):
            before = int(str(note.reason.params["before"]))
            self.superseded.append(before)
            self.counts[self.outcomes[before]] -= 1
