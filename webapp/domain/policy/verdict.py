"""What the rules say: a verdict is one rule's opinion, a decision all of them and what follows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from webapp.domain.wording import Sentence


class Route(StrEnum):
    """The legal way one recipient is reached. Values are stored and shown in the API."""

    WINDOW = "window"
    SUBSCRIPTION = "subscription"
    UTILITY = "utility"
    SPONSORED = "sponsored"
    HUMAN_AGENT = "human_agent"  # known, for a person's own replies; never chosen for a broadcast
    NONE = "none"


class Stance(StrEnum):
    """A rule's opinion. HOLDS means not now, but by itself later."""

    ALLOWS = "allows"
    HOLDS = "holds"
    DENIES = "denies"


class Until(StrEnum):
    """When a verdict changes, as a name; whoever has the person's rows turns it into a time."""

    WINDOW_END = "window_end"
    SPACING_END = "spacing_end"
    QUIET_END = "quiet_end"
    CAP_END = "cap_end"
    RULE_END = "rule_end"  # the day after Verdict.rule_ends_on
    CHANNEL_RESUMES = "channel_resumes"
    WHEN_THEY_WRITE = "when_they_write"
    WHEN_THEY_OPT_IN = "when_they_opt_in"
    NEVER_BY_ITSELF = "never_by_itself"


class Confidence(StrEnum):
    """How well the source supports the row."""

    HIGH = "high"  # the platform's own page, of 2026, read in the relevant part
    MEDIUM = "medium"  # the platform's own page, older or only an excerpt
    LOW = "low"  # a third party, or sources that disagree


@dataclass(frozen=True)
class Verdict:
    """One rule's opinion on one situation. `rule_id` is the skip reason in the ledger."""

    rule_id: str
    stance: Stance
    sentence: Sentence  # the rule in plain words, true whichever way it decided
    source: str  # an https address, or "brand settings" for the house's own rules
    confidence: Confidence
    until: Until
    rule_ends_on: date | None = None  # last day the rule holds, when that is known


@dataclass(frozen=True)
class Decision:
    """All verdicts for one situation and what follows from them.

    `routes` are the routes that are legal now, cheapest first; `route` the chosen one, Route.NONE
    unless allowed. `later` is the route that opens by itself when `held`, else Route.NONE.
    `reason` is the verdict that decided (its `rule_id` is the skip reason), `until` its end.
    `price_micros` are millionths of a US dollar per accepted message, 0 unless allowed.
    """

    verdicts: tuple[Verdict, ...]
    routes: tuple[Route, ...]
    route: Route
    reason: Verdict
    until: Until
    price_micros: int = 0
    later: Route = Route.NONE

    @property
    def allowed(self) -> bool:
        """May be sent now."""
        return self.route is not Route.NONE

    @property
    def held(self) -> bool:
        """Not now, but by itself later: after the latest of `ends`."""
        return self.later is not Route.NONE

    @property
    def ends(self) -> tuple[Until, ...]:
        """Every end that must have come before this may be sent, without repeats, in order."""
        waits = (v.until for v in self.verdicts if v.stance is not Stance.ALLOWS)
        return tuple(dict.fromkeys(waits))
