from __future__ import annotations

import pytest

from webapp.domain.policy import region as places
from webapp.domain.policy.region import COUNTRIES, GROUPS, Region

THE_EU = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"


@pytest.mark.parametrize(
    ("country", "region"),
    [
        ("FR", Region.FR),
        ("fr ", Region.FR),
        ("el", Region.EU_EAST),
        ("CH", Region.EUROPE_WEST),
        ("GB", Region.UK),
        ("uk", Region.UK),
        ("JP", Region.JP),
        ("KR", Region.KR),
        ("AU", Region.AU),
        ("US", Region.US),
        ("CA", Region.CA),
        ("BR", Region.BR),
        ("KE", Region.AFRICA),
        ("FJ", Region.OTHER),
        (None, Region.UNKNOWN),
        ("", Region.UNKNOWN),
        ("France", Region.UNKNOWN),
        ("1?", Region.UNKNOWN),
    ],
)
def test_a_country_belongs_to_one_region(country: str | None, region: Region) -> None:
    assert places.region_of(country) is region


def test_no_country_is_in_two_regions() -> None:
    listed = [code for codes in COUNTRIES.values() for code in codes]
    assert len(listed) == len(set(listed))
    assert all(places.country_code(code) == code for code in listed)


def test_the_european_union_and_the_economic_area_are_two_things() -> None:
    assert places.countries_of("EU") == set(THE_EU.split())
    assert places.countries_of("EEA") == {*THE_EU.split(), "IS", "LI", "NO"}
    assert len(places.EEA) == 30


def test_every_region_has_a_word_in_the_book_and_none_is_the_unknown() -> None:
    assert GROUPS.keys() == {r.name for r in Region if r is not Region.UNKNOWN} | {"EEA"}
    assert all(Region.UNKNOWN not in regions for regions in GROUPS.values())


def test_a_stored_region_keeps_its_number() -> None:
    """They are in every subscriber's row: new ones only at the end."""
    first = ("UNKNOWN", "EU", "UK", "JP", "KR", "AU", "US", "OTHER", "CA", "EU_WEST", "EU_EAST")
    assert [region.name for region in Region][: len(first)] == list(first)
    assert [int(region) for region in Region] == list(range(len(Region)))
