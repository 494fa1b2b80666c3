"""One row of the rulebook, and its opinion."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from webapp.domain.broadcast import Kind
from webapp.domain.policy.region import Region
from webapp.domain.policy.rules import clause, regions
from webapp.domain.policy.rules.clause import Clause, Facts
from webapp.domain.policy.rules.regions import Countries, Regions
from webapp.domain.policy.rules.row import ANY, Row
from webapp.domain.policy.verdict import Confidence, Route, Stance, Until, Verdict
from webapp.domain.wording import Sentence, say


@dataclass(frozen=True, eq=False)
class Rule:
    """A platform's (or the house's) rule between two days, both included, in UTC.

    It denies outside its regions, then where `denies` speaks; it holds where `holds` speaks; else
    it allows. Only a rule with an `allows` clause *grants*: a route is legal when nobody denies or
    holds it and somebody grants it. A rule with neither regions nor clauses only informs.
    """

    id: str
    platform: str  # "messenger", "instagram", "whatsapp" or ANY
    kinds: frozenset[Kind]  # empty: about no broadcast
    route: Route | None  # None: about every route
    valid_from: date
    valid_to: date | None
    text: str  # one plain sentence, an English msgid with %(name)s from params
    source: str
    checked_on: date
    confidence: Confidence
    denies: Clause | None = None
    holds: Clause | None = None
    allows: Clause | None = None
    business_regions: Countries = field(default_factory=Countries)
    recipient_regions: Regions = field(default_factory=Regions)
    params: Mapping[str, int | float | str] = field(default_factory=dict)
    note: str = ""

    @property
    def sentence(self) -> Sentence:
        return say(self.text, **self.params)

    @property
    def clauses(self) -> tuple[Clause, ...]:
        return tuple(c for c in (self.denies, self.holds, self.allows) if c is not None)

    @property
    def decides(self) -> bool:
        """Whether it has an opinion; the others are there to be read."""
        return bool(
            self.clauses
            or not self.business_regions.everywhere
            or not self.recipient_regions.everywhere
        )

    @property
    def regional(self) -> bool:
        """Whether it tells recipients apart by where they are."""
        names = {name for clause in self.clauses for name, _ in clause.when}
        return "region" in names or not self.recipient_regions.everywhere

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    def concerns(self, platform: str, kind: Kind, route: Route) -> bool:
        return (
            self.platform in (platform, ANY) and kind in self.kinds and self.route in (route, None)
        )

    def verdict(
        self, facts: Facts, country: str | None, region: Region, approvals: frozenset[str]
    ) -> Verdict:
        """Its opinion on a person with these facts in this region, for a brand of this country."""
        if not (self.business_regions.admit(country) and self.recipient_regions.admit(region)):
            return self.opinion(Stance.DENIES, Until.NEVER_BY_ITSELF)
        for stance, one in self._by_stance():
            if one is not None and one.speaks(facts, approvals):
                return self.opinion(stance, one.until)
        return self.opinion(Stance.ALLOWS, Until.NEVER_BY_ITSELF)

    def grants(self, facts: Facts, approvals: frozenset[str]) -> bool:
        return self.allows is not None and self.allows.speaks(facts, approvals)

    def opinion(self, stance: Stance, until: Until) -> Verdict:
        """A verdict of this rule; without an end of its own it ends with the rule, if that ends."""
        return _opinion(self, stance, until)

    def _by_stance(self) -> tuple[tuple[Stance, Clause | None], ...]:
        return (
            (Stance.DENIES, self.denies),
            (Stance.HOLDS, self.holds),
            (Stance.ALLOWS, self.allows),
        )


@functools.lru_cache(maxsize=4096)
def _opinion(rule: Rule, stance: Stance, until: Until) -> Verdict:
    if until is Until.NEVER_BY_ITSELF and rule.valid_to is not None:
        until = Until.RULE_END
    return Verdict(
        rule.id, stance, rule.sentence, rule.source, rule.confidence, until, rule.valid_to
    )


def read(row: Row) -> Rule:
    """One [[rule]] table. RulebookError names the file, the rule and the field."""
    first = row.day("valid_from")
    made = Rule(
        id=row.id,
        platform=row.platform(ANY),
        kinds=_kinds(row),
        route=row.one_of("route", Route) if "route" in row.names() else None,
        valid_from=first,
        valid_to=row.last_day(first),
        text=row.text("sentence"),
        source=row.source(),
        checked_on=row.day("checked_on"),
        confidence=row.confidence(),
        denies=clause.read(row, "denies"),
        holds=clause.read(row, "holds"),
        allows=clause.read(row, "allows"),
        business_regions=regions.countries(row),
        recipient_regions=regions.regions(row),
        params=_params(row),
        note=row.text("note", ""),
    )
    _check_sentence(row, made)
    row.done()
    return made


def _kinds(row: Row) -> frozenset[Kind]:
    row.raw("kinds")  # an empty list is said, not forgotten
    return row.kinds()


def _params(row: Row) -> Mapping[str, int | float | str]:
    params = row.table("params")
    for name, value in params.items():
        if not isinstance(value, int | float | str):
            raise row.wrong("params", f"{name} is neither a number nor a text")
    return params  # type: ignore[return-value]


def _check_sentence(row: Row, made: Rule) -> None:
    try:
        _ = made.text % made.params if made.params or "%" in made.text else made.text
    except (KeyError, ValueError, TypeError) as error:
        raise row.wrong("sentence", f"its values are not all in params: {error}") from error
