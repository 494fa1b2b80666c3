"""How many people a WhatsApp business may still reach outside their windows (facts A4).

The rule is `whatsapp.portfolio.limit`: so many different people in any 24 hours, over all numbers
of the business's portfolio. Whom it does not let through waits; nobody is skipped for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from webapp.domain.wording import Sentence, say

RULE = "whatsapp.portfolio.limit"
UNLIMITED = -1  # as it is kept with a channel, and as the platform once wrote it
SMALLEST = 250  # people; what a business whose limit is not known may reach


@dataclass(frozen=True)
class Portfolio:
    """`limit` None: any number of people. `frees_at`: when the first of `used` leaves the span in
    which they count; None while nobody is in it."""

    limit: int | None
    used: int = 0
    frees_at: datetime | None = None
    known: bool = True  # False: the platform has not told the limit yet

    @property
    def left(self) -> int | None:
        return None if self.limit is None else max(0, self.limit - self.used)

    @property
    def full(self) -> bool:
        return self.left == 0


def limit_of(people_a_day: int | None) -> int | None:
    """What is kept with a channel as a number of people; None for any number."""
    if people_a_day is None:
        return SMALLEST
    return None if people_a_day == UNLIMITED else people_a_day


def waiting(portfolio: Portfolio, people: int) -> Sentence:
    """What the limit means for a send to so many, in words."""
    values: dict[str, object] = {"limit": portfolio.limit, "days": days_for(people, portfolio)}
    if not portfolio.known:
        return say(
            "WhatsApp has not told how many people this business may reach a day outside their "
            "windows, so %(limit)s count: test the channel's connection. Reached in the last 24 "
            "hours: %(used)s; as it stands the others wait, over up to %(days)s days.",
            used=portfolio.used,
            **values,
        )
    return say(
        "This business may reach %(limit)s people a day outside their windows, and reached "
        "%(used)s in the last 24 hours: the others wait, over up to %(days)s days.",
        used=portfolio.used,
        **values,
    )


def days_for(people: int, portfolio: Portfolio) -> int:
    """Over how many days so many people are reached; today is the first."""
    if portfolio.limit is None or portfolio.left is None or people <= portfolio.left:
        return 1
    return 1 + -(-(people - portfolio.left) // portfolio.limit)
