"""Where somebody is at home, as their WhatsApp id or their number says.

A user id begins with the country. A number begins with a calling code, which mostly belongs to one
country; +1 and +7 are shared and told apart by what follows, where several small places share a
code with a large one they count as it, as WhatsApp's prices do. Whose country is not known is read
by the strictest rule.
"""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers

_USER_ID = re.compile(r"([A-Z]{2})\.[^.]+")
_NUMBER = re.compile(r"\+?([1-9][0-9]{6,14})")
_SHARED = {1: "US", 7: "RU"}  # who has what the others do not: the stricter reading, too
_ISLANDS = frozenset({"AS", "GU", "MP", "VI"})  # of the United States, and no countries
_NOWHERE = "001"  # satellites and the like


@lru_cache(maxsize=1024)
def country_of(key: str | None) -> str | None:
    """The two letters of the country a user id or a number (with or without a plus) belongs to."""
    told = _USER_ID.fullmatch(key or "")
    if told:
        return told[1]
    found = _NUMBER.fullmatch(key or "")
    return _of_number(found[1]) if found else None


def _of_number(digits: str) -> str | None:
    try:
        number = phonenumbers.parse(f"+{digits}")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    code = number.country_code or 0
    if code in _SHARED:
        country = phonenumbers.region_code_for_number(number) or _SHARED[code]
    else:
        country = phonenumbers.region_code_for_country_code(code)
    return None if country in _ISLANDS or country == _NOWHERE else country
