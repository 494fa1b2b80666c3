"""What a message costs: one card per platform and date, one row per market."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from webapp.domain.policy.rules.row import Row
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
class Card:
    """A platform's prices between two days. Markets are ISO 3166 codes or names of groups."""

    id: str
    platform: str
    currency: str
    routes: tuple[Route, ...]  # the columns of `rates`
    rates: Mapping[str, tuple[int, ...]]  # market -> micros by column
    markets: Mapping[str, str]  # country -> market, for countries inside a group
    valid_from: date
    valid_to: date | None
    source: str
    checked_on: date
    confidence: Confidence
    note: str = ""

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    def price(self, market: str | None, route: Route) -> Price | None:
        """The price in a market or country; an unknown one (None) costs what the dearest does."""
        if route not in self.routes:
            return None
        column = self.routes.index(route)
        found = self._dearest(column) if market is None else self._market(market)
        return None if found is None else self._price(found, column)

    def _market(self, market: str) -> str | None:
        name = self.markets.get(market, market)
        return name if name in self.rates else OTHER if OTHER in self.rates else None

    def _dearest(self, column: int) -> str:
        return max(self.rates, key=lambda market: self.rates[market][column])

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
    made = Card(
        id=row.id,
        platform=row.platform(),
        currency=row.text("currency"),
        routes=routes,
        rates={name: _rates(row, name, len(routes)) for name in row.table("rates")},
        markets={name: str(market) for name, market in row.table("markets").items()},
        valid_from=first,
        valid_to=row.last_day(first),
        source=row.source(),
        checked_on=row.day("checked_on"),
        confidence=row.confidence(),
        note=row.text("note", ""),
    )
    if not made.rates:
        raise row.wrong("rates", "a card needs at least one market")
    row.done()
    return made


def _rates(row: Row, market: str, width: int) -> tuple[int, ...]:
    rates = row.table("rates")[market]
    listed = rates if isinstance(rates, list) else [rates]
    if len(listed) != width or not all(type(rate) is int and rate >= 0 for rate in listed):
        raise row.wrong("rates", f"{market} needs {width} whole number(s), in millionths")
    return tuple(listed)
