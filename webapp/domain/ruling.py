"""What a rulebook makes of one kind of message on one day: a value that outlives the book.

An approval is bound to the *outcomes* (route and price of every situation), not to the book's
version. A release brings a new book and a new version; where it decides this broadcast as before,
nobody is asked to approve again. Where one single situation would be sent by another way, at
another price or not at all, the approval is void. Words, sources and the rule that gives the
reason may change without that. What is compared is every situation the rules of that day can tell
apart, so a rule that was split in two, renamed or moved is no difference, and a forgotten field is
none either. Facts of the moment (a stopped channel, an ad account, a template's state) are taken
as granted: the check before scheduling and the claim ask for them again.
"""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from typing import Any, Final, TypeVar

from webapp.domain import fingerprint
from webapp.domain.policy import engine
from webapp.domain.policy.engine import Question
from webapp.domain.policy.rulebook import Rule, Rulebook, day_of
from webapp.domain.policy.rules.clause import Clause
from webapp.domain.policy.rules.price import Card
from webapp.domain.policy.rules.row import ANY
from webapp.domain.policy.situation import FACETS, Facet, Region, Situation
from webapp.domain.policy.verdict import Route
from webapp.domain.portfolio import Portfolio

# Facts of the moment as they are best. Those a question does not have are passed over.
GRANTED: Final[Mapping[str, object]] = {
    "topic": None,  # no rule reads its name
    "channel_suspended": False,
    "has_ad_account": True,
    "template_approved": True,
    "template_category": "",
    "template_state": "",
    "portfolio": Portfolio(None),
}
REGION: Final = "region"  # which regions' rules and market prices read without a clause
Key = tuple[int, ...]
Classes = Mapping[str, Key]  # facet -> for each of its values the first one that is treated alike
Value = TypeVar("Value")


@dataclass(frozen=True)
class Outcome:
    """What becomes of people in one situation: `route` "none" unless they may be written to."""

    route: str
    price_micros: int
    reason: str  # the rule that decided

    @property
    def sent(self) -> tuple[str, int]:
        return self.route, self.price_micros


@dataclass(frozen=True)
class Ruling:
    """Outcomes by class of the values of each facet; a facet that is not named never matters.

    `spacing_s` is the time between two uses of a token that a rule asks for: it is part of what a
    situation means. Two rulings are equal when also every reason is the same.
    """

    classes: Classes
    outcomes: Mapping[Key, Outcome]
    spacing_s: int = 0

    def of(self, situation: Situation) -> Outcome | None:
        """None for a situation this ruling's book did not know."""
        values = ((known, int(getattr(situation, name))) for name, known in self.classes.items())
        key = tuple(known[value] if value < len(known) else -1 for known, value in values)
        return self.outcomes.get(key)

    @cached_property
    def fingerprint(self) -> str:
        """Of routes and prices alone."""
        classes, sent = _merged(self.classes, {k: o.sent for k, o in self.outcomes.items()})
        rows = [[list(key), *sent[key]] for key in sorted(sent)]
        return fingerprint.of([_listed(classes), rows, self.spacing_s])

    @cached_property
    def digest(self) -> str:
        """Of everything, reasons too: the name of this ruling."""
        return fingerprint.of(self.to_json())

    def to_json(self) -> dict[str, Any]:
        """The outcomes that differ, and which of them each situation has, in order of its key."""
        rows = {key: _row(outcome) for key, outcome in self.outcomes.items()}
        number = {row: n for n, row in enumerate(sorted(set(rows.values())))}
        return {
            "classes": _listed(self.classes),
            "outcomes": [list(row) for row in number],
            "table": [number[rows[key]] for key in sorted(rows)],
            "spacing_s": self.spacing_s,
        }


def from_json(kept: Mapping[str, Any] | None) -> Ruling | None:
    """None for nothing, and for facets this release no longer knows."""
    if not kept or not {name for name, _ in kept["classes"]} <= {facet.name for facet in FACETS}:
        return None
    classes = {name: tuple(known) for name, known in kept["classes"]}
    keys = itertools.product(*(sorted(set(known)) for known in classes.values()))
    outcomes = [Outcome(*row) for row in kept["outcomes"]]
    found = {key: outcomes[n] for key, n in zip(keys, kept["table"], strict=True)}
    return Ruling(classes, found, kept["spacing_s"])


def rule_on(question: Question, book: Rulebook, spacing: timedelta = timedelta()) -> Ruling:
    """The ruling of a book on the question's kind, platform and brand, on the question's day."""
    since = datetime.combine(_since(book, day_of(question.at)), time(), UTC)
    return _ruled(granted(question, since), book, int(spacing.total_seconds()))


@lru_cache(maxsize=64)
def turning_days(book: Rulebook) -> tuple[date, ...]:
    """Every day on which a rule or a price begins or is over, in order."""
    rows: tuple[Rule | Card, ...] = (*book.rules, *book.cards)
    ended = (row.valid_to + timedelta(days=1) for row in rows if row.valid_to is not None)
    return tuple(sorted({*(row.valid_from for row in rows), *ended}))


def granted(question: Question, at: datetime) -> Question:
    """The question at another moment, with every fact of the moment granted."""
    names = {field.name for field in fields(question)}
    facts: dict[str, Any] = {name: it for name, it in GRANTED.items() if name in names}
    return replace(question, at=at, **facts)


def _since(book: Rulebook, day: date) -> date:
    """The day from which on nothing in the book changed up to `day`: one ruling for all of them."""
    days = turning_days(book)
    place = bisect.bisect_right(days, day)
    return days[place - 1] if place else day


@lru_cache(maxsize=256)
def _ruled(question: Question, book: Rulebook, spacing_s: int) -> Ruling:
    facets = _facets(question, book)
    groups = _regions(question, book)
    outcomes: dict[Key, Outcome] = {}
    for key in itertools.product(*(range(facet.size) for facet in facets[:-1])):
        for group in groups:
            outcomes |= _of_regions(facets, key, group, question, book)
    everything = {facet.name: tuple(range(facet.size)) for facet in facets}
    return Ruling(*_merged(everything, outcomes), spacing_s)


def _of_regions(
    facets: tuple[Facet, ...], key: Key, group: Key, question: Question, book: Rulebook
) -> dict[Key, Outcome]:
    """Regions the rules treat alike may differ in price, which only those who are sent to have."""
    one = _outcome(facets, (*key, group[0]), question, book)
    if one.route == Route.NONE and one.reason != engine.UNPRICED:
        return {(*key, region): one for region in group}
    return {(*key, it): _outcome(facets, (*key, it), question, book) for it in group}


def _outcome(facets: tuple[Facet, ...], key: Key, question: Question, book: Rulebook) -> Outcome:
    decided = engine.decide(_situation(facets, key), question, book)
    return Outcome(decided.route.value, decided.price_micros, decided.reason.rule_id)


def _facets(question: Question, book: Rulebook) -> tuple[Facet, ...]:
    """What the rules and prices that concern the kind ask about a person; the region comes last."""
    cards = (it for it in book.holding(question.at).cards if it.platform == question.platform)
    rows = (*_concerned(question, book), *cards)
    named = {name for row in rows for clause in _clauses(row) for name, _ in clause.when}
    return tuple(facet for facet in FACETS if facet.name in named | {REGION})


def _regions(question: Question, book: Rulebook) -> list[Key]:
    """Groups of regions that no rule about the kind tells apart."""
    rules = _concerned(question, book)
    named = [values for it in _clauses(rules) for name, values in it.when if name == REGION]
    groups: dict[tuple[bool, ...], list[int]] = {}
    for region in Region:
        admitted = (rule.recipient_regions.admit(region) for rule in rules)
        groups.setdefault((*admitted, *(region in it for it in named)), []).append(int(region))
    return [tuple(group) for group in groups.values()]


def _concerned(question: Question, book: Rulebook) -> tuple[Rule, ...]:
    rules = (rule for rule in book.holding(question.at).rules if question.kind in rule.kinds)
    return tuple(rule for rule in rules if rule.platform in (question.platform, ANY))


def _clauses(value: object) -> Iterator[Clause]:
    """Every clause inside a row of the book, wherever it stands."""
    if isinstance(value, Clause):
        yield value
    elif isinstance(value, tuple):
        for it in value:
            yield from _clauses(it)
    elif is_dataclass(value):
        for field in fields(value):
            yield from _clauses(getattr(value, field.name))


def _situation(facets: tuple[Facet, ...], key: Key) -> Situation:
    values = {
        facet.name: bool(digit) if facet.values is None else facet.values(digit)
        for facet, digit in zip(facets, key, strict=True)
    }
    return Situation(**values)  # type: ignore[arg-type]


def _merged(classes: Classes, table: Mapping[Key, Value]) -> tuple[Classes, Mapping[Key, Value]]:
    """With values that are treated alike in one class, and without facets that have one class
    only: the same decisions give the same table, however they were written down."""
    names, found = list(classes), {}
    for place in reversed(range(len(names))):
        name, known = names[place], classes[names[place]]
        first = _alike(table, place)
        table = {key: value for key, value in table.items() if first[key[place]] == key[place]}
        if len(set(first.values())) == 1:
            table = {key[:place] + key[place + 1 :]: value for key, value in table.items()}
        else:
            found[name] = tuple(first[value] for value in known)
    return {name: found[name] for name in names if name in found}, table


def _alike(table: Mapping[Key, Value], place: int) -> Mapping[int, int]:
    """For each value at a place of the key, the first value that has the same outcomes."""
    slices: dict[int, list[tuple[Key, Value]]] = {}
    for key in sorted(table):
        slices.setdefault(key[place], []).append((key[:place] + key[place + 1 :], table[key]))
    first: dict[int, int] = {}
    for value, rows in slices.items():
        first[value] = next((it for it in first if slices[it] == rows), value)
    return first


def _row(outcome: Outcome) -> tuple[str, int, str]:
    return outcome.route, outcome.price_micros, outcome.reason


def _listed(classes: Classes) -> list[list[object]]:
    return [[name, list(known)] for name, known in classes.items()]
