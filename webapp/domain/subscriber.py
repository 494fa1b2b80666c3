"""One person on one channel, as the pure parts of the product see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum


class AttributeType(StrEnum):
    """The types of a custom attribute; `AttributeValue` says what each holds."""

    TEXT = "text"
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    TIME = "time"  # a moment, not a time of day
    YESNO = "yesno"
    LIST = "list"


# text: str; number, money: Decimal; date: date; time: aware datetime; yesno: bool; list: tuple.
AttributeValue = str | Decimal | date | datetime | bool | tuple[str, ...]


class TopicState(StrEnum):
    """Where a person stands with one opt-in topic; a topic never asked about has no entry."""

    OPTED_IN = "opted_in"
    STOPPED = "stopped"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Doing:
    """Something a person did, or was sent, once; `broadcast` where it was with a message of one."""

    at: datetime
    broadcast: int | None = None


@dataclass(frozen=True)
class Facts:
    """What is known of one person at one moment; None and "" both mean unknown for texts.

    `topic_ends` has when opt-ins end that have an end, `doings` what was done by the field that
    asks for it, `kept_in` the frozen segments that hold the person.
    """

    id: int = 0
    country: str | None = None  # ISO 3166-1 alpha-2, upper case
    locale: str | None = None  # pt_BR
    timezone: str | None = None  # IANA name
    city: str | None = None
    gender: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    source: str | None = None
    tags: frozenset[str] = frozenset()
    topics: Mapping[str, TopicState] = field(default_factory=dict)
    topic_ends: Mapping[str, datetime] = field(default_factory=dict)
    last_inbound_at: datetime | None = None
    first_seen_at: datetime | None = None
    window_ends_at: datetime | None = None
    opted_out: bool = False
    unavailable: bool = False
    import_ids: frozenset[int] = frozenset()
    attributes: Mapping[str, AttributeValue] = field(default_factory=dict)
    doings: Mapping[str, Sequence[Doing]] = field(default_factory=dict)
    kept_in: frozenset[int] = frozenset()

    @property
    def full_name(self) -> str | None:
        return " ".join(part for part in (self.first_name, self.last_name) if part) or None

    @property
    def language(self) -> str | None:
        """The part of the locale before the region: `pt` of `pt_BR`."""
        return (self.locale or "").replace("-", "_").split("_")[0] or None
