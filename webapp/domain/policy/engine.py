"""One pure function reads the rulebook: may this be sent to a person in this situation?"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from webapp.domain.broadcast import Kind
from webapp.domain.policy.question import Question
from webapp.domain.policy.rulebook import Rulebook, day_of
from webapp.domain.policy.rules import clause as clauses
from webapp.domain.policy.rules.rule import Rule
from webapp.domain.policy.situation import Situation
from webapp.domain.policy.verdict import Confidence, Decision, Route, Stance, Until, Verdict
from webapp.domain.wording import Sentence, say

__all__ = ["ROUTES_OF_KIND", "Question", "decide", "is_regional", "refuse_kind"]
# The routes a kind may take. A kind is declared by a person and never changed to reach more, so
# a kind has exactly its own route; HUMAN_AGENT is for people's own replies, never a broadcast.
ROUTES_OF_KIND: Mapping[Kind, tuple[Route, ...]] = {
    Kind.STANDARD: (Route.WINDOW,),
    Kind.SUBSCRIPTION: (Route.SUBSCRIPTION,),
    Kind.SPONSORED: (Route.SPONSORED,),
    Kind.UTILITY: (Route.UTILITY,),
}
PAID = frozenset({Route.SPONSORED})  # without a known price these are not sent
PAID_ON: Mapping[str, frozenset[Route]] = {"whatsapp": PAID | {Route.UTILITY}}  # else PAID
SILENT = "book.silent"
BEGINS = "book.begins"
UNPRICED = "book.price"
_BOOK_SOURCE = "brand settings"
_A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class _Hearing:
    """One route before the rules: every verdict, whether somebody grants it, and its price."""

    route: Route
    verdicts: tuple[Verdict, ...]
    granted_by: Verdict | None
    price_micros: int

    def first(self, stance: Stance) -> Verdict | None:
        return next((v for v in self.verdicts if v.stance is stance), None)

    @property
    def rank(self) -> tuple[int, int]:
        """Legal before held before denied, then the cheapest."""
        worst = 2 if self.first(Stance.DENIES) else 1 if self.first(Stance.HOLDS) else 0
        return worst, self.price_micros


def decide(situation: Situation, question: Question, book: Rulebook) -> Decision:
    """Every verdict on this situation at the question's moment, and what follows from them."""
    hearings = sorted(
        (_hear(route, situation, question, book) for route in ROUTES_OF_KIND[question.kind]),
        key=lambda hearing: hearing.rank,
    )
    best, *others = hearings
    verdicts = best.verdicts + tuple(
        v for other in others for v in other.verdicts if v not in best.verdicts
    )
    reason = best.first(Stance.DENIES) or best.first(Stance.HOLDS)
    if reason is None:
        return _allowed(hearings, verdicts)
    later = best.route if reason.stance is Stance.HOLDS else Route.NONE
    return Decision(verdicts, (), Route.NONE, reason, reason.until, later=later)


def refuse_kind(question: Question, book: Rulebook) -> Verdict | None:
    """The verdict that makes the kind impossible for everyone, for this brand at this moment;
    None when it depends on the person. A suspended channel holds and is no refusal."""
    refusals = [_refusal(route, question, book) for route in ROUTES_OF_KIND[question.kind]]
    return refusals[0] if all(refusals) else None


def is_regional(question: Question, book: Rulebook) -> bool:
    """Whether a rule of this kind asks where people are, at this moment."""
    routes = ROUTES_OF_KIND[question.kind]
    return any(rule.regional for route in routes for rule in _rules(route, question, book))


def _allowed(hearings: list[_Hearing], verdicts: tuple[Verdict, ...]) -> Decision:
    legal = [hearing for hearing in hearings if hearing.rank[0] == 0]
    best = legal[0]
    assert best.granted_by is not None  # noqa: S101  # a hearing nobody grants holds a denial
    return Decision(
        verdicts,
        tuple(hearing.route for hearing in legal),
        best.route,
        best.granted_by,
        best.granted_by.until,
        best.price_micros,
    )


def _hear(route: Route, situation: Situation, question: Question, book: Rulebook) -> _Hearing:
    facts = {**clauses.facts_of(situation), **question.facts}
    opinions = [
        (rule, rule.verdict(facts, question.business_country, situation.region, question.approvals))
        for rule in _rules(route, question, book)
    ]
    grants = (v for rule, v in opinions if rule.grants(facts, question.approvals))
    granted_by = next((v for v in grants if v.stance is Stance.ALLOWS), None)
    verdicts = [verdict for _, verdict in opinions]
    if granted_by is None and not any(v.stance is Stance.DENIES for v in verdicts):
        verdicts.append(_silence(question, book))
    price = _price(route, situation, question, book)
    if price is None:
        verdicts.append(_no_price())
    return _Hearing(route, tuple(verdicts), granted_by, price or 0)


def _refusal(route: Route, question: Question, book: Rulebook) -> Verdict | None:
    rules = _rules(route, question, book)
    for rule in rules:
        refused = _refused_by(rule, question)
        if refused is not None:
            return refused
    if not any(rule.allows for rule in rules):
        return _silence(question, book)
    return _no_price() if _price(route, Situation(), question, book) is None else None


def _refused_by(rule: Rule, question: Question) -> Verdict | None:
    outside = not rule.business_regions.admit(question.business_country)
    clause = rule.denies
    general = clause is not None and not clause.personal
    if outside or (general and clause and clause.speaks(question.facts, question.approvals)):
        until = clause.until if clause and not outside else Until.NEVER_BY_ITSELF
        return rule.opinion(Stance.DENIES, until)
    return None


def _rules(route: Route, question: Question, book: Rulebook) -> tuple[Rule, ...]:
    return _deciding(book.holding(question.at), question.platform, question.kind, route)


@functools.lru_cache(maxsize=4096)
def _deciding(today: Rulebook, platform: str, kind: Kind, route: Route) -> tuple[Rule, ...]:
    concerned = (rule for rule in today.rules if rule.concerns(platform, kind, route))
    return tuple(rule for rule in concerned if rule.decides)


def _price(route: Route, situation: Situation, question: Question, book: Rulebook) -> int | None:
    """Micros for this person; 0 for a free route, None for a paid one without a known price."""
    price = book.price_of(situation, question.at, route, question.platform)
    if price is not None:
        return price.micros
    return None if route in PAID_ON.get(question.platform, PAID) else 0


def _silence(question: Question, book: Rulebook) -> Verdict:
    """No rule speaks: of this platform never, not yet, or not of this kind of message."""
    first = book.first_day_of(question.platform)
    if first is None:
        return _own(SILENT, say("The rulebook knows no such platform, so nothing is sent on it."))
    if day_of(question.at) >= first:
        return _own(
            SILENT, say("The rulebook holds no rule that allows this kind of message at this time.")
        )
    words = say(
        "The rulebook speaks of this platform from %(day)s on; of the time before it knows "
        "nothing, so nothing is sent.",
        day=first.isoformat(),
    )
    return replace(_own(BEGINS, words), until=Until.RULE_END, rule_ends_on=first - _A_DAY)


def _no_price() -> Verdict:
    return _own(
        UNPRICED,
        say("The rulebook holds no price for this paid message, so its cost cannot be said."),
    )


def _own(rule_id: str, sentence: Sentence) -> Verdict:
    return Verdict(
        rule_id,
        Stance.DENIES,
        sentence,
        _BOOK_SOURCE,
        Confidence.HIGH,
        Until.NEVER_BY_ITSELF,
    )
