"""Where a rule permits: a list of places that are in, or a list of places that are out."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.domain.policy import region as places
from webapp.domain.policy.region import GROUPS, Region
from webapp.domain.policy.rules.row import Row


@dataclass(frozen=True)
class Regions:
    """Recipients' regions. None in `only` means everywhere but `excluded`."""

    only: frozenset[Region] | None = None
    excluded: frozenset[Region] = frozenset()

    @property
    def everywhere(self) -> bool:
        return self.only is None and not self.excluded

    def admit(self, region: Region) -> bool:
        """An unknown region is in the strictest place: in no list of the permitted."""
        if self.everywhere:
            return True
        if region is Region.UNKNOWN:
            return False
        return region not in self.excluded and (self.only is None or region in self.only)


@dataclass(frozen=True)
class Countries:
    """Businesses' ISO 3166 codes. None in `only` means everywhere but `excluded`."""

    only: frozenset[str] | None = None
    excluded: frozenset[str] = frozenset()

    @property
    def everywhere(self) -> bool:
        return self.only is None and not self.excluded

    def admit(self, country: str | None) -> bool:
        """A brand without a country is permitted only where every country is."""
        if self.everywhere:
            return True
        if country is None:
            return False
        return country not in self.excluded and (self.only is None or country in self.only)


def countries(row: Row) -> Countries:
    """`business_regions`: regions or countries."""
    inner = row.inner("business_regions")
    if inner is None:
        return Countries()
    only, excluded = _only_or_except(inner, "business_regions")
    found = [_expand(row, "business_regions", words) for words in (only or (), excluded)]
    return Countries(None if only is None else found[0], found[1])


def regions(row: Row) -> Regions:
    """`recipient_regions`: regions and groups only, for a situation knows no countries."""
    inner = row.inner("recipient_regions")
    if inner is None:
        return Regions()
    only, excluded = _only_or_except(inner, "recipient_regions")
    for word in (*(only or ()), *excluded):
        if word not in GROUPS:
            raise row.unknown("recipient_regions", word, GROUPS)
    return Regions(None if only is None else _together(only), _together(excluded))


def _together(words: tuple[str, ...]) -> frozenset[Region]:
    return frozenset(region for word in words for region in GROUPS[word])


def _expand(row: Row, field: str, words: tuple[str, ...]) -> frozenset[str]:
    codes: set[str] = set()
    for word in words:
        group = places.countries_of(word)
        if not group and places.country_code(word) != word:
            raise row.wrong(field, f'"{word}" is neither a region nor an ISO 3166 country code')
        codes |= group or {word}
    return frozenset(codes)


def _only_or_except(inner: Row, field: str) -> tuple[tuple[str, ...] | None, tuple[str, ...]]:
    only = inner.words("only") if "only" in inner.names() else None
    excluded = inner.words("except")
    if (only is None) == (not excluded) or set(inner.names()) - {"only", "except"}:
        raise inner.wrong(field, "either `only` or `except` is expected, with a list of places")
    return only, excluded
