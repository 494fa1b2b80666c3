"""The people of the practice brand, invented from a seed: the same for the same moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Final

from webapp.services.demonstration.names import PLACES, Place

SIZE: Final = 3_000
SEED: Final = 20_261_122
LONGEST: Final = 790  # days since the first of them came
OPEN_SHARE, STOPPED_SHARE, BLOCKED_SHARE = 0.34, 0.03, 0.005
TAGS: Final = (("vip", 0.12), ("newsletter", 0.35), ("wholesale", 0.03), ("summer-sale", 0.2))
TOPICS: Final = (("price-drops", 0.42), ("weekly-tips", 0.28), ("new-arrivals", 0.22))
SOURCES: Final = ("m.me link", "website chat", "click-to-message ad", "comment", "QR code")
TOKEN_DAYS: Final = (5, 150)  # how long ago most people opted in: their tokens live six months
EXPIRED: Final = 0.2  # of them opted in longer ago than that


@dataclass(frozen=True)
class Invented:
    key: str
    first_name: str
    last_name: str
    locale: str
    country: str
    city: str
    timezone: str
    source: str
    tags: tuple[str, ...]
    topics: tuple[tuple[str, datetime], ...]  # with the moment they opted in
    first_seen_at: datetime
    last_inbound_at: datetime
    stopped_at: datetime | None = None
    blocked: bool = False


def invent(now: datetime, size: int = SIZE) -> list[Invented]:
    """A third wrote within the last day, the others further back; some said STOP."""
    dice = Random(SEED)  # noqa: S311 - a crowd for practice, no secret
    shares = [place.share for place in PLACES]
    keys = sorted({dice.randrange(10**15, 10**16) for _ in range(size + 100)})
    dice.shuffle(keys)
    places = dice.choices(PLACES, shares, k=size)
    return [_person(dice, str(key), place, now) for key, place in zip(keys, places, strict=False)]


def _person(dice: Random, key: str, place: Place, now: datetime) -> Invented:
    city, zone = dice.choice(place.cities)
    wrote_at, met_at = _times(dice, now)
    stopped = dice.random() < STOPPED_SHARE
    return Invented(
        key=key,
        first_name=dice.choice(place.first),
        last_name=dice.choice(place.last),
        locale=place.locale,
        country=place.country,
        city=city,
        timezone=zone,
        source=dice.choice(SOURCES),
        tags=tuple(name for name, share in TAGS if dice.random() < share),
        topics=() if stopped else _topics(dice, met_at, now),
        first_seen_at=met_at,
        last_inbound_at=wrote_at,
        stopped_at=wrote_at if stopped else None,
        blocked=dice.random() < BLOCKED_SHARE,
    )


def _times(dice: Random, now: datetime) -> tuple[datetime, datetime]:
    """When they last wrote, and when they first did; more people came lately than long ago."""
    met_at = now - timedelta(days=2 + (LONGEST - 2) * dice.random() ** 1.6)
    if dice.random() < OPEN_SHARE:
        return now - timedelta(hours=dice.uniform(0.4, 23.6)), met_at
    age = (now - met_at).total_seconds() - 86_400
    return now - timedelta(seconds=86_400 + age * dice.random() ** 2.2), met_at


def _topics(dice: Random, met_at: datetime, now: datetime) -> tuple[tuple[str, datetime], ...]:
    chosen = [slug for slug, share in TOPICS if dice.random() < share]
    return tuple((slug, max(met_at, now - _ago(dice))) for slug in chosen)


def _ago(dice: Random) -> timedelta:
    """Most lately; some so long ago that their token has run out."""
    first, last = TOKEN_DAYS
    early, late = (last, LONGEST) if dice.random() < EXPIRED else (first, last)
    return timedelta(days=dice.uniform(early, late))
