"""How many people are reachable at each hour: exact for what is known today.

Whatever is known of a person's coming days is an end: the window closes, a token expires, the time
between two messages is over, a rule's day passes. So a person is no curve but a few ends, and an
end matters only by the hour it falls in. The database groups the audience by those hours (a
`Standing`, see `store/reaches.py`) in one pass; a million people are some hundreds of standings.
Here each standing is walked along its turns once: between two of its ends, and within days on
which the same rules hold (an `Era`), its situation does not change, so `decide` is asked once for
the whole stretch. A turn is the hour itself, or when the brand's quiet hours end for these people
(`domain/hourly_turns.py`): they are in the audience by the hour and judged at their turn.

An end counts by hours that *begin* before it: a window that ends at 14:05 is open at 14:00 and not
at 15:00, and one that ends at 14:00 sharp is closed at 14:00. That makes every hour equal to
`planning.forecast` asked for that moment, which a property test holds it to.

Nobody who is closed today is counted as open later: that is a forecast and a thing apart
(`domain/reopening.py`). `closed` says of how many people it may be made.
"""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from webapp.domain.policy.situation import FACETS, Region, TopicConsent, Window
from webapp.domain.policy.verdict import Decision, Route

HOUR = timedelta(hours=1)
WEEK = 7 * 24  # hours
MOST = 31 * 24  # hours that are looked at in one go
_WEIGHT = {facet.name: facet.weight for facet in FACETS}
Span = tuple[int, int]  # hours, the second not included


@dataclass(frozen=True)
class Hours:
    """`count` moments an hour apart, beginning with `first` (aware, whole seconds)."""

    first: datetime
    count: int

    def at(self, hour: int) -> datetime:
        return self.first + hour * HOUR

    def moments(self) -> list[datetime]:
        return [self.at(hour) for hour in range(self.count)]

    def holding(self, moment: datetime) -> int | None:
        """The hour a moment lies in."""
        hour = (moment - self.first) // HOUR
        return hour if 0 <= hour < self.count else None


@dataclass(frozen=True)
class Clock:
    """`places[hour]`: the moment people have their turn at, never before the hour's own and never
    before an earlier hour's. In the hours of `asleep` they have none."""

    places: tuple[int, ...]
    asleep: frozenset[int] = frozenset()

    def hours(self, begin: int, end: int) -> range:
        """The hours whose turns are at the places from `begin` up to `end`."""
        return range(bisect.bisect_left(self.places, begin), bisect.bisect_left(self.places, end))


class Standing(NamedTuple):
    """People whom no rule tells apart at any hour. `..._for` counts the moments of turns from the
    first one on: hours, where nobody sleeps."""

    window_for: int = 0  # the window is open
    by_ad: bool = False
    fresh_for: int = 0  # an ad's window is one like any other; of others it is not asked
    wrote_for: int = 0  # their last message is no older than a human agent may answer
    topic: TopicConsent = TopicConsent.NONE  # as long as its token lives
    token_for: int = 0
    spaced_after: int = 0  # the topic token's spacing lasts until then
    paid_for: int = 0
    paid_spaced_after: int = 0
    opted_out: bool = False
    unavailable: bool = False
    opted_in: bool = False
    free_for: int = 0  # inside a free entry point
    region: Region = Region.UNKNOWN
    window_after: int = 0  # the window had not been opened before: of hours that have passed
    capped_for: int = 0  # they have had as many messages as the brand allows
    clock: int = 0  # whose turns they have
    inside: tuple[Span, ...] = ()  # the hours in which the audience's rule holds for them

    @property
    def ends(self) -> tuple[int, ...]:
        window = (self.window_after, self.window_for, self.fresh_for, self.free_for)
        tokens = (self.token_for, self.spaced_after, self.paid_for, self.paid_spaced_after)
        return (*window, *tokens, self.wrote_for, self.capped_for)

    def code(self, hour: int) -> int:
        """Their situation at a turn, as `situation.Situation.code` counts it."""
        expired = self.topic is TopicConsent.ACTIVE and hour >= self.token_for
        digits = {
            "window": self._window(hour),
            "recent_human": hour < self.wrote_for,
            "topic": TopicConsent.EXPIRED if expired else self.topic,
            "topic_spaced": hour >= self.spaced_after,
            "paid_token": hour < self.paid_for,
            "paid_spaced": hour >= self.paid_spaced_after,
            "opted_out": self.opted_out,
            "unavailable": self.unavailable,
            "capped": hour < self.capped_for,
            "opted_in": self.opted_in,
            "free_entry": hour < self.free_for,
            "region": self.region,
        }
        return sum(_WEIGHT[name] * int(digit) for name, digit in digits.items())

    def is_fresh(self, hour: int) -> bool:
        """Whether the window is open as one is that a message opened."""
        return self._is_open(hour) and not (self.by_ad and hour >= self.fresh_for)

    def _window(self, hour: int) -> Window:
        if self.is_fresh(hour):
            return Window.OPEN
        return Window.AD if self._is_open(hour) else Window.CLOSED

    def _is_open(self, hour: int) -> bool:
        return self.window_after <= hour < self.window_for


@dataclass(frozen=True)
class Era:
    """Turns from `first` on at which the same rules hold, and what they say of a situation."""

    first: int
    decide: Callable[[int], Decision]


@dataclass(frozen=True)
class Known:
    """What is known of each hour; every sequence has one number for each of `hours`.

    `closed`: people who are not reached, and would be if they wrote. `unknown_country` counts
    people of the first hour's audience whose country nobody knows.
    """

    hours: Hours
    audience: tuple[int, ...]
    by_route: Mapping[Route, tuple[int, ...]]
    closed: tuple[int, ...]
    cost_micros: tuple[int, ...]
    unknown_country: int
    by_message: int = 0  # reached in the first hour in a window that a message opened

    @property
    def reached(self) -> tuple[int, ...]:
        return tuple(sum(column) for column in zip(*self.by_route.values(), strict=True)) or (
            (0,) * self.hours.count
        )


class _Steps:
    """A number for each hour, raised stretch by stretch."""

    def __init__(self, count: int) -> None:
        self._changes = [0] * (count + 1)

    def add(self, begin: int, end: int, n: int) -> None:
        self._changes[begin] += n
        self._changes[end] -= n

    def values(self) -> tuple[int, ...]:
        return tuple(itertools.accumulate(self._changes))[:-1]


def known(
    hours: Hours,
    people: Mapping[Standing, int],
    eras: Sequence[Era],
    clocks: Sequence[Clock] = (),
    turns: Span | None = None,
) -> Known:
    """The sum over all standings. `eras` begin with the first turn and are in order. `clocks` say
    when people have their turn (left out: at each hour); only hours with a turn among `turns`
    count (left out: all)."""
    counting = _Counting(hours, eras, clocks or (Clock(tuple(range(hours.count))),), turns)
    for standing, n in people.items():
        counting.add(standing, n)
    return counting.sum()


def added(parts: Sequence[Known]) -> Known:
    """Of the same hours, each counted in one of the parts for each clock."""
    routes = sorted({route for part in parts for route in part.by_route})
    nobody = (0,) * parts[0].hours.count
    return Known(
        parts[0].hours,
        _summed(part.audience for part in parts),
        {route: _summed(part.by_route.get(route, nobody) for part in parts) for route in routes},
        _summed(part.closed for part in parts),
        _summed(part.cost_micros for part in parts),
        sum(part.unknown_country for part in parts),
        sum(part.by_message for part in parts),
    )


def _summed(parts: Iterable[tuple[int, ...]]) -> tuple[int, ...]:
    return tuple(sum(column) for column in zip(*parts, strict=True))


class _Counting:
    def __init__(
        self, hours: Hours, eras: Sequence[Era], clocks: Sequence[Clock], turns: Span | None
    ) -> None:
        self._hours, self._eras, self._clocks, self._turns = hours, eras, clocks, turns
        self._audience, self._closed, self._cost = (_Steps(hours.count) for _ in range(3))
        self._by_route: dict[Route, _Steps] = {}
        self._unknown = self._by_message = 0

    def add(self, standing: Standing, n: int) -> None:
        clock = self._clocks[standing.clock]
        for turn, era, spans in self._stretches(standing, clock):
            for begin, end in spans:
                self._audience.add(begin, end, n)
                if begin == 0 and standing.region is Region.UNKNOWN:
                    self._unknown += n
            self._judge(standing, turn, era, list(_awake(spans, clock)), n)

    def _judge(
        self, standing: Standing, turn: int, era: Era, spans: Sequence[Span], n: int
    ) -> None:
        """People in one situation, at whose turn the hours of `spans` are."""
        code = standing.code(turn)
        decided = era.decide(code)
        if decided.allowed:
            steps = self._by_route.setdefault(decided.route, _Steps(self._hours.count))
            for begin, end in spans:
                steps.add(begin, end, n)
                self._cost.add(begin, end, n * decided.price_micros)
                if begin == 0 and standing.is_fresh(turn) and not standing.by_ad:
                    self._by_message += n
        elif not standing.is_fresh(turn) and era.decide(_written(code)).allowed:
            for begin, end in spans:
                self._closed.add(begin, end, n)

    def sum(self) -> Known:
        return Known(
            self._hours,
            self._audience.values(),
            {route: steps.values() for route, steps in sorted(self._by_route.items())},
            self._closed.values(),
            self._cost.values(),
            self._unknown,
            self._by_message,
        )

    def _stretches(
        self, standing: Standing, clock: Clock
    ) -> Iterable[tuple[int, Era, Sequence[Span]]]:
        """A turn, its rules and the hours of the audience that are in the same situation then."""
        first, last = self._turns or (0, clock.places[-1] + 1)
        turns = {*standing.ends, *(era.first for era in self._eras), first, last}
        edges = sorted(turn for turn in turns if first <= turn <= last)
        for begin, end in itertools.pairwise(edges):
            hours = clock.hours(begin, end)
            shared = ((max(a, hours.start), min(b, hours.stop)) for a, b in standing.inside)
            spans = [(a, b) for a, b in shared if a < b]
            if spans:
                yield begin, _era(self._eras, begin), spans


def _awake(spans: Iterable[Span], clock: Clock) -> Iterator[Span]:
    """The hours of `spans` in which people have a turn."""
    if not clock.asleep:
        yield from spans
        return
    for begin, end in spans:
        for asleep, hours in itertools.groupby(range(begin, end), clock.asleep.__contains__):
            if not asleep:
                listed = list(hours)
                yield listed[0], listed[-1] + 1


def _written(code: int) -> int:
    """The same situation after the person wrote."""
    window = code // _WEIGHT["window"] % len(Window)
    return code + _WEIGHT["window"] * (int(Window.OPEN) - window)


def _era(eras: Sequence[Era], turn: int) -> Era:
    return next(era for era in reversed(eras) if era.first <= turn)
