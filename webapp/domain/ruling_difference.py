"""What two rulings make of the same people, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from webapp.domain.policy.situation import Situation
from webapp.domain.policy.verdict import Decision, Route, Verdict
from webapp.domain.ruling import Outcome, Ruling

MOST_RULES = 5  # named in a notice


@dataclass
class Difference:
    """`people` are those whose route, price or deciding rule is another one."""

    people: int = 0
    reached_before: int = 0
    reached_after: int = 0
    cost_before: int = 0  # millionths of a US dollar
    cost_after: int = 0
    lost: Counter[Verdict] = field(default_factory=Counter)  # by the rule that keeps them out
    others: Counter[Verdict] = field(default_factory=Counter)

    @property
    def verdicts(self) -> list[Verdict]:
        """The rules that decide otherwise, those that keep people out first."""
        found = [v for part in (self.lost, self.others) for v, _ in part.most_common(MOST_RULES)]
        return list(dict.fromkeys(found))[:MOST_RULES]


def between(
    before: Ruling, after: Callable[[int], Decision], people: Mapping[tuple[int, int], int]
) -> Difference:
    """`people` by their situation codes as either side sees them. Whom the first ruling's book did
    not know counts as decided alike."""
    found = Difference()
    for (one, other), n in people.items():
        was, decided = before.of(Situation.of(one)), after(other)
        would = Outcome(decided.route.value, decided.price_micros, decided.reason.rule_id)
        _count(found, was or would, decided.reason, would, n)
    return found


def _count(found: Difference, was: Outcome, verdict: Verdict, would: Outcome, n: int) -> None:
    found.reached_before += n * (was.route != Route.NONE)
    found.reached_after += n * (would.route != Route.NONE)
    found.cost_before += n * was.price_micros
    found.cost_after += n * would.price_micros
    if was != would:
        found.people += n
        kept_out = would.route == Route.NONE != was.route
        (found.lost if kept_out else found.others)[verdict] += n
