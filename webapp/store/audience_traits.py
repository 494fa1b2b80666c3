"""What the rules look at in people, as the audience index keeps it.

Sets for what is so or not, ladders for moments that pass: with them people are sorted into
situations without a look at their rows (`services/situations.py`). A region is told by the bits of
its number, so that a handful of sets tells all of them apart. What each message changes, a token's
last use, is not kept: it would be written to the log of changes for everyone who is sent to.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from sqlalchemy import ColumnElement, exists, func, literal, true
from sqlmodel import col, select

from webapp.domain.event import Opener
from webapp.domain.policy.situation import Region
from webapp.models.base import UtcDateTime
from webapp.models.opt_in import Consent
from webapp.models.subscriber import Subscriber

PREFIX = "trait:"
NEVER = datetime(9999, 12, 31, tzinfo=UTC)  # ends a token that has no end
BITS = tuple(1 << n for n in range(max(Region).bit_length()))
WINDOW_ENDS, WINDOW_OPENED = "window_ends_at", "window_opened_at"
FREE_ENTRY_ENDS = "free_entry_ends_at"
MOMENTS = frozenset({WINDOW_ENDS, WINDOW_OPENED, FREE_ENTRY_ENDS})
ZONE = "zone:"  # begins the name of who is said to live in one
LIVE_UNTIL = "live_until"  # of a topic; without one: of whatever topic lasts longest
YES: dict[str, ColumnElement[bool]] = {
    "by_ad": col(Subscriber.window_opener) == Opener.AD_MESSAGE.value,
    "opted_out": col(Subscriber.opted_out_at).is_not(None),
    "unavailable": col(Subscriber.unavailable_at).is_not(None),
    "opted_in": col(Subscriber.opted_in).is_(True),
    **{f"region_{bit}": col(Subscriber.region).bitwise_and(bit) != 0 for bit in BITS},
}
OF_TOPIC: dict[str, ColumnElement[bool]] = {
    "asked": true(),
    "stopped": col(Consent.state) != "active",
    "tokenless": col(Consent.token).is_(None),
}
HELD = (col(Consent.state) == "active", col(Consent.token).is_not(None))


@dataclass(frozen=True)
class Trait:
    """One of the names above, or a zone; of people, or of their consent to a topic."""

    name: str
    topic_id: int | None = None

    @property
    def key(self) -> str:
        """What the index calls it."""
        return f"{PREFIX}{self.name}" + (f":{self.topic_id}" if self.topic_id else "")

    @classmethod
    def named(cls, key: str) -> Self:
        if key.startswith(PREFIX + ZONE):
            return cls(key.removeprefix(PREFIX))
        name, _, topic_id = key.removeprefix(PREFIX).partition(":")
        return cls(name, int(topic_id) if topic_id else None)

    @property
    def climbs(self) -> bool:
        return self.name in MOMENTS or self.name == LIVE_UNTIL

    def clause(self) -> ColumnElement[bool]:
        """For a WHERE over given people."""
        if self.name.startswith(ZONE):
            return col(Subscriber.timezone) == self.name.removeprefix(ZONE)
        if self.topic_id is None:
            return YES[self.name]
        mine = col(Consent.subscriber_id) == col(Subscriber.id)
        return exists().where(mine, *self._of_topic())

    def consents(self) -> Any:
        """A query for the ids of all who have it."""
        return select(col(Consent.subscriber_id)).where(*self._of_topic())

    def moments(self, brand_id: int, ids: Any = None) -> Any:
        """A query for `audience_ladders`, of everyone or of these people."""
        if self.name != LIVE_UNTIL:
            return of_people(getattr(Subscriber, self.name), brand_id, ids, scan=True)
        return _token_ends(brand_id, self.topic_id, ids)

    def _of_topic(self) -> tuple[ColumnElement[bool], ...]:
        return col(Consent.topic_id) == self.topic_id, OF_TOPIC[self.name]


def of_people(at: Any, brand_id: int, ids: Any, *, scan: bool = False) -> Any:
    """The moments of a column of theirs. `scan`: no index has them, and SQLite would rather walk
    along one and jump to each row than read the table; so with what its indexes begin with, the
    brand is hidden from it, and erased people stay in."""
    brand, key = col(Subscriber.brand_id), col(Subscriber.id)
    chosen: Any = select(key.label("person"), at.label("at")).where(at.is_not(None))
    if not scan:
        chosen = chosen.where(col(Subscriber.erased_at).is_(None))
    if ids is not None:
        chosen = chosen.where(key.in_(ids))
    return chosen.where((brand if ids is None and not scan else brand + 0) == brand_id)


def _token_ends(brand_id: int, topic_id: int | None, ids: Any) -> Any:
    person, never = col(Consent.subscriber_id), literal(NEVER, UtcDateTime())
    ends = func.coalesce(col(Consent.token_expires_at), never, type_=UtcDateTime())
    last = func.max(ends, type_=UtcDateTime()).label("at")
    chosen: Any = select(person.label("person"), last)
    held = chosen.where(*HELD, col(Consent.brand_id) == brand_id).group_by(person)
    if topic_id is not None:
        held = held.where(col(Consent.topic_id) == topic_id)
    return held if ids is None else held.where(person.in_(ids))
