"""The country of a WhatsApp number: what it costs, and whether marketing is delivered there."""

from __future__ import annotations

import pytest

from webapp.platforms.home_country import country_of


@pytest.mark.parametrize(
    ("key", "country"),
    [
        ("33612345678", "FR"),
        ("+5511999990000", "BR"),
        ("12125550123", "US"),
        ("14165550123", "CA"),
        ("18095550123", "DO"),
        ("18765550123", "JM"),
        ("17875550123", "PR"),
        ("16715550123", None),  # Guam: of the United States, and no country of its own
        ("1416555012", None),  # a digit is missing
        ("79161234567", "RU"),
        ("77011234567", "KZ"),
        ("5351234567", "CU"),
        ("85291234567", "HK"),
        ("8613812345678", "CN"),
        ("88001234567", "BD"),
        ("870771234567", None),  # a satellite
        ("19995550123", "US"),  # an area code that nobody knows yet
        ("FR.1349", "FR"),
        ("US.ENT.118", None),
        ("0612345678", None),  # as dialled inside a country
        ("5511999990000x", None),
        ("", None),
        (None, None),
    ],
)
def test_a_number_or_id_tells_its_country(key: str | None, country: str | None) -> None:
    assert country_of(key) == country
