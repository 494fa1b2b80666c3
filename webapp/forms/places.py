"""Countries, time zones and currencies people choose from. Names come with the language."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Annotated
from zoneinfo import available_timezones

from babel.core import get_global
from pydantic import AfterValidator

from webapp.domain.wording import Sentence, say
from webapp.forms.reading import Wrong

NOT_LISTED = say("Choose one of the list.")
AREAS = frozenset(
    "Africa America Antarctica Asia Atlantic Australia Europe Indian Pacific".split()  # noqa: SIM905
)


@cache
def countries() -> tuple[str, ...]:
    """ISO 3166 codes, as the time-zone database lists them."""
    table = files("tzdata").joinpath("zoneinfo", "iso3166.tab").read_text(encoding="utf-8")
    return tuple(line.split("\t")[0] for line in table.splitlines() if line[:1] not in {"#", ""})


@cache
def zones() -> tuple[str, ...]:
    """Zones with a place in their name, and UTC first."""
    named = sorted(zone for zone in available_timezones() if zone.split("/")[0] in AREAS)
    return ("UTC", *named)


@cache
def currencies() -> tuple[str, ...]:
    """ISO 4217 codes of money that is legal tender somewhere now."""
    by_country = get_global("territory_currencies")
    return tuple(
        sorted(
            {
                code
                for rows in by_country.values()
                for code, _, end, tender in rows
                if tender and not end
            }
        )
    )


def _country(code: str) -> str:
    return _listed(code.upper(), code.upper() in countries())


def _zone(key: str) -> str:
    return _listed(key, key in available_timezones())


def _currency(code: str) -> str:
    return _listed(code.upper(), code.upper() in currencies())


def _listed(value: str, known: bool, sentence: Sentence = NOT_LISTED) -> str:  # noqa: FBT001
    if not known:
        raise Wrong(sentence)
    return value


Country = Annotated[str, AfterValidator(_country)]
Zone = Annotated[str, AfterValidator(_zone)]
Currency = Annotated[str, AfterValidator(_currency)]
