"""What a message costs: one card per platform and date, one row per market."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from webapp.domain.policy import region as places
from webapp.domain.policy.region import COUNTRIES, Region
from webapp.domain.policy.rules import clause
from webapp.domain.policy.rules.clause import Clause
from webapp.domain.policy.rules.row import Row
from webapp.domain.policy.situation import Situation
from webapp.domain.policy.verdict import Confidence, Route

OTHER = "other"  # the market of every country without a row of its own


@dataclass(frozen=True)
class Price:
    """The planning price of one delivered message, in millionths of `currency`."""

    micros: int
    currency: str
    market: str
    card_id: str
    source: str
    confidence: Confidence
    note: str


@dataclass(frozen=True)
class Free:
    """Where a card charges nothing: the routes (empty: all of its own) and the situations."""

    routes: tuple[Route, ...]
    clause: Clause

    def covers(self, route: Route, situation: Situation) -> bool:
        named = not self.routes or route in self.routes
        return named and self.clause.speaks(clause.facts_of(situation), frozenset())


@dataclass(frozen=True)
class Card:
    """A platform's prices between two days. Markets are ISO 3166 codes or names of groups."""

    id: str
    platform: str
    currency: str
    routes: tuple[Route, ...]  # the columns of `rates`
    rates: Mapping[str, tuple[int, ...]]  # market -> micros by column
    markets: Mapping[str, str]  # country -> market, for countries inside a group
    free: tuple[Free, ...]
    valid_from: date
    valid_to: date | None
    source: str
    checked_on: date
    confidence: Confidence
    note: str = ""

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    def price(
        self, market: str | None, route: Route, situation: Situation | None = None
    ) -> Price | None:
        """The price in a market or country; an unknown one (None) costs what the dearest does.

        With a situation it is 0 where the card charges nothing for such a person."""
        if route not in self.routes:
            return None
        column = self.routes.index(route)
        found = self._dearest(self.rates, column) if market is None else self._market(market)
        if found is None:
            return None
        price = self._price(found, column)
        return replace(price, micros=0) if self._is_free(route, situation) else price

    def price_of(self, situation: Situation, route: Route) -> Price | None:
        """What the person costs: where a region has several markets, the dearest of them."""
        if route not in self.routes:
            return None
        known = {name for name in self._markets_in(situation.region) if name is not None}
        if not known:
            return None
        dearest = self._dearest(known, self.routes.index(route))
        return self.price(dearest, route, situation)

    def _is_free(self, route: Route, situation: Situation | None) -> bool:
        return situation is not None and any(f.covers(route, situation) for f in self.free)

    def _market(self, market: str) -> str | None:
        name = self.markets.get(market, market)
        return name if name in self.rates else OTHER if OTHER in self.rates else None

    def _markets_in(self, region: Region) -> Iterator[str | None]:
        if region is Region.UNKNOWN:
            yield from self.rates
        elif region is Region.OTHER:
            yield self._market(OTHER)
            named = (*self.rates, *self.markets)
            yield from (self._market(it) for it in named if places.region_of(it) is region)
        else:
            yield from (self._market(country) for country in COUNTRIES[region])

    def _dearest(self, markets: Mapping[str, object] | set[str], column: int) -> str:
        """Of equals the first by name, so that the same book always names the same."""
        return max(sorted(markets), key=lambda market: self.rates[market][column])

    def _price(self, market: str, column: int) -> Price:
        return Price(
            self.rates[market][column],
            self.currency,
            market,
            self.id,
            self.source,
            self.confidence,
            self.note,
        )


def read(row: Row) -> Card:
    """One [[card]] table; `rates` rows have one number per route in `routes`."""
    first = row.day("valid_from")
    routes = row.members("routes", Route)
    if not routes:
        raise row.wrong("routes", "a card needs at least one route")
    rates = {name: _rates(row, name, len(routes)) for name in row.table("rates")}
    if not rates:
        raise row.wrong("rates", "a card needs at least one market")
    made = Card(
        id=row.id,
        platform=row.platform(),
        currency=_currency(row),
        routes=routes,
        rates=rates,
        markets=_markets(row, rates),
        free=tuple(_free(it) for it in row.inners("free")),
        valid_from=first,
        valid_to=row.last_day(first),
        source=row.source(),
        checked_on=row.day("checked_on"),
        confidence=row.confidence(),
        note=row.text("note", ""),
    )
    row.done()
    return made


def _rates(row: Row, market: str, width: int) -> tuple[int, ...]:
    rates = row.table("rates")[market]
    listed = rates if isinstance(rates, list) else [rates]
    if len(listed) != width or not all(type(rate) is int and rate >= 0 for rate in listed):
        raise row.wrong("rates", f"{market} needs {width} whole number(s), in millionths")
    return tuple(listed)


def _markets(row: Row, rates: Mapping[str, object]) -> Mapping[str, str]:
    markets = {country: str(name) for country, name in row.table("markets").items()}
    for country, market in markets.items():
        if places.country_code(country) != country:
            raise row.wrong("markets", f'"{country}" is no ISO 3166 country code')
        if market not in rates:
            raise row.unknown("markets", market, rates)
    return markets


def _free(row: Row) -> Free:
    """One table of `free`: `when` names facets, `routes` some of the card's."""
    made = Free(row.members("routes", Route), clause.conditions(row))
    if not made.clause.when:
        raise row.wrong("free", "a card that is free for everybody needs no rates; say when")
    row.done()
    return made


def _currency(row: Row) -> str:
    """Budgets, ledger and screens count in the platforms' own currency."""
    code = row.text("currency")
    if code != "USD":
        raise row.wrong("currency", f'"{code}" is not counted in; write the card in USD')
    return code
