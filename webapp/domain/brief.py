"""What a broadcast is, apart from its message, its audience and its schedule."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.domain.broadcast import Kind


@dataclass(frozen=True)
class Brief:
    """Ids are rows of the same brand; `budget_micros` is in millionths of the brand's currency."""

    name: str
    kind: Kind
    channel_id: int
    campaign_id: int | None = None
    topic_id: int | None = None  # subscription only
    budget_micros: int | None = None  # of whatever may cost something; a subscription is free
    rate_per_second: int | None = None  # slower than the channel's, if set

    def __post_init__(self) -> None:
        """A kind carries only what belongs to it, whichever fields a form sent along."""
        if self.kind is not Kind.SUBSCRIPTION:
            object.__setattr__(self, "topic_id", None)
        else:
            object.__setattr__(self, "budget_micros", None)
