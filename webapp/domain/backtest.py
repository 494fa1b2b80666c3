"""The same people under the rules of two days: who is written to by which way, and who is not and
why, side by side. Counts in, sentences out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from webapp.domain.figures import Money
from webapp.domain.policy.verdict import Decision, Route, Verdict
from webapp.domain.wording import Sentence, say, say_n


@dataclass(frozen=True)
class Fate:
    """What becomes of somebody: written to by a route, or (Route.NONE) not, for a reason."""

    route: Route
    code: str  # the rule's id or the reason's code; the route's name where there is one
    words: Sentence | None = field(default=None, compare=False)
    source: str | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Line:
    """A row of the comparison."""

    fate: Fate
    before: int
    after: int

    @property
    def difference(self) -> int:
        return self.after - self.before


@dataclass(frozen=True)
class Move:
    """People who would fare otherwise."""

    before: Fate
    after: Fate
    people: int


@dataclass(frozen=True)
class Backtest:
    """`day` is whose rules are tried, `own_day` whose rules it is or was sent under. `sent`: the
    people and the first column are a ledger's, and what was sent stays sent."""

    day: date
    own_day: date
    at: datetime  # when the people are looked at
    sent: bool
    people: Mapping[tuple[Fate, Fate], int]
    cost_before: int = 0  # millionths of a US dollar
    cost_after: int = 0
    refused_by: Verdict | None = None  # the kind would be possible for nobody, and is now

    @property
    def audience(self) -> int:
        return sum(self.people.values())

    @property
    def lines(self) -> tuple[Line, ...]:
        """Every fate of either side, the most people first."""
        before, after = _totals(self.people)
        found = [Line(fate, before[fate], after[fate]) for fate in before | after]
        return tuple(sorted(found, key=lambda line: (-line.before, -line.after, line.fate.code)))

    @property
    def routes(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.fate.route is not Route.NONE)

    @property
    def reasons(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.fate.route is Route.NONE)

    @property
    def moves(self) -> tuple[Move, ...]:
        """The most people first."""
        moved = [Move(*pair, n) for pair, n in self.people.items() if pair[0] != pair[1]]
        return tuple(sorted(moved, key=lambda move: (-move.people, move.after.code)))

    @property
    def reached_before(self) -> int:
        return sum(line.before for line in self.routes)

    @property
    def reached_after(self) -> int:
        return sum(line.after for line in self.routes)

    @property
    def breaks(self) -> bool:
        """It would lose its way to everybody."""
        lost = self.reached_before > 0 and self.reached_after == 0
        return lost or self.refused_by is not None

    @property
    def finding(self) -> Sentence:
        return _finding(self)

    @property
    def why(self) -> Sentence | None:
        """The rule behind most of a loss, or the one no longer in the way of most of a gain."""
        if self.reached_after < self.reached_before:
            return next((m.after.words for m in self.moves if m.after.route is Route.NONE), None)
        gained = (m for m in self.moves if m.before.route is Route.NONE)
        freed = next((m.before.words for m in gained if m.after.route is not Route.NONE), None)
        return freed and say("What is then not in the way: %(rule)s", rule=freed)


def fate_of(decided: Decision, house: Verdict | None = None) -> Fate:
    """`house`: why the brand itself keeps somebody out whom the rules would let go."""
    if decided.allowed and house is None:
        return Fate(decided.route, decided.route.value)
    reason = house or decided.reason
    return Fate(Route.NONE, reason.rule_id, reason.sentence, reason.source)


def _totals(people: Mapping[tuple[Fate, Fate], int]) -> tuple[Counter[Fate], Counter[Fate]]:
    before, after = Counter[Fate](), Counter[Fate]()
    for (one, other), n in people.items():
        before[one] += n
        after[other] += n
    return before, after


def _finding(test: Backtest) -> Sentence:
    if not test.people:
        return say("Nobody is in this audience.")
    if not test.moves:
        return _same(test)
    before, after = test.reached_before, test.reached_after
    if after == before:
        return _as_many(test)
    if after == 0:
        return _nobody(test)
    return _fewer(test) if after < before else _more(test)


def _same(test: Backtest) -> Sentence:
    if test.cost_before != test.cost_after:
        return _other_price(test)
    if test.sent:
        return say("Under the rules of %(day)s, nothing would have been different.", day=test.day)
    return say("Under the rules of %(day)s, nothing would be different.", day=test.day)


def _other_price(test: Backtest) -> Sentence:
    return say(
        "Under the rules of %(day)s the same people are reached, at a cost of %(after)s instead of "
        "%(before)s.",
        day=test.day,
        after=Money(test.cost_after, "USD"),
        before=Money(test.cost_before, "USD"),
    )


def _as_many(test: Backtest) -> Sentence:
    return say(
        "Under the rules of %(day)s, as many people are reached, and others are or are not for "
        "another reason.",
        day=test.day,
    )


def _nobody(test: Backtest) -> Sentence:
    values = {"day": test.day}
    if test.sent:
        return say_n(
            "Under the rules of %(day)s, nobody could have been written to; %(n)s person was.",
            "Under the rules of %(day)s, nobody could have been written to; %(n)s people were.",
            test.reached_before, **values,
        )  # fmt: skip
    return say_n(
        "Under the rules of %(day)s, nobody could be written to; as planned it is %(n)s person.",
        "Under the rules of %(day)s, nobody could be written to; as planned it is %(n)s people.",
        test.reached_before, **values,
    )  # fmt: skip


def _fewer(test: Backtest) -> Sentence:
    values = {"day": test.day, "after": test.reached_after, "audience": test.audience}
    n = test.reached_before - test.reached_after
    if test.sent:
        return say_n(
            "Under the rules of %(day)s, %(after)s of %(audience)s people could have been written "
            "to, %(n)s fewer than were.",
            "Under the rules of %(day)s, %(after)s of %(audience)s people could have been written "
            "to, %(n)s fewer than were.",
            n, **values,
        )  # fmt: skip
    return say_n(
        "Under the rules of %(day)s, %(after)s of %(audience)s people could be written to, %(n)s "
        "fewer than planned.",
        "Under the rules of %(day)s, %(after)s of %(audience)s people could be written to, %(n)s "
        "fewer than planned.",
        n, **values,
    )  # fmt: skip


def _more(test: Backtest) -> Sentence:
    values = {"day": test.day, "after": test.reached_after, "audience": test.audience}
    n = test.reached_after - test.reached_before
    if test.sent:
        return say_n(
            "Under the rules of %(day)s, %(after)s of %(audience)s people could have been written "
            "to, %(n)s more than were.",
            "Under the rules of %(day)s, %(after)s of %(audience)s people could have been written "
            "to, %(n)s more than were.",
            n, **values,
        )  # fmt: skip
    return say_n(
        "Under the rules of %(day)s, %(after)s of %(audience)s people could be written to, %(n)s "
        "more than planned.",
        "Under the rules of %(day)s, %(after)s of %(audience)s people could be written to, %(n)s "
        "more than planned.",
        n, **values,
    )  # fmt: skip
