"""How much the people of a brand are written to: messages a person and week."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from webapp.domain.figures import Percent, Times
from webapp.domain.wording import Sentence, say

A_WEEK = timedelta(days=7)
ENOUGH_PEOPLE = 100  # below it an average a person says little


class DayRow(Protocol):
    """A day's counts, as the rollups keep them."""

    @property
    def day(self) -> date: ...
    @property
    def sent(self) -> int: ...
    @property
    def new_subscribers(self) -> int: ...


@dataclass(frozen=True)
class Week:
    """From its Monday; `people` are those the brand knew at its end."""

    monday: date
    sent: int
    people: int

    @property
    def number(self) -> int:
        """As ISO 8601 counts them."""
        return self.monday.isocalendar().week

    @property
    def sunday(self) -> date:
        return self.monday + A_WEEK - timedelta(days=1)

    @property
    def rate(self) -> float | None:
        """Messages a person; None where too few people are known to say."""
        return self.sent / self.people if self.people >= ENOUGH_PEOPLE else None


@dataclass(frozen=True)
class Spread:
    """A week that is over: `got` people were sent one, two, three, and four or more messages."""

    monday: date
    people: int  # known at its end
    got: tuple[int, int, int, int]
    messages: int

    @property
    def none(self) -> int:
        """Nothing. Whoever was erased since is no longer known, and their messages still count."""
        return max(0, self.people - sum(self.got))

    @property
    def more(self) -> int:
        return self.got[3]

    @property
    def share_of_more(self) -> float | None:
        return self.more / self.people if self.people >= ENOUGH_PEOPLE else None


def weeks(rows: Iterable[DayRow], met_before: int, year: int, today: date) -> tuple[Week, ...]:
    """Every whole week that touches the year and has begun.

    `rows` may begin earlier; `met_before` counts the people known before the first week.
    """
    first = monday_of(date(year, 1, 1))
    end = min(today, monday_of(date(year, 12, 31)) + A_WEEK - timedelta(days=1))
    sent: dict[date, int] = {}
    met: dict[date, int] = {}
    for row in rows:
        if first <= row.day <= end:
            week = monday_of(row.day)
            sent[week] = sent.get(week, 0) + row.sent
            met[week] = met.get(week, 0) + row.new_subscribers
    found: list[Week] = []
    people, monday = met_before, first
    while monday <= end:
        people += met.get(monday, 0)
        found.append(Week(monday, sent.get(monday, 0), people))
        monday += A_WEEK
    return tuple(found)


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def busiest(found: Sequence[Week]) -> Week | None:
    rated = [week for week in found if week.rate]
    return max(rated, key=lambda week: (week.rate or 0, week.monday), default=None)


def finding(found: Sequence[Week], cap: int) -> Sentence:
    """The busiest week, and whether it is over what people should bear."""
    most = busiest(found)
    if most is None or most.rate is None:
        return say("Too few people or messages yet to say how much a person gets.")
    numbers = {"week": str(most.number), "monday": most.monday, "rate": Times(most.rate)}
    if most.rate > cap:
        return say(
            "Week %(week)s, from %(monday)s, sent %(rate)s messages to each person, over the "
            "cap of %(cap)s.",
            **numbers,
            cap=cap,
        )
    return say(
        "The busiest week was week %(week)s, from %(monday)s: %(rate)s messages a person; "
        "%(cap)s is the most.",
        **numbers,
        cap=cap,
    )


def spread_finding(found: Sequence[Spread]) -> Sentence:
    """The last week, and the one in which most people got four or more."""
    last = next((week for week in reversed(found) if week.people >= ENOUGH_PEOPLE), None)
    if last is None:
        return say("Too few people or weeks yet to say how many messages each gets.")
    worst = max(found, key=lambda week: (week.share_of_more or 0, week.monday))
    told = {
        "monday": last.monday,
        "none": Percent(last.none / last.people),
        "more": Percent(last.more / last.people, 1),
    }
    if not worst.more or worst is last:
        return say(
            "In the week from %(monday)s %(none)s of the people got nothing and %(more)s four "
            "messages or more.",
            **told,
        )
    return say(
        "In the week from %(monday)s %(none)s of the people got nothing and %(more)s four "
        "messages or more; most did in the week from %(worst)s: %(share)s.",
        **told,
        worst=worst.monday,
        share=Percent(worst.share_of_more or 0, 1),
    )
