"""How many people a business portfolio may reach a day outside their windows (facts A4).

The platform writes levels as `TIER_2K`, as numbers, and -1 for any number; its own pages mix them.
"""

from __future__ import annotations

import re

from webapp.domain.portfolio import UNLIMITED

LEVEL = re.compile(r"TIER_(\d{1,6})(K?)")
ANY = "TIER_UNLIMITED"
THOUSAND = 1_000
MOST = 10_000_000  # people: no level that is written as a number comes near


def people(told: object) -> int | None:
    """People in any 24 hours; UNLIMITED; None where it does not say."""
    if isinstance(told, bool):
        return None
    if isinstance(told, int):
        return told if 0 < told <= MOST else UNLIMITED if told == UNLIMITED else None
    if not isinstance(told, str):
        return None
    if told == ANY:
        return UNLIMITED
    found = LEVEL.fullmatch(told)
    return (int(found[1]) * (THOUSAND if found[2] else 1) or None) if found else None
