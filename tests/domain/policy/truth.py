"""What a truth table is made of: one row per clause of a rule, and what it says there.

A `Case` asks one rule of the book about one person on one day. `Informs` is a row about no
broadcast: its days and what others count with. `test_whole_book` holds the tables against the book.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from webapp.domain.broadcast import Kind
from webapp.domain.policy import engine, rulebook
from webapp.domain.policy.engine import Question
from webapp.domain.policy.rulebook import Rule
from webapp.domain.policy.situation import Region, Situation, TopicConsent, Window
from webapp.domain.policy.verdict import Decision, Stance, Until, Verdict

__all__ = ["ALLOWS", "DENIES", "HOLDS", "Case", "Informs", "Region", "TopicConsent", "Window"]
BOOK = rulebook.load()
ALLOWS, HOLDS, DENIES = Stance.ALLOWS, Stance.HOLDS, Stance.DENIES
OF_ROUTE = {"window": Kind.STANDARD, "utility": Kind.UTILITY}


@dataclass(frozen=True)
class Case:
    """One clause: on this day this rule says this of this person, until that changes."""

    rule: str
    day: str
    stance: Stance
    until: Until
    person: Mapping[str, object] = field(default_factory=dict)
    kind: Kind | None = None  # None: the kind the rule is about
    country: str | None = "US"  # of the brand
    facts: Mapping[str, object] = field(default_factory=dict)  # of the question

    @property
    def at(self) -> datetime:
        return datetime.fromisoformat(self.day).replace(hour=12, tzinfo=UTC)

    @property
    def row(self) -> Rule:
        """The row of the book that holds on the day."""
        rows = [r for r in BOOK.rules if r.id == self.rule and r.holds_on(self.at.date())]
        assert rows, f"{self.rule} does not hold on {self.day}"
        return next((r for r in rows if self.kind in r.kinds), rows[0])

    @property
    def question(self) -> Question:
        row = self.row
        platform = "messenger" if row.platform == "any" else row.platform
        kind = self.kind or min(row.kinds)
        return Question(platform, kind, self.at, self.country, **self.facts)  # type: ignore[arg-type]

    @property
    def decision(self) -> Decision:
        return engine.decide(Situation(**self.person), self.question, BOOK)  # type: ignore[arg-type]

    @property
    def verdict(self) -> Verdict:
        """What the rule says among all verdicts of the decision."""
        (found,) = [v for v in self.decision.verdicts if v.rule_id == self.rule]
        return found

    def __str__(self) -> str:
        return f"{self.rule}-{self.day}-{self.stance.value}"


@dataclass(frozen=True)
class Informs:
    """A row that is about no broadcast: its first and last day, and its params."""

    rule: str
    first: str
    last: str | None = None
    params: Mapping[str, object] = field(default_factory=dict)

    @property
    def row(self) -> Rule:
        first = date.fromisoformat(self.first)
        (found,) = [r for r in BOOK.rules if r.id == self.rule and r.valid_from == first]
        return found

    def __str__(self) -> str:
        return f"{self.rule}-{self.first}"


def check(case: Case) -> None:
    """The rule says what the table says, and the decision never overrules a rule's denial."""
    verdict, decision = case.verdict, case.decision
    assert (verdict.stance, verdict.until) == (case.stance, case.until)
    if case.stance is not ALLOWS:
        assert not decision.allowed
    if case.stance is DENIES:
        assert not decision.held
        assert decision.reason.stance is DENIES


def check_informs(informs: Informs) -> None:
    row = informs.row
    assert not row.kinds
    assert (row.valid_to and str(row.valid_to)) == informs.last
    assert dict(row.params) == dict(informs.params)
