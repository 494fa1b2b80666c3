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
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from typing import Any, Final

from webapp.domain import fingerprint
from webapp.domain.policy import engine
from webapp.domain.policy.engine import Question
from webapp.domain.policy.rulebook import Rule, Rulebook, day_of
from webapp.domain.policy.rules.price import Card
from webapp.domain.policy.rules.row import ANY
from webapp.domain.policy.situation import FACETS, Facet, Situation

PRICED_BY: Final = frozenset({"region"})  # facets a price looks at besides the rules' clauses
Key = tuple[int, ...]


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
    """Outcomes by the values of `facets`; no other facet makes a difference to them.

    `spacing_s` is the time between two uses of a token that a rule asks for: it is part of what a
    situation means. Two rulings are equal when also every reason is the same.
    """

    facets: tuple[str, ...]
    outcomes: Mapping[Key, Outcome]
    spacing_s: int = 0

    def of(self, situation: Situation) -> Outcome | None:
        """None for a situation this ruling's book did not know."""
        return self.outcomes.get(tuple(int(getattr(situation, name)) for name in self.facets))

    @cached_property
    def fingerprint(self) -> str:
        """Of routes and prices alone, and only over the facets that change them."""
        facets, sent = _told_apart(self.facets, {k: o.sent for k, o in self.outcomes.items()})
        rows = [[list(key), *sent[key]] for key in sorted(sent)]
        return fingerprint.of([list(facets), rows, self.spacing_s])

    @cached_property
    def digest(self) -> str:
        """Of everything, reasons too: the name of this ruling."""
        return fingerprint.of(self.to_json())

    def to_json(self) -> dict[str, Any]:
        """The outcomes that differ, and for every situation in order which of them it has."""
        keys = sorted(self.outcomes)
        distinct = sorted({_row(outcome) for outcome in self.outcomes.values()})
        return {
            "facets": list(self.facets),
            "sizes": [max(values) + 1 for values in zip(*keys, strict=True)],
            "outcomes": [list(row) for row in distinct],
            "table": [distinct.index(_row(self.outcomes[key])) for key in keys],
            "spacing_s": self.spacing_s,
        }


def from_json(kept: Mapping[str, Any] | None) -> Ruling | None:
    """None for nothing, and for facets this release no longer knows."""
    if not kept or not set(kept["facets"]) <= {facet.name for facet in FACETS}:
        return None
    keys = itertools.product(*(range(size) for size in kept["sizes"]))
    outcomes = [Outcome(*row) for row in kept["outcomes"]]
    found = {key: outcomes[n] for key, n in zip(keys, kept["table"], strict=True)}
    return Ruling(tuple(kept["facets"]), found, kept["spacing_s"])


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
    return replace(
        question,
        at=at,
        channel_suspended=False,
        has_ad_account=True,
        template_approved=True,
    )


def _since(book: Rulebook, day: date) -> date:
    """The day from which on nothing in the book changed up to `day`: one ruling for all of them."""
    days = turning_days(book)
    place = bisect.bisect_right(days, day)
    return days[place - 1] if place else day


@lru_cache(maxsize=512)
def _ruled(question: Question, book: Rulebook, spacing_s: int) -> Ruling:
    facets = _facets(question, book)
    outcomes = {}
    for key in itertools.product(*(range(facet.size) for facet in facets)):
        decided = engine.decide(_situation(facets, key), question, book)
        reason = decided.reason.rule_id
        outcomes[key] = Outcome(decided.route.value, decided.price_micros, reason)
    return Ruling(tuple(facet.name for facet in facets), outcomes, spacing_s)


def _facets(question: Question, book: Rulebook) -> tuple[Facet, ...]:
    """What the rules that concern the kind ask about a person, and what prices do."""
    named = set(_named(question, book)) | PRICED_BY
    return tuple(facet for facet in FACETS if facet.name in named)


def _named(question: Question, book: Rulebook) -> Iterator[str]:
    for rule in book.holding(question.at).rules:
        if rule.platform in (question.platform, ANY) and question.kind in rule.kinds:
            yield from (name for clause in rule.clauses for name, _ in clause.when)


def _situation(facets: tuple[Facet, ...], key: Key) -> Situation:
    values = {
        facet.name: bool(digit) if facet.values is None else facet.values(digit)
        for facet, digit in zip(facets, key, strict=True)
    }
    return Situation(**values)  # type: ignore[arg-type]


def _row(outcome: Outcome) -> tuple[str, int, str]:
    return outcome.route, outcome.price_micros, outcome.reason


def _told_apart(
    facets: tuple[str, ...], sent: Mapping[Key, tuple[str, int]]
) -> tuple[tuple[str, ...], Mapping[Key, tuple[str, int]]]:
    """Without the facets whose value never matters, so that equal outcomes look equal."""
    for place in reversed(range(len(facets))):
        merged: dict[Key, set[tuple[str, int]]] = {}
        for key, outcome in sent.items():
            merged.setdefault(key[:place] + key[place + 1 :], set()).add(outcome)
        if all(len(found) == 1 for found in merged.values()):
            facets = facets[:place] + facets[place + 1 :]
            sent = {key: found.pop() for key, found in merged.items()}
    return facets, sent
