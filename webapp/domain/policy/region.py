"""Where people are, as far as any rule or any price tells countries apart.

A region is the finest such group: most countries with a price of their own are one, so a situation
knows what a message costs as well as what is allowed. Rules name regions or the groups in `GROUPS`.
The number of a region is stored with every person and is a digit of every situation code: new
regions go at the end, and a country that moves to another one needs a migration.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import IntEnum
from functools import lru_cache


class Region(IntEnum):
    """Groups of recipient countries. A country has exactly one."""

    UNKNOWN = 0  # no country known: the engine reads every regional rule against sending
    EU = 1  # countries of the European Union that no price list names
    UK = 2
    JP = 3
    KR = 4
    AU = 5
    US = 6
    OTHER = 7  # every country that is in no other region
    CA = 8
    EU_WEST = 9
    EU_EAST = 10
    DE = 11
    ES = 12
    FR = 13
    HU = 14
    IT = 15
    NL = 16
    PL = 17
    RO = 18
    NO = 19
    IS = 20
    LI = 21
    EUROPE_WEST = 22
    EUROPE_EAST = 23
    AFRICA = 24
    ASIA_PACIFIC = 25
    LATIN_AMERICA = 26
    MIDDLE_EAST = 27
    AE = 28
    AR = 29
    BD = 30
    BR = 31
    CL = 32
    CO = 33
    EG = 34
    HK = 35
    ID = 36
    IL = 37
    IN = 38
    IQ = 39
    KW = 40
    KZ = 41
    LK = 42
    MA = 43
    MX = 44
    MY = 45
    NG = 46
    NP = 47
    OM = 48
    PE = 49
    PK = 50
    QA = 51
    RU = 52
    SA = 53
    SG = 54
    TR = 55
    UA = 56
    ZA = 57
    CU = 58
    IR = 59
    KP = 60
    SY = 61


# Regions of several countries, as WhatsApp's list of calling codes groups them; the others are
# the one country they are named after.
_SEVERAL = {
    Region.EU: "CY EE LU MT",
    Region.UK: "GB",
    Region.EU_WEST: "AT BE DK FI IE PT SE",
    Region.EU_EAST: "BG CZ GR HR LT LV SI SK",
    Region.EUROPE_WEST: "CH",
    Region.EUROPE_EAST: "AL AM AZ BY GE MD MK RS",
    Region.AFRICA: (
        "AO BF BI BJ BW CG CI CM DZ ER ET GA GH GM GW KE LR LS LY MG ML MR MW MZ NA NE RW SD SL "
        "SN SO SS SZ TD TG TN TZ UG ZM ZW"
    ),
    Region.ASIA_PACIFIC: "AF CN KH LA MN NZ PG PH TH TJ TM TW UZ VN",
    Region.LATIN_AMERICA: "BO CR DO EC GT HN HT JM NI PA PR PY SV UY VE",
    Region.MIDDLE_EAST: "BH JO LB YE",
}
COUNTRIES: Mapping[Region, frozenset[str]] = {
    region: frozenset(_SEVERAL.get(region, region.name).split())
    for region in Region
    if region not in (Region.UNKNOWN, Region.OTHER)
}
_IN_THE_EU = (
    *(Region.EU, Region.EU_WEST, Region.EU_EAST, Region.DE, Region.ES, Region.FR, Region.HU),
    *(Region.IT, Region.NL, Region.PL, Region.RO),
)
_IN_THE_EEA = (*_IN_THE_EU, Region.NO, Region.IS, Region.LI)
# What a rule's words stand for: the European Union and Economic Area, else one region each.
GROUPS: Mapping[str, frozenset[Region]] = {
    **{region.name: frozenset({region}) for region in Region if region is not Region.UNKNOWN},
    "EU": frozenset(_IN_THE_EU),
    "EEA": frozenset(_IN_THE_EEA),
}
_TWO_LETTERS = re.compile(r"[A-Z]{2}")
_ALIASES = {"UK": "GB", "EL": "GR"}
_REGION_BY_COUNTRY = {code: region for region, codes in COUNTRIES.items() for code in codes}


def countries_of(word: str) -> frozenset[str]:
    """The countries of a group or region; none for OTHER, which has no end, or an unknown word."""
    regions = GROUPS.get(word, frozenset())
    return frozenset(code for region in regions for code in COUNTRIES.get(region, ()))


EEA = countries_of("EEA")


@lru_cache(maxsize=1024)  # an import asks for the same ones a million times
def country_code(country: str | None) -> str | None:
    """The ISO 3166 two-letter code in capitals, or None for anything that is not one."""
    code = (country or "").strip().upper()
    return _ALIASES.get(code, code) if _TWO_LETTERS.fullmatch(code) else None


def region_of(country: str | None) -> Region:
    """The region of an ISO 3166 country code, in any case."""
    code = country_code(country)
    return Region.UNKNOWN if code is None else _REGION_BY_COUNTRY.get(code, Region.OTHER)
