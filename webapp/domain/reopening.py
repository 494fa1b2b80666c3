"""Who is expected to write again: a forecast, its back-test, and when there is too little for it.

The known reach of a coming hour only falls, for windows close. People also write, and a message
opens a window of a day; what opens is forecast from the channel's own habit. `Habit` is the mean
number of messages in each hour of the week over the last four weeks, by the brand's clock. A
window opened in the coming hours is still open at an hour if its message came within the day
before it, so an hour is worth the messages expected in the up to 24 hours before it and after now.
Where the brand is asleep at an hour, its turn comes when that ends, and who was let in at the hour
must be reachable still: the messages before the hour that are within 24 hours before the turn.

Messages are no people: one person may write five. `people_per_message` is what the last day says
(open windows of the audience / messages of that day), and of those who write some are reachable
already, so only the closed share of all whom a message would make reachable is added.

The back-test makes the same forecast as of 7, 14, 21 and 28 days ago, from what was known then,
and compares the messages expected within the day before each hour with those that came. The error
shown is the median over all those hours. It tests the habit; the ratio of people to messages is
today's in both, so it cancels out.
"""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from webapp.domain.forecast import HOUR, WEEK, Known

WEEKS = 4  # that make a habit
BACK = tuple(timedelta(weeks=n) for n in (1, 2, 3, 4))
FEWEST = 100  # messages in the last four weeks
DAY = 24  # hours a message keeps a window open
HISTORY = timedelta(weeks=2 * WEEKS, hours=DAY)  # what the longest back-test looks at

Inbound = Mapping[datetime, int]  # whole hour (UTC) -> messages that came in it; none: no key


@dataclass(frozen=True)
class Expected:
    """People not reachable today who are expected to be, by hour; the error is a fraction."""

    people: tuple[int, ...]
    low: tuple[int, ...]
    high: tuple[int, ...]
    error: float


@dataclass(frozen=True)
class Thin:
    """Why there is no forecast: fewer than `WEEKS` whole weeks, or hardly any messages."""

    weeks: int
    messages: int


def expected(
    inbound: Inbound,
    known: Known,
    now: datetime,
    zone: tzinfo,
    open_now: int,
    turns: Sequence[datetime] = (),
) -> Expected | Thin:
    """`open_now`: people of the audience who are reachable because they wrote within a day;
    `turns`: when people have their turn, for each hour (left out: at the hour)."""
    habit = _habit(inbound, now, zone)
    if isinstance(habit, Thin):
        return habit
    error = back_tested(inbound, now, zone)
    if error is None:
        return Thin(_weeks(inbound, now), _messages(inbound, now))
    ratio = _people_per_message(inbound, now, open_now)
    moments = known.hours.moments()
    coming = _coming(habit, now, moments, zone, turns)
    people = tuple(
        _opened(messages * ratio, reached, closed)
        for messages, reached, closed in zip(coming, known.reached, known.closed, strict=True)
    )
    low = tuple(round(n * max(0.0, 1 - error)) for n in people)
    high = tuple(
        min(round(n * (1 + error)), most) for n, most in zip(people, known.closed, strict=True)
    )
    return Expected(people, low, high, error)


def back_tested(inbound: Inbound, now: datetime, zone: tzinfo) -> float | None:
    """How far off the same forecast was, at the median; None when it could not be made then."""
    errors = list(
        itertools.chain.from_iterable(_errors(inbound, now - back, zone) for back in BACK)
    )
    return statistics.median(errors) if errors else None


Habit = Mapping[tuple[int, int], float]  # (weekday, hour) of the brand -> messages


def _habit(inbound: Inbound, now: datetime, zone: tzinfo) -> Habit | Thin:
    if _weeks(inbound, now) < WEEKS or _messages(inbound, now) < FEWEST:
        return Thin(_weeks(inbound, now), _messages(inbound, now))
    found: dict[tuple[int, int], float] = {}
    for hour, n in inbound.items():
        if now - WEEKS * WEEK * HOUR <= hour < _begun(now):
            slot = _slot(hour, zone)
            found[slot] = found.get(slot, 0) + n / WEEKS
    return found


def _errors(inbound: Inbound, then: datetime, zone: tzinfo) -> list[float]:
    """One for each hour of the week that followed, where anybody wrote."""
    habit = _habit(inbound, then, zone)
    if isinstance(habit, Thin):
        return []
    moments = [then + n * HOUR for n in range(1, WEEK + 1)]
    wanted = zip(
        _coming(habit, then, moments, zone),
        _summed(lambda hour: inbound.get(hour, 0), then, moments),
        strict=True,
    )
    return [abs(coming - came) / came for coming, came in wanted if came]


def _coming(
    habit: Habit,
    now: datetime,
    moments: Sequence[datetime],
    zone: tzinfo,
    turns: Sequence[datetime] = (),
) -> list[float]:
    """Messages expected after now and before each moment, within the day before its turn."""
    return _summed(lambda hour: habit.get(_slot(hour, zone), 0.0), now, moments, turns)


def _summed(
    worth: Callable[[datetime], float],
    now: datetime,
    moments: Sequence[datetime],
    turns: Sequence[datetime] = (),
) -> list[float]:
    """The whole hours from now's on that begin before each moment and within the day before its
    turn (left out: the moment itself)."""
    start = _begun(now)
    ends = [max(0, (_begun(moment) - start) // HOUR) for moment in moments]
    since = [max(0, (_begun(turn) - start) // HOUR - DAY) for turn in turns or moments]
    hours = (worth(start + n * HOUR) for n in range(max(ends, default=0)))
    sums = list(itertools.accumulate(hours, initial=0.0))
    return [sums[end] - sums[min(end, first)] for end, first in zip(ends, since, strict=True)]


def _opened(people: float, reached: int, closed: int) -> int:
    """Of the people who write, those who are not reached already; never more than there are."""
    able = reached + closed
    return min(closed, round(people * closed / able)) if able else 0


def _people_per_message(inbound: Inbound, now: datetime, open_now: int) -> float:
    messages = sum(inbound.get(_begun(now) - n * HOUR, 0) for n in range(DAY))
    return min(1.0, open_now / messages) if messages else 0.0


def _weeks(inbound: Inbound, now: datetime) -> int:
    """Whole weeks between the first message known and now."""
    first = min(inbound, default=now)
    return max(0, (now - first) // timedelta(weeks=1))


def _messages(inbound: Inbound, now: datetime) -> int:
    since = now - WEEKS * WEEK * HOUR
    return sum(n for hour, n in inbound.items() if since <= hour < now)


def _begun(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _slot(hour: datetime, zone: tzinfo) -> tuple[int, int]:
    local = hour.astimezone(zone)
    return local.weekday(), local.hour
