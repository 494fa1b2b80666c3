"""What reaching more people costs: the cheapest first, and how far a budget goes.

A kind is declared by a person and never changed to reach more; among its legal routes the engine
takes the cheapest for each person. So what remains to be ordered is people: those who cost
nothing, then market by market as the dated price card says.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from webapp.domain.policy.verdict import Route


@dataclass(frozen=True)
class Share:
    """People who are reached by one route at one price each."""

    people: int
    price_micros: int
    route: Route
    market: str  # a country, or the group of countries a price card names; "" where all is free


@dataclass(frozen=True)
class Point:
    """A corner of the curve: with this much, this many are reached; the last share is named."""

    people: int
    cost_micros: int
    share: Share


@dataclass(frozen=True)
class Curve:
    points: tuple[Point, ...] = ()

    @property
    def people(self) -> int:
        return self.points[-1].people if self.points else 0

    @property
    def cost_micros(self) -> int:
        return self.points[-1].cost_micros if self.points else 0

    @property
    def free(self) -> int:
        """People who cost nothing."""
        return max((p.people for p in self.points if not p.cost_micros), default=0)

    def reached_with(self, budget_micros: int | None) -> int:
        """How many a budget carries when the cheapest come first; without one, all."""
        if budget_micros is None:
            return self.people
        reached = spent = 0
        for point in self.points:
            share = point.share
            left = budget_micros - spent
            n = share.people if not share.price_micros else left // share.price_micros
            n = min(share.people, max(0, n))
            reached, spent = reached + n, spent + n * share.price_micros
        return reached


def curve(shares: Iterable[Share]) -> Curve:
    """Equal prices of one market are one share; points are in order of price."""
    merged: dict[tuple[int, str, Route], int] = {}
    for share in shares:
        key = (share.price_micros, share.market, share.route)
        merged[key] = merged.get(key, 0) + share.people
    ordered = [
        Share(people, price, route, market)
        for (price, market, route), people in sorted(merged.items())
        if people
    ]
    return Curve(tuple(_points(ordered)))


def _points(shares: Sequence[Share]) -> Iterable[Point]:
    people = itertools.accumulate(share.people for share in shares)
    costs = itertools.accumulate(share.people * share.price_micros for share in shares)
    return (Point(n, cost, share) for n, cost, share in zip(people, costs, shares, strict=True))
