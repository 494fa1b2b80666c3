"""Who people are: the same seed, page and id always give the same name, language and country."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from webapp.simulator.clock import DAY, HOUR

# country: locale, zone, first names, last names
PLACES: dict[str, tuple[str, str, tuple[str, ...], tuple[str, ...]]] = {
    "AU": ("en_GB", "Australia/Sydney", ("Olivia", "Jack", "Mia", "Noah"), ("Kelly", "Nguyen")),
    "BR": ("pt_BR", "America/Sao_Paulo", ("Ana", "João", "Beatriz", "Caio"), ("Souza", "Lima")),
    "DE": ("de_DE", "Europe/Berlin", ("Jürgen", "Lena", "Mats", "Sofie"), ("Weiß", "Schulz")),
    "FR": ("fr_FR", "Europe/Paris", ("Chloé", "Léo", "Inès", "Rémi"), ("Lefèvre", "Moreau")),
    "JP": ("ja_JP", "Asia/Tokyo", ("さくら", "蓮", "陽菜", "湊"), ("佐藤", "鈴木")),
    "MX": ("es_LA", "America/Mexico_City", ("María", "José", "Ximena", "Iván"), ("Peña", "Ruiz")),
    "PH": ("en_US", "Asia/Manila", ("Maricel", "Jun", "Rosa", "Paolo"), ("Santos", "Reyes")),
    "TH": ("th_TH", "Asia/Bangkok", ("มาลี", "สมชาย", "ดาว", "อนันต์"), ("สุขใจ", "ทองดี")),
    "US": ("en_US", "America/Chicago", ("Emma", "Liam", "Zoë", "Owen"), ("Wood", "O'Neill")),
    "VN": ("vi_VN", "Asia/Ho_Chi_Minh", ("Lan", "Huy", "Mai", "Đức"), ("Nguyễn", "Đặng")),
}
NEIGHBOURS = tuple(PLACES)
AT_HOME = 0.7  # share of a page's people who live in its own country
WROTE_TODAY = 0.35  # share of a made crowd whose window is open
LONGEST_SILENCE = 90 * DAY


@dataclass(frozen=True, slots=True)
class Someone:
    """A person's profile as the platform knows it."""

    first_name: str
    last_name: str
    locale: str
    timezone: str
    country: str


def chance(seed: int, *about: object) -> random.Random:
    """A source of chance that depends on nothing but what it is about."""
    return random.Random(":".join(map(str, (seed, *about))))


def someone(seed: int, home: str, psid: str) -> Someone:
    dice = chance(seed, "someone", home, psid)
    country = home if home in PLACES and dice.random() < AT_HOME else dice.choice(NEIGHBOURS)
    locale, zone, first_names, last_names = PLACES[country]
    return Someone(dice.choice(first_names), dice.choice(last_names), locale, zone, country)


def members(seed: int, page: str, size: int, now: int) -> Iterator[tuple[str, int]]:
    """`size` ids with the moment each wrote last: a third today, the others up to 90 days ago."""
    for number in range(size):
        dice = chance(seed, "member", page, number)
        psid = str(dice.randrange(10**15, 10**16))
        silence = 24 * HOUR if dice.random() < WROTE_TODAY else LONGEST_SILENCE
        yield psid, now - int(dice.random() * silence)
