"""What a brand forbids itself beyond what the platforms do: quiet hours, and a cap."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.domain import zone as zones
from webapp.domain.cap import Cap
from webapp.domain.quiet_hours import QuietHours
from webapp.domain.wording import say

QUIET, CAP = "brand.quiet_hours", "brand.cap"  # as the rulebook calls them
SKIPPED = "brand.quiet_hours.skipped"
OUTLASTED = "brand.quiet_hours.outlasted"
WORDS = {
    SKIPPED: say("It was the brand's quiet hours for them, in which it skips instead of waiting."),
    OUTLASTED: say(
        "It was the brand's quiet hours for them, and when these end the rules no longer allow it."
    ),
}


@dataclass(frozen=True)
class HouseRules:
    """`zone` is the brand's: whoever's own is not known lives by it."""

    quiet: QuietHours | None = None
    cap: Cap | None = None
    zone: str = "UTC"

    def zone_of(self, zone: str | None) -> str:
        return zone if zone is not None and zones.is_zone(zone) else self.zone
