"""One person over time: when she may be written to, and which rule says so.

Between two change points nothing the rules look at can change: a window's or a token's end, the end
of a spacing, a day on which a row of the book begins or ends. So the engine is asked once at each
of them, and stretches that come out alike are joined. A point is the first moment of what it
begins, as all rules read it: at the very end of a window it is closed.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from webapp.domain.broadcast import Kind
from webapp.domain.house_rules import CAP
from webapp.domain.policy import changing, engine
from webapp.domain.policy.engine import Question
from webapp.domain.policy.rulebook import Rulebook
from webapp.domain.policy.rules.rule import Rule
from webapp.domain.policy.situation import Region
from webapp.domain.policy.standing import AT_ONCE, Standing, situation_at
from webapp.domain.policy.verdict import Decision, Route, Until, Verdict
from webapp.domain.wording import Sentence, say

SPAN = timedelta(days=14)
_A_DAY = timedelta(days=1)

_ALLOWED: Mapping[Route, Sentence] = {
    Route.WINDOW: say("Freely, inside the window"),
    Route.SUBSCRIPTION: say("As a subscription message"),
    Route.UTILITY: say("As an approved template"),
    Route.SPONSORED: say("As a paid message"),
}
_THEIRS = frozenset({Until.WHEN_THEY_WRITE, Until.WHEN_THEY_OPT_IN})
_NOT: Mapping[frozenset[Until], Sentence] = {
    frozenset({Until.WHEN_THEY_WRITE}): say("Not unless they write"),
    frozenset({Until.WHEN_THEY_OPT_IN}): say("Not unless they opt in"),
    _THEIRS: say("Not unless they write and opt in"),
}
_NEVER: Mapping[frozenset[Until], Sentence] = {
    frozenset({Until.WHEN_THEY_WRITE}): say("Never, unless they write"),
    frozenset({Until.WHEN_THEY_OPT_IN}): say("Never, unless they opt in"),
    _THEIRS: say("Never, unless they write and opt in"),
}
_NOT_BY_RULE = say("Not under the rules of this time")
_NEVER_BY_RULE = say("Never under the rules known today")


@dataclass(frozen=True)
class Stretch:
    """A time in which one answer holds. `never`: nothing known today ends this refusal."""

    starts_at: datetime
    ends_at: datetime | None  # None: not within the span that was asked about
    decision: Decision
    never: bool = False

    @property
    def words(self) -> Sentence:
        """The answer in a few words: how, when, or unless what."""
        decision = self.decision
        if decision.allowed:
            return _ALLOWED[decision.route]
        if decision.held:
            ends = changing.words(decision.until, decision.reason.rule_ends_on)
            return say("It waits, and may go %(when)s", when=ends)
        waits = frozenset(decision.ends)
        if self.never:
            return _NEVER.get(waits, _NEVER_BY_RULE)
        return _NOT.get(waits, _NOT_BY_RULE)


def timeline(
    standing: Standing, question: Question, book: Rulebook, until: datetime
) -> tuple[Stretch, ...]:
    """From the question's moment to `until`, without gaps; the last one's end is left open."""
    found: list[tuple[datetime, Decision]] = []
    for at, decision in _course(standing, question, book, until):
        if not found or outcome(found[-1][1]) != outcome(decision):
            found.append((at, decision))
    ends: list[datetime | None] = [at for at, _ in found[1:]]
    stretches = [Stretch(at, end, it) for (at, it), end in zip(found, [*ends, None], strict=True)]
    last = stretches[-1]
    never = next_legal(standing, replace(question, at=last.starts_at), book) is None
    return (*stretches[:-1], replace(last, never=never))


def next_legal(standing: Standing, question: Question, book: Rulebook) -> datetime | None:
    """The first moment from the question's on at which it may be sent, as far as is known now."""
    course = _course(standing, question, book, None)
    return next((at for at, decision in course if decision.allowed), None)


def ends_at(standing: Standing, question: Question, book: Rulebook) -> datetime | None:
    """When an answer that allows becomes another one, as far as is known now."""
    course = _course(standing, question, book, None)
    _, here = next(course)
    return next((at for at, later in course if outcome(later) != outcome(here)), None)


def decide(standing: Standing, question: Question, book: Rulebook) -> Decision:
    """The engine's answer about this person at the question's moment."""
    situation = situation_at(standing, question.at, spacing(question, book))
    return engine.decide(situation, question, book)


def outcome(decision: Decision) -> Decision:
    """What makes two decisions the same answer: not what the rules that decided nothing said."""
    return replace(decision, verdicts=())


def known_end(
    verdict: Verdict, standing: Standing, question: Question, book: Rulebook
) -> datetime | None:
    """When this verdict changes, where it has a time that is known; never one that has passed."""
    ends: datetime | None = None
    if verdict.until is Until.WINDOW_END:
        ends = standing.window_ends_at
    elif verdict.until is Until.SPACING_END:
        ends = standing.free_at(spacing(question, book))
    elif verdict.until is Until.QUIET_END:
        ends = standing.quiet_until(question.at)
    elif verdict.rule_id == CAP:
        ends = standing.capped_until(question.at)
    elif verdict.until is Until.CAP_END:
        ends = question.portfolio.frees_at
    elif verdict.until is Until.RULE_END and verdict.rule_ends_on is not None:
        ends = midnight(verdict.rule_ends_on + _A_DAY)
    return ends if ends is not None and ends > question.at else None


def hangs_on_country(standing: Standing, question: Question, book: Rulebook) -> bool:
    """Whether the country is unknown and some country would make it another answer."""
    if standing.region is not Region.UNKNOWN:
        return False
    here = outcome(decide(standing, question, book))
    elsewhere = (replace(standing, region=region) for region in Region)
    return any(outcome(decide(one, question, book)) != here for one in elsewhere)


def spacing(question: Question, book: Rulebook) -> timedelta:
    """How long the rules of the question's day leave between two uses of a token."""
    today = book.holding(question.at)
    return max(_lengths(today, question.platform, question.kind), default=AT_ONCE)


def _course(
    standing: Standing, question: Question, book: Rulebook, until: datetime | None
) -> Iterator[tuple[datetime, Decision]]:
    """Every moment at which the answer may change, the first one included, and the answer then."""
    lengths = {AT_ONCE, *_lengths(book, question.platform, question.kind)}
    turns = standing.moments(lengths) | _turns(book, question.platform, question.kind)
    turns |= {at for at in (question.portfolio.frees_at,) if at is not None}
    waits = (standing.quiet_until(at) for at in turns)
    turns |= {at for at in waits if at is not None}
    turns |= set(standing.quiet_turns(question.at, until or question.at + SPAN))
    later = sorted(at for at in turns if question.at < at and (until is None or at < until))
    for at in (question.at, *later):
        yield at, decide(standing, replace(question, at=at), book)


@functools.lru_cache(maxsize=4096)
def _lengths(book: Rulebook, platform: str, kind: Kind) -> tuple[timedelta, ...]:
    """The spacings of the rows that hold a message until one has passed."""
    holding = (
        rule
        for rule in _concerned(book, platform, kind)
        if rule.holds is not None and rule.holds.until is Until.SPACING_END
    )
    return tuple(timedelta(hours=float(rule.params["hours"])) for rule in holding)


@functools.lru_cache(maxsize=64)
def _turns(book: Rulebook, platform: str, kind: Kind) -> frozenset[datetime]:
    """The moments at which a row that decides, or a price, begins or has ended."""
    spans = [(rule.valid_from, rule.valid_to) for rule in _concerned(book, platform, kind)]
    spans += [(card.valid_from, card.valid_to) for card in book.cards if card.platform == platform]
    begun = {first for first, _ in spans}
    ended = {last + _A_DAY for _, last in spans if last is not None}
    return frozenset(midnight(day) for day in begun | ended)


def _concerned(book: Rulebook, platform: str, kind: Kind) -> list[Rule]:
    routes = engine.ROUTES_OF_KIND[kind]
    return [
        rule
        for rule in book.rules
        if rule.decides and any(rule.concerns(platform, kind, route) for route in routes)
    ]


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
