"""How many messages a person may get: at most so many in so many days, over all broadcasts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from webapp.domain.errors import Invalid
from webapp.domain.wording import Sentence, say, say_n

MOST_MESSAGES = 1_000
MOST_DAYS = 366
A_WEEK = 7  # days


@dataclass(frozen=True)
class Cap:
    """The days roll: a message counts until that many days after it was sent."""

    messages: int
    days: int

    @classmethod
    def parse(cls, obj: object) -> Cap:
        """From `{"messages": 3, "days": 7}`; raises Invalid by field."""
        given = obj if isinstance(obj, Mapping) else {}
        most = {"messages": MOST_MESSAGES, "days": MOST_DAYS}
        wrong = {
            name: [say("Give a whole number from 1 to %(most)s.", most=limit)]
            for name, limit in most.items()
            if not _counts(given.get(name), limit)
        }
        if wrong:
            raise Invalid(wrong)
        return cls(int(given["messages"]), int(given["days"]))

    def to_json(self) -> dict[str, object]:
        return {"messages": self.messages, "days": self.days}

    @property
    def span(self) -> timedelta:
        return timedelta(days=self.days)

    @property
    def a_week(self) -> int:
        """The most messages that a week can hold."""
        return self.messages * -(-A_WEEK // self.days)

    @property
    def words(self) -> Sentence:
        messages = say_n("%(n)s message", "%(n)s messages", self.messages)
        days = say_n("%(n)s day", "%(n)s days", self.days)
        return say("at most %(messages)s in %(days)s", messages=messages, days=days)

    def counted(self, had: Iterable[datetime], at: datetime) -> list[datetime]:
        """Those of a person's messages that count at a moment, the oldest first."""
        return sorted(sent for sent in had if sent > at - self.span)

    def is_reached(self, had: Iterable[datetime], at: datetime) -> bool:
        return len(self.counted(had, at)) >= self.messages

    def frees_at(self, had: Iterable[datetime], at: datetime) -> datetime | None:
        """When the next message may go, if none is sent before; None for at once."""
        counted = self.counted(had, at)
        if len(counted) < self.messages:
            return None
        return counted[len(counted) - self.messages] + self.span


def _counts(number: object, most: int) -> bool:
    return isinstance(number, int) and not isinstance(number, bool) and 1 <= number <= most
