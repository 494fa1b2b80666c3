"""What the rules need to know about one recipient at one moment, as a small number.

SQL reduces every subscriber to `code = sum(weight * value)` over FACETS, and `decide` runs once
per distinct code. The code is mixed radix: the first facet varies fastest. The region comes last,
so a new region never changes what the other digits of a stored code mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import IntEnum

from webapp.domain.policy.region import COUNTRIES, EEA, Region, country_code, region_of

__all__ = [
    "COUNTRIES",
    "EEA",
    "FACETS",
    "SITUATIONS",
    "Facet",
    "Region",
    "Situation",
    "TopicConsent",
    "Window",
    "country_code",
    "once_open",
    "region_of",
    "without_country",
]


class Window(IntEnum):
    """The state of the messaging window at the moment asked about."""

    CLOSED = 0
    OPEN = 1  # the person acted in the last 24 hours, whatever opened the window
    AD = 2  # open only because a click-to-message ad opened it: its end is stored, up to 7 days


class TopicConsent(IntEnum):
    """The state of the person's opt-in to the broadcast's topic."""

    NONE = 0
    ACTIVE = 1
    EXPIRED = 2
    STOPPED = 3
    NO_TOKEN = 4  # opted in, but the platform gave no token to send with


@dataclass(frozen=True, slots=True)
class Facet:
    """One digit of a situation code: its place value and how many values it takes."""

    name: str
    size: int
    weight: int
    values: type[IntEnum] | None  # None: no (0) or yes (1)


def _facets(*named: tuple[str, type[IntEnum] | None]) -> tuple[Facet, ...]:
    facets: list[Facet] = []
    weight = 1
    for name, values in named:
        size = 2 if values is None else len(values)
        facets.append(Facet(name, size, weight, values))
        weight *= size
    return tuple(facets)


FACETS = _facets(
    ("window", Window),
    ("recent_human", None),
    ("topic", TopicConsent),
    ("topic_spaced", None),
    ("paid_token", None),
    ("paid_spaced", None),
    ("opted_out", None),
    ("unavailable", None),
    ("capped", None),
    ("quiet", None),
    ("opted_in", None),
    ("free_entry", None),
    ("region", Region),
)
SITUATIONS = FACETS[-1].weight * FACETS[-1].size  # how many codes there are


@dataclass(frozen=True, slots=True)
class Situation:
    """One recipient's standing at one moment, as far as any rule can tell people apart."""

    window: Window = Window.CLOSED
    recent_human: bool = False  # wrote within 7 days
    topic: TopicConsent = TopicConsent.NONE
    topic_spaced: bool = True  # the topic token's spacing has passed
    paid_token: bool = False  # holds a live marketing token
    paid_spaced: bool = True  # the marketing token's spacing has passed
    opted_out: bool = False  # said STOP or stopped everything
    unavailable: bool = False  # blocked the channel or cannot be reached
    capped: bool = False  # has had as many messages as the brand allows
    quiet: bool = False  # it is the brand's quiet hours for this person
    opted_in: bool = False  # WhatsApp: an opt-in to any topic is active, with or without a token
    free_entry: bool = False  # WhatsApp: came from an ad and was answered less than 72 hours ago
    region: Region = Region.UNKNOWN

    @property
    def code(self) -> int:
        """This situation as one number, the same that SQL computes."""
        return sum(facet.weight * int(getattr(self, facet.name)) for facet in FACETS)

    @classmethod
    def of(cls, code: int) -> Situation:
        """The situation behind a code. ValueError for a number no situation has."""
        if not 0 <= code < SITUATIONS:
            raise ValueError(f"{code} is no situation code: they run from 0 to {SITUATIONS - 1}")
        return cls(**{facet.name: _digit(facet, code) for facet in FACETS})  # type: ignore[arg-type]


def once_open(code: int) -> int | None:
    """The situation of somebody whose window is closed, once they write: it is open, and of what
    passes by itself (a cap, quiet hours) nothing is known yet. None: it is open already."""
    before = Situation.of(code)
    if before.window is not Window.CLOSED:
        return None
    after = replace(before, window=Window.OPEN, capped=False, quiet=False, unavailable=False)
    return after.code


def without_country(people: Mapping[int, int]) -> int:
    """Of people counted by situation code, those whose country is not known: they are taken to be
    where the rules are strictest and to cost what the dearest market does."""
    return sum(n for code, n in people.items() if not _digit(FACETS[-1], code))


def _digit(facet: Facet, code: int) -> IntEnum | bool:
    digit = code // facet.weight % facet.size
    return bool(digit) if facet.values is None else facet.values(digit)
