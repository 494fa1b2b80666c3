"""The platforms' rules as dated data: read, checked, and asked for a day."""

from __future__ import annotations

import functools
import hashlib
import itertools
import json
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from importlib import resources
from typing import Any, TypeVar

from webapp.domain.broadcast import Kind
from webapp.domain.limits import Limits, Unit
from webapp.domain.policy.rules import reading
from webapp.domain.policy.rules.limit import Limit
from webapp.domain.policy.rules.price import Card, Price
from webapp.domain.policy.rules.row import Row, RulebookError
from webapp.domain.policy.rules.rule import Rule
from webapp.domain.policy.verdict import Route

__all__ = ["Change", "Rule", "Rulebook", "RulebookError", "load", "read"]
_Dated = TypeVar("_Dated", Rule, Limit, Card)
_A_DAY = timedelta(days=1)


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

    def holding(self, at: datetime) -> Rulebook:
        """The rows that hold on the UTC day of an aware moment, under the same version."""
        return _slice(self, day_of(at))

    def rule(self, rule_id: str, at: datetime) -> Rule | None:
        """The row of this id that holds at the moment; its params are what others count with."""
        return next((r for r in self.holding(at).rules if r.id == rule_id), None)

    def changes(self, since: date, until: date) -> tuple[Change, ...]:
        """What begins, ends or changes after `since` and up to and with `until`, by day."""
        found: dict[tuple[date, str, str], Change] = {}
        for rule in self.rules:
            for day, change in _turns(rule):
                if since < day <= until:
                    key = (day, rule.id, ",".join(sorted(rule.kinds)))
                    found[key] = _joined(found.get(key), change)
        return tuple(found[key] for key in sorted(found))

    def price(
        self, market: str | None, at: datetime, route: Route, platform: str = "messenger"
    ) -> Price | None:
        """The planning price in a market or country (ISO 3166); None: not known. A market of None
        is an unknown country and costs what the dearest market does."""
        for card in self.holding(at).cards:
            if card.platform == platform and route in card.routes:
                return card.price(market, route)
        return None

    def limits(self, platform: str, at: datetime, kind: Kind | None = None) -> Mapping[str, Limit]:
        """Content and rate limits by name; a kind's own limit stands before the general one."""
        rows = [b for b in self.holding(at).bounds if b.concerns(platform, kind)]
        return {row.name: row for row in sorted(rows, key=lambda row: bool(row.kinds))}

    def content_limits(self, platform: str, at: datetime, kind: Kind | None = None) -> Limits:
        """The same as the value the message checks count with. KeyError: not in the book."""
        rows = self.limits(platform, at, kind)
        fields = [name for name in Limits.__dataclass_fields__ if name != "unit"]
        unit = Unit(rows["text"].unit)
        return Limits(unit=unit, **{name: rows[name].value for name in fields})


def load() -> Rulebook:
    """The book that comes with this release. RulebookError when it cannot be used."""
    folder = resources.files("webapp.domain.policy") / "rulebook"
    files = sorted(folder.iterdir(), key=lambda file: file.name)
    return read({f.name: f.read_bytes() for f in files if f.name.endswith(".toml")})


def read(files: Mapping[str, bytes]) -> Rulebook:
    """A book from TOML files by name. Order counts: of two denials the first is the reason."""
    tables = {name: _parsed(name, content) for name, content in files.items()}
    book = Rulebook(
        version=_version(tables),
        rules=_rows(tables, "rule", reading.rule_of),
        cards=_rows(tables, "card", reading.card_of),
        bounds=_rows(tables, "limit", reading.limit_of),
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


def _turns(rule: Rule) -> Iterator[tuple[date, Change]]:
    yield rule.valid_from, Change(rule.valid_from, rule.id, None, rule)
    if rule.valid_to is not None:
        after = rule.valid_to + _A_DAY
        yield after, Change(after, rule.id, rule, None)


def _joined(one: Change | None, other: Change) -> Change:
    if one is None:
        return other
    return replace(one, before=one.before or other.before, after=one.after or other.after)


def _version(tables: Mapping[str, object]) -> str:
    content = json.dumps(tables, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def _parsed(name: str, content: bytes) -> dict[str, Any]:
    try:
        text = content.decode()
        return tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise RulebookError(name, "?", "?", "the file is not UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise RulebookError(name, *_place(text, str(error)), str(error)) from error


def _place(text: str, problem: str) -> tuple[str, str]:
    """The rule and field of a TOML error, from the line it names."""
    line = re.search(r"line (\d+)", problem)
    lines = text.splitlines()[: int(line[1]) if line else None]
    ids = [found[1] for found in (re.match(r'id *= *"([^"]*)"', row) for row in lines) if found]
    field = re.match(r"\s*([A-Za-z_]+)", lines[-1]) if lines else None
    return ids[-1] if ids else "?", field[1] if field else "?"


def _rows(
    tables: Mapping[str, dict[str, Any]], noun: str, made_of: Callable[[Row], _Dated]
) -> tuple[_Dated, ...]:
    found: list[tuple[str, _Dated]] = []
    for file, content in tables.items():
        _check_nouns(file, content)
        found.extend((file, made_of(Row(file, table))) for table in content.get(noun, ()))
    _check_overlaps(found)
    return tuple(row for _, row in found)


def _check_nouns(file: str, content: Iterable[str]) -> None:
    for noun in content:
        if noun not in ("rule", "card", "limit"):
            raise RulebookError(file, "none", noun, "only rule, card and limit are known")


def _check_overlaps(found: list[tuple[str, _Dated]]) -> None:
    """Two rows of one id about the same kinds on the same day say two things at once."""
    by_id = sorted(found, key=lambda pair: (pair[1].id, pair[1].valid_from))
    for _, group in itertools.groupby(by_id, key=lambda pair: pair[1].id):
        for (_, one), (file, other) in itertools.combinations(group, 2):
            if other.valid_from <= (one.valid_to or date.max) and _same_matter(one, other):
                raise RulebookError(
                    file,
                    other.id,
                    "valid_from",
                    f"on {other.valid_from} another row of this rule still holds",
                )


def _same_matter(one: _Dated, other: _Dated) -> bool:
    if isinstance(one, Card) or isinstance(other, Card) or not (one.kinds and other.kinds):
        return True
    return bool(one.kinds & other.kinds)
