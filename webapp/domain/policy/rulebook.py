"""The platforms' rules as dated data: read, checked, and asked for a day."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from importlib import resources

from webapp.domain.broadcast import Kind
from webapp.domain.event import WHATSAPP
from webapp.domain.limits import Limits, Unit
from webapp.domain.policy.rules import limit, price, reading, rule
from webapp.domain.policy.rules.limit import Limit
from webapp.domain.policy.rules.price import Card, Price
from webapp.domain.policy.rules.row import RulebookError
from webapp.domain.policy.rules.rule import Rule
from webapp.domain.policy.situation import Situation
from webapp.domain.policy.verdict import Route

__all__ = ["Change", "Rule", "Rulebook", "RulebookError", "load", "read"]
_A_DAY = timedelta(days=1)
_NO_ROWS = frozenset({"unit", "one_text"})  # of `Limits`: told by other rows, or by the platform


@dataclass(frozen=True)
class Change:
    """What becomes of one rule on one day: begins (no `before`), ends (no `after`) or changes."""

    day: date
    rule_id: str
    before: Rule | None
    after: Rule | None


@dataclass(frozen=True, eq=False)
class Rulebook:
    """The whole book, or its slice of one day. `version` is the hash of the whole content."""

    version: str
    rules: tuple[Rule, ...]
    cards: tuple[Card, ...]
    bounds: tuple[Limit, ...]

    @property
    def first_day(self) -> date:
        return min(rule.valid_from for rule in self.rules)

    def first_day_of(self, platform: str) -> date | None:
        """Since when the book speaks of a platform; None: it never does."""
        days = (rule.valid_from for rule in self.rules if rule.platform == platform)
        return min(days, default=None)

    def holding(self, at: datetime) -> Rulebook:
        """The rows that hold on the UTC day of an aware moment, under the same version."""
        return _slice(self, day_of(at))

    def rule(self, rule_id: str, at: datetime) -> Rule | None:
        """The row of this id that holds at the moment; its params are what others count with."""
        return next((r for r in self.holding(at).rules if r.id == rule_id), None)

    def changes(self, since: date, until: date) -> tuple[Change, ...]:
        """What begins, ends or changes after `since` and up to and with `until`, by day."""
        found: dict[tuple[date, str, str], Change] = {}
        for row in self.rules:
            for day, change in _turns(row):
                if since < day <= until:
                    key = (day, row.id, ",".join(sorted(row.kinds)))
                    found[key] = _joined(found.get(key), change)
        return tuple(found[key] for key in sorted(found))

    def turns(self, since: date, until: date) -> tuple[date, ...]:
        """The days after `since`, up to and with `until`, on which a rule, a price card or a limit
        begins or no longer holds: on no other day does the same question get another answer."""
        rows: list[Rule | Card | Limit] = [*self.rules, *self.cards, *self.bounds]
        firsts = {row.valid_from for row in rows}
        after = {row.valid_to + _A_DAY for row in rows if row.valid_to is not None}
        return tuple(sorted(day for day in firsts | after if since < day <= until))

    def price(
        self,
        market: str | None,
        at: datetime,
        route: Route,
        platform: str = "messenger",
        situation: Situation | None = None,
    ) -> Price | None:
        """The planning price in a market or country (ISO 3166); None: not known. A market of None
        is an unknown country and costs what the dearest market does. With a situation the price is
        0 where the platform charges nothing for such a person."""
        card = self.card(at, route, platform)
        return card.price(market, route, situation) if card else None

    def price_of(
        self, situation: Situation, at: datetime, route: Route, platform: str
    ) -> Price | None:
        """What one person in this situation costs at the most; None: not known."""
        card = self.card(at, route, platform)
        return card.price_of(situation, route) if card else None

    def card(self, at: datetime, route: Route, platform: str) -> Card | None:
        """The price card of the day that has this route."""
        cards = self.holding(at).cards
        return next((c for c in cards if c.platform == platform and route in c.routes), None)

    def limits(self, platform: str, at: datetime, kind: Kind | None = None) -> Mapping[str, Limit]:
        """Content and rate limits by name; a kind's own limit stands before the general one."""
        rows = [b for b in self.holding(at).bounds if b.concerns(platform, kind)]
        return {row.name: row for row in sorted(rows, key=lambda row: bool(row.kinds))}

    def content_limits(self, platform: str, at: datetime, kind: Kind | None = None) -> Limits:
        """The same as the value the message checks count with. KeyError: not in the book."""
        rows = self.limits(platform, at, kind)
        fields = [name for name in Limits.__dataclass_fields__ if name not in _NO_ROWS]
        unit, one_text = Unit(rows["text"].unit), platform == WHATSAPP
        return Limits(unit=unit, one_text=one_text, **{name: rows[name].value for name in fields})


def load(today: date | None = None) -> Rulebook:
    """The book that comes with this release. RulebookError when it cannot be used."""
    folder = resources.files("webapp.domain.policy") / "rulebook"
    files = sorted(folder.iterdir(), key=lambda file: file.name)
    return read({f.name: f.read_bytes() for f in files if f.name.endswith(".toml")}, today)


def read(files: Mapping[str, bytes], today: date | None = None) -> Rulebook:
    """A book from TOML files by name. Order counts: of two denials the first is the reason.

    Whoever knows the day gives it as `today`: then a source checked in the future is refused."""
    tables = {name: reading.parsed(name, content) for name, content in files.items()}
    book = Rulebook(
        version=_version(tables),
        rules=reading.rows(tables, "rule", rule.read, today),
        cards=reading.rows(tables, "card", price.read, today),
        bounds=reading.rows(tables, "limit", limit.read, today),
    )
    if not book.rules:
        raise RulebookError(", ".join(files) or "none", "none", "rule", "the book has no rules")
    return book


def day_of(at: datetime) -> date:
    """The UTC day of an aware moment; rules begin and end with UTC days."""
    if at.tzinfo is None:
        raise ValueError("`at` has no time zone: the rulebook is asked with aware times only")
    return at.astimezone(UTC).date()


@functools.lru_cache(maxsize=1024)
def _slice(book: Rulebook, day: date) -> Rulebook:
    return replace(
        book,
        rules=tuple(row for row in book.rules if row.holds_on(day)),
        cards=tuple(row for row in book.cards if row.holds_on(day)),
        bounds=tuple(row for row in book.bounds if row.holds_on(day)),
    )


def _turns(row: Rule) -> Iterator[tuple[date, Change]]:
    yield row.valid_from, Change(row.valid_from, row.id, None, row)
    if row.valid_to is not None:
        after = row.valid_to + _A_DAY
        yield after, Change(after, row.id, row, None)


def _joined(one: Change | None, other: Change) -> Change:
    if one is None:
        return other
    return replace(one, before=one.before or other.before, after=one.after or other.after)


def _version(tables: Mapping[str, object]) -> str:
    content = json.dumps(tables, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()[:16]
