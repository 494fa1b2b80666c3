"""The public holidays of a country, from the `holidays` library; each year is computed once."""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby

import holidays

from webapp.domain.plan import Moment

EVERYWHERE = "en_US"  # most countries are named in it


@lru_cache(maxsize=256)
def of(country: str, year: int, language: str = "en") -> tuple[Moment, ...]:
    """In order of days; several days of one name in a row are its first. A country the library
    does not know has none."""
    try:
        known = holidays.country_holidays(country, years=year)
        named = holidays.country_holidays(country, years=year, language=_language(known, language))
    except NotImplementedError:
        return ()
    ordered = sorted(named.items())
    firsts = (next(days) for _, days in groupby(ordered, key=lambda item: item[1]))
    return tuple(Moment(day, name, public=True) for day, name in firsts if day.year == year)


def _language(known: holidays.HolidayBase, language: str) -> str | None:
    """The reader's language, else English, else the country's own."""
    spoken = known.supported_languages
    mine = next((code for code in spoken if code.split("_")[0] == language), None)
    if language == "en" and EVERYWHERE in spoken:
        return EVERYWHERE
    return mine or (EVERYWHERE if EVERYWHERE in spoken else None)
