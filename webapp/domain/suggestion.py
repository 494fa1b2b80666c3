"""Whether another hour is worth a word, and the word."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from webapp.domain.figures import Percent
from webapp.domain.wording import Sentence, say, say_n

MORE, FEWEST = 0.05, 10  # a share, and people: less is no reason to move a broadcast
SOONEST = timedelta(hours=1)  # nobody re-plans within less
DAYTIME = range(8, 21)  # the hours of the brand's clock that are suggested: a choice of ours


@dataclass(frozen=True)
class Better:
    """`closing`: people who can be reached now and not any more at the time it is set for."""

    send_at: datetime
    better_at: datetime
    reached: int
    better: int
    closing: int


def is_worthwhile(reached: int, better: int) -> bool:
    return better - reached >= max(FEWEST, reached * MORE)


def may_be(at: datetime, now: datetime, zone: ZoneInfo) -> bool:
    """Whether anybody would want to send then."""
    return at >= now + SOONEST and at.astimezone(zone).hour in DAYTIME


def sentence(name: str, it: Better) -> Sentence:
    values = {"name": name, "when": it.send_at, "better": it.better_at, "people": it.better}
    if not it.reached:
        return say_n(
            "“%(name)s” reaches nobody %(when)s; sent %(better)s, it reaches %(n)s person.",
            "“%(name)s” reaches nobody %(when)s; sent %(better)s, it reaches %(n)s people.",
            it.better, **values,
        )  # fmt: skip
    values["more"] = Percent(it.better / it.reached - 1)
    if not it.closing:
        return say(
            "“%(name)s” is set for %(when)s; sent %(better)s, it is expected to reach %(people)s "
            "people, %(more)s more.",
            **values,
        )
    return say_n(
        "%(n)s window closes before “%(name)s” goes out %(when)s; sent %(better)s, it reaches "
        "%(people)s people, %(more)s more.",
        "%(n)s windows close before “%(name)s” goes out %(when)s; sent %(better)s, it reaches "
        "%(people)s people, %(more)s more.",
        it.closing, **values,
    )  # fmt: skip
