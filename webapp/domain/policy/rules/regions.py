"""Where a rule permits: a list of places that are in, or a list of places that are out."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.domain.policy.situation import Region


@dataclass(frozen=True)
class Regions:
    """Recipients' region groups. None in `only` means everywhere but `excluded`."""

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
